import { dropOldestOpenMessage } from '../../wire/index.js'
import { isDisposable, newConversation, type Conversation, type SessionEntry } from '../conversation/state.js'
import { hasSession } from '../conversation/instances.js'
import { limits } from '../budget/limits.js'
import type { ClientEvent } from '../event.js'
import type { SessionState } from '../versions/adapter.js'
import { isEncrypted, adapterOf } from '../versions/adapters.js'
import { UsagePerPeer } from './usage-per-peer.js'
import type { Version } from '../versions/version.js'

/** The conversations of a client by address, bounded in memory, with the time at which each is due. */
export class ConversationBook {
  readonly #conversations = new Map<string, Conversation>()
  /** When each conversation is due. Outdated for those in `#unarmed`. */
  readonly #timers = new Map<string, number>()
  /** The conversations whose timers must be computed again. This happens when they are asked for: after every message would be too often. */
  readonly #unarmed = new Set<string>()
  /** Skipped message keys. */
  readonly #skipped = new UsagePerPeer('skippedKeys')
  /** Bytes of incomplete messages. */
  readonly #fragmented = new UsagePerPeer('fragmentBytes')
  /** Bytes of messages that arrived before their key exchange was completed. */
  readonly #early = new UsagePerPeer('earlyBytes')
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

  /** Stores a conversation. If there are too many that may be forgotten, the one that was idle longest is. */
  keep(conversation: Conversation): void {
    const { peer, fragments } = conversation
    this.#noteTags(peer, this.#conversations.get(peer)?.sessions ?? [], conversation.sessions)
    this.#conversations.set(peer, conversation)
    this.#changed?.set(peer, 'kept')
    this.#disposable.delete(peer)
    this.#settled.delete(peer)
    if (isDisposable(conversation)) this.#disposable.add(peer)
    else if (!conversation.known) this.#settled.add(peer)
    this.#fragmented.set(peer, fragments.bytes)
    let [skipped, early] = [0, 0]
    for (const { state } of conversation.sessions) {
      skipped += skippedKeys(state)
      early += earlyBytes(state)
    }
    this.#skipped.set(peer, skipped)
    this.#early.set(peer, early)
    this.#unarmed.add(peer)
    if (this.#disposable.size <= limits.correspondents) return
    const [idlest] = this.#disposable
    if (idlest !== undefined) this.forget(idlest)
  }

  /** Forgets everything about a correspondent. */
  forget(peer: string): void {
    if (this.has(peer)) this.#changed?.set(peer, 'forgotten')
    this.#noteTags(peer, this.#conversations.get(peer)?.sessions ?? [], [])
    for (const table of [this.#postponed, this.#disposable, this.#settled, this.#conversations, this.#timers, this.#unarmed]) table.delete(peer)
    for (const usage of [this.#fragmented, this.#skipped, this.#early]) usage.set(peer, 0)
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

  /** Whether all correspondents together hold more than a limit allows, so that `makeRoom` has something to drop. */
  get isCrowded(): boolean {
    return this.#fragmented.excess > 0 || this.#skipped.excess > 0 || this.#early.excess > 0
  }

  /** Drops what is over the limits of all correspondents together. Returns a notice for each correspondent who lost something. */
  makeRoom(): ClientEvent[] {
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
    return this.#bound(this.#fragmented, (conversation) => !hasSession(conversation, 'encrypted'), (conversation) =>
      ({ ...conversation, fragments: dropOldestOpenMessage(conversation.fragments) }))
  }

  /**
   * Bounds the memory of skipped message keys over all correspondents: the sessions with the most lose their oldest. Returns whose keys were
   * dropped.
   */
  #boundSkippedKeys(): string[] {
    return this.#bound(this.#skipped, () => true, (conversation, excess) => {
      const heaviest = conversation.sessions.reduce((most, one) => skippedKeys(one.state) > skippedKeys(most.state) ? one : most)
      const state = adapterOf(heaviest.state).dropSkippedKeys?.(heaviest.state, Math.min(excess, skippedKeys(heaviest.state)))
      return state && withSessions(conversation, (one) => one === heaviest ? state : one.state)
    })
  }

  /**
   * Bounds the memory of messages that arrived before their key exchange was completed, over all correspondents. Correspondents who have shown no
   * key lose theirs first, and among those the one with the most. Returns whose messages were dropped.
   */
  #boundEarly(): string[] {
    return this.#bound(this.#early, ({ keys }) => keys.length === 0, (conversation) =>
      withSessions(conversation, ({ state }) => adapterOf(state).dropEarly?.(state) ?? state))
  }

  /** Drops something of one correspondent after another until all together are within the limit. Returns whose, once for each time. */
  #bound(
    usage: UsagePerPeer, givesWayFirst: (conversation: Conversation) => boolean,
    giveUp: (conversation: Conversation, excess: number) => Conversation | undefined,
  ): string[] {
    const dropped: string[] = []
    while (usage.excess > 0) {
      const before = usage.excess
      const peer = usage.heaviest((one) => givesWayFirst(this.get(one)))
      const after = peer === undefined ? undefined : giveUp(this.get(peer), before)
      if (peer === undefined || after === undefined) break
      this.keep(after)
      if (usage.excess >= before) break
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

/** How many skipped message keys a session holds. */
function skippedKeys(state: SessionState): number {
  return adapterOf(state).skippedKeys?.(state) ?? 0
}

/** How many bytes of a session wait for a key exchange to be completed. */
function earlyBytes(state: SessionState): number {
  return adapterOf(state).earlyBytes?.(state) ?? 0
}
