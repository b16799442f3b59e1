/**
 * Channels: rooms whose every line is read by all members and by the server. They are kept apart from conversations. A channel is not the address
 * of a correspondent, no OTR line is sent to one, and no line from one reaches a session.
 */
export interface Channels {
  /** Whether this network takes the name for a channel's. No correspondent has such a name. */
  isChannel(name: string): boolean
  /** The one key of a channel, however its name is typed. @throws OtrError `OTR_TRANSPORT_ADDRESS` */
  canonical(name: string): string
  /** How people write the name behind a key. */
  spelling(canonical: string): string
  /**
   * Joins a channel. Resolves when the server has let us in.
   *
   * @throws OtrError `OTR_TRANSPORT_REFUSED` (with the server's words, or because it did not answer), `OTR_TRANSPORT_ADDRESS` or
   *   `OTR_TRANSPORT_CLOSED`
   */
  join(name: string, password?: string): Promise<void>
  /** Leaves a channel. @throws OtrError `OTR_TRANSPORT_ADDRESS` if we are not in it */
  part(name: string): void
  /** Asks who is in a channel; an event `names` brings the answer. @throws OtrError `OTR_TRANSPORT_ADDRESS` if we are not in it */
  names(name: string): void
  /**
   * Sends a text to all members; with `action`, one that says what we do. Resolves when it has left. Rejects as `Transport.send` does, and with
   * `OTR_TRANSPORT_ADDRESS` if we are not in the channel.
   */
  say(name: string, text: string, how?: { readonly action?: boolean }): Promise<void>
}

/**
 * What happened in a channel, and what `text` is then. `said`, `did`: the text or the action. `joined`, `left`: the reason. `renamed`: the new
 * name. `names`: the members. `topic`: the topic. `refused`: why the server did not do what we asked, in its words.
 */
export type ChannelDoing = 'said' | 'did' | 'joined' | 'left' | 'renamed' | 'names' | 'topic' | 'refused'

/** Something happened in a channel that we are in. Everything in this event comes from the network, in clear and unauthenticated. */
export interface ChannelEvent {
  /** Canonical. */
  readonly channel: string
  /** What happened. */
  readonly event: ChannelDoing
  /** The nick of whoever did it, as the server spells it, or the server's name. */
  readonly who: string
  /** See `ChannelDoing`. Text of others: escape control characters before you show it. */
  readonly text: string
  /** We did it ourselves. */
  readonly own?: true
  /** Seconds since 1970, where the network had stored the line. */
  readonly sentAt?: number
}
