import { dropOldestOpenMessage } from '../../wire/index.js'
import { isDisposable, newConversation, type Conversation, type SessionEntry } from '../conversation/state.js'
import { hasSession } from '../conversation/instances.js'
import { limits } from '../budget/limits.js'
import type { ClientEvent } from '../event.js'
import type { SessionState } from '../versions/adapter.js'
import { isEncrypted, adapters } from '../versions/adapters.js'
import { UsagePerPeer, type Usage } from './usage-per-peer.js'
import type { Version } from '../versions/version.js'

/** The conversations of a client by address, bounded in memory, with the time at which each is due. */
export class ConversationBook {
  readonly #conversations = new Map<string, Conversation>()
  /** When each conversation is due. Outdated for those in `#unarmed`. */
  readonly #timers = new Map<string, number>()
  /** The conversations whose timers must be computed again. This happens when they are asked for: after every message would be too often. */
  readonly #unarmed = new Set<string>()
  /** What each correspondent holds of that which is limited over all of them. */
  readonly #usage = new UsagePerPeer()
  /** The correspondents that have sessions under an instance tag. */
  readonly #byTag = new Map<number, Set<string>>()
  /** The earliest time of the next timer for conversations in which a timer failed. */
  readonly #postponed = new Map<string, number>()
  /** The conversations that may be forgotten if there are too many, longest idle first. */
  readonly #disposable = new Set<string>()
  /** Conversations with strangers that cannot be forgotten, because they have a key, for instance. */
  readonly #settled = new Set<string>()
  readonly #timerOf: (conversation: Conversation) => number | undefined
  /** What was replaced since the last `takeChanges`, by address; absent if changes are not tracked. */
  #changed: Map<string, 'kept' | 'forgotten'> | undefined

  /** `timerOf`: when a conversation is due, in seconds. */
  constructor(timerOf: (conversation: Conversation) => number | undefined) {
    this.#timerOf = timerOf
  }

  /** Starts to track changes for `takeChanges`; with `everything`, all conversations count as changed. */
  track(everything: boolean): void {
    this.#changed = new Map(everything ? [...this.#conversations.keys()].map((peer) => [peer, 'kept']) : [])
  }

  /** Returns the conversations that were replaced since the last call, as they are now, and the addresses of those that were forgotten. */
  takeChanges(): { readonly conversations: Conversation[], readonly forgotten: string[] } {
    const changed = [...this.#changed ?? []]
    this.#changed?.clear()
    return {
      conversations: changed.flatMap(([peer, how]) => how === 'kept' ? [this.get(peer)] : []),
      forgotten: changed.flatMap(([peer, how]) => how === 'forgotten' ? [peer] : []),
    }
  }

  /** The conversation with a correspondent; a new one, not stored yet, if there is none. */
  get(peer: string): Conversation {
    return this.#conversations.get(peer) ?? newConversation(peer)
  }

  /** Whether something is remembered about a correspondent. */
  has(peer: string): boolean {
    return this.#conversations.has(peer)
  }

  /**
   * The conversations under other addresses in which an instance has an encrypted session of a version: at most `limits.otherAddresses`, those
   * with known correspondents first. Version 2 has no tags: there an instance is known by its address alone.
   */
  withInstance(tag: number, version: Version, except: string): Conversation[] {
    if (version === 2) return []
    const found = [...this.#byTag.get(tag) ?? []].filter((peer) => peer !== except).map((peer) => this.get(peer))
      .filter(({ sessions }) => sessions.some(({ tag: theirs, state }) => theirs === tag && state.version === version && isEncrypted(state)))
    return found.sort((a, b) => Number(b.known) - Number(a.known)).slice(0, limits.otherAddresses)
  }

  /** All conversations. */
  all(): Conversation[] {
    return [...this.#conversations.values()]
  }

  /** Whether one more stranger may be remembered for good. */
  get roomForStrangers(): boolean {
    return this.#settled.size < limits.correspondents
  }

  /**
   * Stores a conversation, and drops what is over the limits of all correspondents together. Returns a notice for each correspondent who lost
   * something.
   */
  keep(conversation: Conversation): readonly ClientEvent[] {
    return this.put(conversation) ? this.#makeRoom() : []
  }

  /**
   * Stores a conversation. If there are too many that may be forgotten, the one that was idle longest is. Returns whether all correspondents
   * together hold more than a limit allows.
   */
  put(conversation: Conversation): boolean {
    const { peer } = conversation
    this.#noteTags(peer, this.#conversations.get(peer)?.sessions ?? [], conversation.sessions)
    this.#conversations.set(peer, conversation)
    this.#changed?.set(peer, 'kept')
    this.#disposable.delete(peer)
    this.#settled.delete(peer)
    if (!conversation.known) (isDisposable(conversation) ? this.#disposable : this.#settled).add(peer)
    this.#unarmed.add(peer)
    const isOver = this.#usage.set(peer, usageOf(conversation))
    if (this.#disposable.size <= limits.correspondents) return isOver
    const [idlest] = this.#disposable
    if (idlest !== undefined) this.forget(idlest)
    return this.#usage.isOver
  }

  /** Forgets everything about a correspondent. */
  forget(peer: string): void {
    if (this.has(peer)) this.#changed?.set(peer, 'forgotten')
    this.#noteTags(peer, this.#conversations.get(peer)?.sessions ?? [], [])
    for (const table of [this.#postponed, this.#disposable, this.#settled, this.#conversations, this.#timers, this.#unarmed]) table.delete(peer)
    this.#usage.forget(peer)
  }

  /** Computes all timers again, after a change of the account's policy. */
  rearm(): void {
    for (const peer of this.#conversations.keys()) this.#unarmed.add(peer)
  }

  /** After a timer failed in a conversation: nothing is due there before `until`, seconds. */
  postpone(peer: string, until: number): void {
    if (!this.has(peer)) return
    this.#postponed.set(peer, until)
    this.#unarmed.add(peer)
  }

  /** When the first conversation is due, in seconds. */
  nextTimer(): number | undefined {
    this.#arm()
    let earliest: number | undefined
    for (const time of this.#timers.values()) if (earliest === undefined || time < earliest) earliest = time
    return earliest
  }

  /** The correspondents whose conversations are due. */
  due(now: number): string[] {
    this.#arm()
    return [...this.#timers].filter(([, time]) => time <= now).map(([peer]) => peer)
  }

  /** Drops what is over the limits of all correspondents together. Returns a notice for each correspondent who lost something. */
  #makeRoom(): ClientEvent[] {
    const notices = (peers: readonly string[], code: 'fragment-discarded' | 'limit', detail: string): ClientEvent[] =>
      peers.map((peer) => ({ type: 'notice', peer, code, detail }))
    return [
      ...notices(this.#boundFragments(), 'fragment-discarded', 'too many fragments over all correspondents'),
      ...notices(this.#boundSkippedKeys(), 'limit', 'too many skipped message keys over all correspondents: the oldest were dropped'),
      ...notices(this.#boundEarly(), 'limit', 'too many messages arrived before their key exchange was completed, over all correspondents: they were dropped'),
    ]
  }

  /**
   * Bounds the memory of fragments over all correspondents. Correspondents without a private conversation lose theirs first, and among those the
   * one with the most; so nobody can crowd out a correspondent who has fewer. Returns whose fragments were dropped, once for each message.
   */
  #boundFragments(): string[] {
    return this.#bound('fragmentBytes', (conversation) => !hasSession(conversation, 'encrypted'), (conversation) =>
      ({ ...conversation, fragments: dropOldestOpenMessage(conversation.fragments) }))
  }

  /**
   * Bounds the memory of skipped message keys over all correspondents: the sessions with the most lose their oldest. Returns whose keys were
   * dropped.
   */
  #boundSkippedKeys(): string[] {
    return this.#bound('skippedKeys', () => true, (conversation, excess) => {
      const heaviest = conversation.sessions.reduce((most, one) => skippedKeys(one.state) > skippedKeys(most.state) ? one : most)
      const state = adapters[heaviest.state.version].dropSkippedKeys?.(heaviest.state, Math.min(excess, skippedKeys(heaviest.state)))
      return state && withSessions(conversation, (one) => one === heaviest ? state : one.state)
    })
  }

  /**
   * Bounds the memory of messages that arrived before their key exchange was completed, over all correspondents. Correspondents who have shown no
   * key lose theirs first, and among those the one with the most. Returns whose messages were dropped.
   */
  #boundEarly(): string[] {
    return this.#bound('earlyBytes', ({ keys }) => keys.length === 0, (conversation) =>
      withSessions(conversation, ({ state }) => adapters[state.version].dropEarly?.(state) ?? state))
  }

  /** Drops something of one correspondent after another until all together are within the limit. Returns whose, once for each time. */
  #bound(
    what: keyof Usage, givesWayFirst: (conversation: Conversation) => boolean,
    giveUp: (conversation: Conversation, excess: number) => Conversation | undefined,
  ): string[] {
    const dropped: string[] = []
    for (let before = this.#usage.excess(what); before > 0; before = this.#usage.excess(what)) {
      const peer = this.#usage.heaviest(what, (one) => givesWayFirst(this.get(one)))
      const after = peer === undefined ? undefined : giveUp(this.get(peer), before)
      if (peer === undefined || after === undefined) break
      this.put(after)
      if (this.#usage.excess(what) >= before) break
      dropped.push(peer)
    }
    return dropped
  }

  #arm(): void {
    for (const peer of this.#unarmed) {
      const time = this.#timerOf(this.get(peer))
      if (time === undefined) this.#timers.delete(peer)
      else this.#timers.set(peer, Math.max(time, this.#postponed.get(peer) ?? time))
    }
    this.#unarmed.clear()
  }

  #noteTags(peer: string, before: readonly SessionEntry[], after: readonly SessionEntry[]): void {
    // For most messages the tags do not change.
    if (before.length === after.length && before.every(({ tag }, at) => after[at]?.tag === tag)) return
    for (const { tag } of before) {
      const peers = this.#byTag.get(tag)
      peers?.delete(peer)
      if (peers?.size === 0) this.#byTag.delete(tag)
    }
    for (const { tag } of after) this.#byTag.set(tag, (this.#byTag.get(tag) ?? new Set()).add(peer))
  }
}

/** A conversation with the states of its sessions replaced. */
function withSessions(conversation: Conversation, stateOf: (entry: SessionEntry) => SessionState): Conversation {
  const sessions = conversation.sessions.map((entry) => {
    const state = stateOf(entry)
    return state === entry.state ? entry : { ...entry, state }
  })
  return { ...conversation, sessions }
}

/** What a conversation holds of that which is limited over all correspondents. */
function usageOf({ fragments, sessions }: Conversation): Usage {
  let [skippedKeys, earlyBytes] = [0, 0]
  for (const { state } of sessions) {
    const usage = adapters[state.version].usage?.(state)
    if (usage === undefined) continue
    skippedKeys += usage.skippedKeys
    earlyBytes += usage.earlyBytes
  }
  return { skippedKeys, fragmentBytes: fragments.bytes, earlyBytes }
}

/** How many skipped message keys a session holds. */
function skippedKeys(state: SessionState): number {
  return adapters[state.version].usage?.(state).skippedKeys ?? 0
}
