import { dropOldestOpenMessage } from '../../wire/index.js'
import { isDisposable, newConversation, type Conversation, type SessionEntry } from '../conversation/state.js'
import { hasSession } from '../conversation/instances.js'
import { limits } from '../budget/limits.js'
import type { SessionState } from '../versions/adapter.js'
import { isEncrypted, adapterOf } from '../versions/adapters.js'
import { UsagePerPeer } from './usage-per-peer.js'
import type { Version } from '../versions/version.js'

/** The conversations of a client by address, bounded in memory, and when each has something to do. */
export class ConversationBook {
  readonly #conversations = new Map<string, Conversation>()
  /** When each has something to do; of those in `#unarmed`, when it had. */
  readonly #timers = new Map<string, number>()
  /** Changed since somebody last asked for timers: with every message is too often to look. */
  readonly #unarmed = new Set<string>()
  /** Keys of skipped messages. */
  readonly #skipped = new UsagePerPeer()
  /** Bytes of incomplete messages. */
  readonly #fragmented = new UsagePerPeer()
  /** Bytes of messages that came before their key exchange was completed. */
  readonly #early = new UsagePerPeer()
  /** In whose conversations an instance tag stands. */
  readonly #byTag = new Map<number, Set<string>>()
  /** Not to be asked for timers before: something failed there. */
  readonly #postponed = new Map<string, number>()
  /** Those that may be forgotten when there are too many, the idlest first. */
  readonly #disposable = new Set<string>()
  /** Those the application never dealt with and that have a key all the same: they came to us, and cannot be forgotten. */
  readonly #settled = new Set<string>()
  readonly #timerOf: (conversation: Conversation) => number | undefined
  /** What was replaced since it was last asked for, by address; absent where nobody asks. */
  #changed: Map<string, 'kept' | 'forgotten'> | undefined

  /** `timerOf`: when a conversation has something to do, in seconds. */
  constructor(timerOf: (conversation: Conversation) => number | undefined) {
    this.#timerOf = timerOf
  }

  /** From here on `takeChanges` tells what changed; with `everything`, all that is there did. */
  track(everything: boolean): void {
    this.#changed = new Map(everything ? [...this.#conversations.keys()].map((peer) => [peer, 'kept']) : [])
  }

  /** The conversations that were replaced since the last call, as they are now, and the addresses of those that were forgotten. */
  takeChanges(): { readonly conversations: Conversation[], readonly forgotten: string[] } {
    const changed = [...this.#changed ?? []]
    this.#changed?.clear()
    return {
      conversations: changed.flatMap(([peer, how]) => how === 'kept' ? [this.get(peer)] : []),
      forgotten: changed.flatMap(([peer, how]) => how === 'forgotten' ? [peer] : []),
    }
  }

  /** The conversation with a correspondent; a new one, not kept yet, where there is none. */
  get(peer: string): Conversation {
    return this.#conversations.get(peer) ?? newConversation(peer)
  }

  /** Whether something is remembered of a correspondent. */
  has(peer: string): boolean {
    return this.#conversations.has(peer)
  }

  /**
   * The conversations of other addresses in which an instance has an encrypted session of a version, those that the application deals with first:
   * `limits.otherAddresses` at most.
   */
  withInstance(tag: number, version: Version, except: string): Conversation[] {
    const found = [...this.#byTag.get(tag) ?? []].filter((peer) => peer !== except).map((peer) => this.get(peer))
      .filter(({ sessions }) => sessions.some(({ tag: theirs, state }) => theirs === tag && state.version === version && isEncrypted(state)))
    return found.sort((a, b) => Number(b.known) - Number(a.known)).slice(0, limits.otherAddresses)
  }

  /** Everything that is remembered. */
  all(): Conversation[] {
    return [...this.#conversations.values()]
  }

  /** Whether one more correspondent whom the application never dealt with may be remembered for good. */
  get roomForStrangers(): boolean {
    return this.#settled.size < limits.correspondents
  }

  /** Remembers a conversation as it is now; where there are too many that may be forgotten, the idlest is. */
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

  /** Forgets all of a correspondent. */
  forget(peer: string): void {
    if (this.has(peer)) this.#changed?.set(peer, 'forgotten')
    this.#noteTags(peer, this.#conversations.get(peer)?.sessions ?? [], [])
    for (const table of [this.#postponed, this.#disposable, this.#settled, this.#conversations, this.#timers, this.#unarmed]) table.delete(peer)
    for (const usage of [this.#fragmented, this.#skipped, this.#early]) usage.set(peer, 0)
  }

  /** Finds all timers anew: the account's policy has changed. */
  rearm(): void {
    for (const peer of this.#conversations.keys()) this.#unarmed.add(peer)
  }

  /** Something was due in a conversation and failed: nothing is due there before `until`, seconds. */
  postpone(peer: string, until: number): void {
    if (!this.has(peer)) return
    this.#postponed.set(peer, until)
    this.#unarmed.add(peer)
  }

  /** When the first of them has something to do, in seconds. */
  nextTimer(): number | undefined {
    this.#arm()
    let earliest: number | undefined
    for (const time of this.#timers.values()) if (earliest === undefined || time < earliest) earliest = time
    return earliest
  }

  /** Those that have something to do. */
  due(now: number): string[] {
    this.#arm()
    return [...this.#timers].filter(([, time]) => time <= now).map(([peer]) => peer)
  }

  /** Whether all correspondents together hold more than they may: one of the three below has something to do. */
  get isCrowded(): boolean {
    return this.#fragmented.total > limits.fragmentBytes || this.#skipped.total > limits.skippedKeys || this.#early.total > limits.earlyBytes
  }

  /**
   * Over all correspondents, fragments take bounded memory. Those without a private conversation give way first, then whoever holds
   * most; so nobody can crowd out a correspondent who holds less. Returns whose fragments were dropped, once for each message.
   */
  boundFragments(): string[] {
    return this.#bound(this.#fragmented, limits.fragmentBytes, (conversation) => !hasSession(conversation, 'encrypted'), (conversation) =>
      ({ ...conversation, fragments: dropOldestOpenMessage(conversation.fragments) }))
  }

  /**
   * Over all correspondents, the keys of skipped messages take bounded memory: where there are more, the sessions that hold most lose
   * their oldest. Returns whose keys were dropped.
   */
  boundSkippedKeys(): string[] {
    return this.#bound(this.#skipped, limits.skippedKeys, () => true, (conversation, excess) => {
      const heaviest = conversation.sessions.reduce((most, one) => skippedKeys(one.state) > skippedKeys(most.state) ? one : most)
      const state = adapterOf(heaviest.state).dropSkippedKeys?.(heaviest.state, Math.min(excess, skippedKeys(heaviest.state)))
      return state && withSessions(conversation, (one) => one === heaviest ? state : one.state)
    })
  }

  /**
   * Over all correspondents, messages that came before their key exchange was completed take bounded memory. Those who have shown no key
   * give way first, then whoever holds most. Returns whose were dropped.
   */
  boundEarly(): string[] {
    return this.#bound(this.#early, limits.earlyBytes, ({ keys }) => keys.length === 0, (conversation) =>
      withSessions(conversation, ({ state }) => adapterOf(state).dropEarly?.(state) ?? state))
  }

  /** Has correspondents give something up until all together hold no more than `limit`. Returns who did, once for each time. */
  #bound(
    usage: UsagePerPeer, limit: number, givesWayFirst: (conversation: Conversation) => boolean,
    giveUp: (conversation: Conversation, excess: number) => Conversation | undefined,
  ): string[] {
    const dropped: string[] = []
    while (usage.total > limit) {
      const before = usage.total
      const peer = usage.heaviest((one) => givesWayFirst(this.get(one)))
      const after = peer === undefined ? undefined : giveUp(this.get(peer), before - limit)
      if (peer === undefined || after === undefined) break
      this.keep(after)
      if (usage.total >= before) break
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
    // With every message the same tags stand in the same places.
    if (before.length === after.length && before.every(({ tag }, at) => after[at]?.tag === tag)) return
    for (const { tag } of before) {
      const peers = this.#byTag.get(tag)
      peers?.delete(peer)
      if (peers?.size === 0) this.#byTag.delete(tag)
    }
    for (const { tag } of after) this.#byTag.set(tag, (this.#byTag.get(tag) ?? new Set()).add(peer))
  }
}

/** A conversation with other states of its sessions. */
function withSessions(conversation: Conversation, stateOf: (entry: SessionEntry) => SessionState): Conversation {
  const sessions = conversation.sessions.map((entry) => {
    const state = stateOf(entry)
    return state === entry.state ? entry : { ...entry, state }
  })
  return { ...conversation, sessions }
}

/** How many keys of skipped messages a session holds. */
function skippedKeys(state: SessionState): number {
  return adapterOf(state).skippedKeys?.(state) ?? 0
}

/** How many bytes of a session wait for a key exchange to be completed. */
function earlyBytes(state: SessionState): number {
  return adapterOf(state).earlyBytes?.(state) ?? 0
}
