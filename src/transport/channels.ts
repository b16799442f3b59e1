/**
 * Rooms in which everybody reads along, the server too. They have nothing to do with conversations: a channel is no address, nothing of
 * OTR is ever sent to one, and what comes from one reaches no session.
 */
export interface Channels {
  /** Whether a name is one of a channel on this network. No correspondent has such a name. */
  isChannel(name: string): boolean
  /** The one key of a channel, however it is typed. Throws `OTR_TRANSPORT_ADDRESS`. */
  canonical(name: string): string
  /** As people write it. */
  spelling(canonical: string): string
  /**
   * Goes in. Resolves when we are there. Rejects with `OTR_TRANSPORT_REFUSED` (in the server's words, or it gave no answer), `_ADDRESS` or
   * `_CLOSED`.
   */
  join(name: string, password?: string): Promise<void>
  /** Leaves. Rejects with `OTR_TRANSPORT_ADDRESS` where we are not. */
  part(name: string): void
  /** Asks who is there: an event `names` tells. */
  names(name: string): void
  /** Says something to everybody there, or says what one does. Resolves when it has left. Rejects as `Transport.send`, and with `_ADDRESS` where we are not. */
  say(name: string, text: string, how?: { readonly action?: boolean }): Promise<void>
}

/**
 * `said` and `did` (as an action): `text` is what. `joined`, `left`: `text` is why. `renamed`: `text` is the new name. `names`: `text` is who is
 * there. `topic`: `text` is what it is about. `refused`: what the server would not do there, in its words.
 */
export type ChannelDoing = 'said' | 'did' | 'joined' | 'left' | 'renamed' | 'names' | 'topic' | 'refused'

/** Something in a channel that we are in. All of it is said by the network: unauthenticated, in clear, text of others. */
export interface ChannelEvent {
  /** Canonical. */
  readonly channel: string
  /** What happened. */
  readonly event: ChannelDoing
  /** The nick of whoever did it, as the server spells it; the server's name where it was the server. */
  readonly who: string
  /** What was said, or the words that came with it. Text of others, in clear: make it inert. */
  readonly text: string
  /** It was us. */
  readonly own?: true
  /** Seconds since 1970: the network had kept it. */
  readonly sentAt?: number
}
