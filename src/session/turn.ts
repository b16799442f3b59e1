import { OtrError, unreachable } from '../errors.js'
import type { Env, NoticeCode, ProtocolEvent, StateEvent } from '../protocol/index.js'
import { equalBytes } from '../crypto/compare.js'
import { randomBytes } from '../crypto/random.js'
import type { DerivationMeter } from '../v4/index.js'
import { armorMessage, fragmentMessage, hexEncode, Reader, type FragmentAssembler, type OtrMessage } from '../wire/index.js'
import { draftOf, isUnanswered, keyTrustOf, newConversation, publicHex, trustIn, type Conversation, type Draft, type SessionEntry } from './conversation.js'
import { deviceShown } from './device.js'
import { internalNotice, type ClientEvent, type Trust, type Version } from './event.js'
import { failureOf } from './failure.js'
import { makeRoom, rankSessions } from './instances.js'
import { fullBucket, limits, settledBucket, takeTokens } from './limits.js'
import type { Account } from './account.js'
import type { MachineContext, SessionMachine, SessionState, SessionStep } from './machine.js'
import { isEncrypted, machineOf, machines, roleOf, statusOf, versionOf } from './machines.js'
import type { Policy } from './policy.js'
import { usePrekey, type PrekeyVault } from './prekeys.js'
import type { CarriedLine } from './sent-lines.js'
import { findKey, isSendable, keyShown, trustKey, type KeyNovelty, type KnownKey, type TrustHow } from './trust.js'

/** What a turn is given beside the conversation. */
export interface TurnContext {
  readonly env: Env
  readonly account: Account
  readonly policy: Policy
  /** Whether the host lets this stranger have an answer; asked only where the policy forbids answers to strangers. */
  readonly authorize: (peer: string) => boolean
  /** Whether one more correspondent whom the host never dealt with may be remembered for good. */
  readonly roomForStrangers: boolean
  /** Whether an instance has an encrypted session in the conversation of another address: its owner may write from this one now. */
  readonly isKnownElsewhere: (tag: number, version: Version) => boolean
  /** Whether the client has arithmetic to spare; see `WorkMeter`. */
  readonly takeWork: (count: number, stranger: boolean) => boolean
  /** What may be derived for data messages that may be forged; `elsewhere`: that came from another address. */
  readonly derivations: (elsewhere: boolean) => DerivationMeter
  /** phi', where the host gives one. */
  readonly phiExtra: Uint8Array | undefined
  /** What the account published for offline messages. */
  readonly prekeys: PrekeyVault
}

const conversationFields = Object.keys(newConversation('')) as readonly (keyof Conversation)[]

/**
 * One call of the host or one line of the network, on its way through a conversation: collects the events and the new state. Nothing
 * is visible outside until `finish`. As long as no session has moved, dropping the turn undoes everything; after that the old
 * sessions' secrets are gone, and the turn must be finished whatever happens (`moved`).
 */
export class Turn {
  readonly events: ClientEvent[] = []
  readonly draft: Draft
  /** When the line was sent that is being received, where the network says so. */
  sentAt: number | undefined
  readonly context: TurnContext
  /** Something that was due could not be done: it is to be tried again, but not at once. */
  failed = false
  /** The lines in which kept texts leave. */
  readonly carried: CarriedLine[] = []
  /** The address that the line being received came from, where it is not the correspondent's own. */
  via: string | undefined
  readonly #before: Conversation
  #prekeys: PrekeyVault
  #moved = false
  /** Whether the arithmetic of a key exchange or of a verification was done: milliseconds of it. */
  tookLong = false
  /** The instance that showed itself just now, where others had before. */
  #newDevice: number | undefined

  constructor(conversation: Conversation, context: TurnContext) {
    this.#before = conversation
    this.draft = draftOf(conversation)
    this.context = context
    this.#prekeys = context.prekeys
  }

  get policy(): Policy {
    return this.context.policy
  }

  get now(): number {
    return this.context.env.now
  }

  get machineContext(): MachineContext {
    const { env, account, policy, phiExtra } = this.context
    const { draft } = this
    return {
      env, account, policy, phiExtra, peer: draft.peer, prekeys: this.#prekeys,
      derivations: this.context.derivations(this.via !== undefined),
      smpTally: (version, fingerprint) => findKey(draft, version, publicHex(fingerprint))?.smpTally,
      isVerified: (version, fingerprint) => findKey(draft, version, publicHex(fingerprint))?.trust === 'verified',
    }
  }

  /** What the account published for offline messages, without what this turn used up. */
  get prekeys(): PrekeyVault {
    return this.#prekeys
  }

  /** Whether a session has moved on: from here on the turn cannot be dropped. */
  get moved(): boolean {
    return this.#moved
  }

  /** Says that something happened which cannot be taken back. */
  settle(): void {
    this.#moved = true
  }

  /** The conversation after the turn: the very object that went in when nothing changed, else the draft. The turn is over then. */
  finish(): Conversation {
    const before = this.#before
    // What changes with every message: most turns need not look further.
    if (this.draft.sessions !== before.sessions) return this.draft
    for (const field of conversationFields) if (this.draft[field] !== before[field]) return this.draft
    return before
  }

  emit(event: ClientEvent): void {
    if (event.type !== 'message') {
      this.events.push(event)
      return
    }
    const { sentAt, via } = this
    this.events.push({ ...event, ...(sentAt !== undefined && { sentAt }), ...(via !== undefined && { via }) })
  }

  /** A kept text left in the lines that are sent from this event on. */
  carries(sent: number, mark: number): void {
    for (const event of this.events.slice(mark)) if (event.type === 'send') this.carried.push({ line: event.message, sent })
  }

  notice(code: NoticeCode, detail?: string, instance?: number): void {
    this.emit({
      type: 'notice',
      peer: this.draft.peer,
      code,
      ...(instance !== undefined && { instance }),
      ...(detail !== undefined && { detail }),
    })
  }

  /** This library, or its platform, failed on something: a fault, and loud. What it was about did not happen. */
  fault(error: unknown, instance?: number): void {
    const notice = internalNotice(error, this.draft.peer)
    this.emit(instance === undefined ? notice : { ...notice, instance })
  }

  /** Takes over reassembled fragments. They pass from hand to hand: a turn that touched them cannot be dropped. */
  keepFragments(fragments: FragmentAssembler): void {
    if (fragments === this.draft.fragments) return
    this.draft.fragments = fragments
    this.settle()
  }

  /** A string for the network, as it stands. */
  sendText(message: string): void {
    this.emit({ type: 'send', to: this.draft.peer, message })
  }

  /** An encoded message, in fragments where the network's limit asks for it. */
  sendMessage(message: OtrMessage): void {
    for (const line of this.#lines(message)) this.sendText(line)
  }

  /** The versions that the policy and the account allow, the newest first. */
  allowedMachines(): SessionMachine[] {
    const { policy, account } = this.context
    return machines.filter((machine) => (machine.version === 3 ? policy.allowV3 : policy.allowV4) && machine.available(account))
  }

  /** Whether this correspondent may get an automatic answer. */
  mayAnswer(): boolean {
    const { draft, context } = this
    if (draft.known || draft.keys.length > 0) return true
    return this.policy.answerStrangers ? context.roomForStrangers : context.authorize(draft.peer)
  }

  /**
   * The sessions of an instance in a version, the best first. There may be several, each with another key: an instance tag is no secret, and
   * whoever writes under it can complete a key exchange with a key of their own.
   */
  entriesOf(tag: number, version: Version): SessionEntry[] {
    const own = this.draft.sessions.filter((entry) => entry.tag === tag && entry.state.version === version)
    return own.length < 2 ? own : rankSessions({ ...this.draft, sessions: own }).map(({ entry }) => entry)
  }

  /** The session of an instance in which one with this key may come to stand, without another key's being in its way. */
  entryFor(tag: number, version: Version, fingerprint: Uint8Array | undefined): SessionEntry | undefined {
    const own = this.entriesOf(tag, version)
    const same = own.find(({ state }) => {
      const other = machineOf(state).established(state).fingerprint
      return fingerprint !== undefined && other !== undefined && equalBytes(other, fingerprint)
    })
    return same ?? own.find(({ state }) => !isEncrypted(state))
  }

  /** The session of an instance that takes in messages of a key exchange: the one in which one is under way, else the best. */
  entry(tag: number, version: Version): SessionEntry | undefined {
    const own = this.entriesOf(tag, version)
    return own.find(({ state }) => roleOf(state) !== 'none') ?? own[0]
  }

  /**
   * Takes what the messages of a key exchange cost from the correspondent's allowance and from that of all; says so when there is
   * nothing left.
   */
  spend(count: number): boolean {
    const { draft, context } = this
    draft.handshakes = settledBucket(draft.handshakes, this.now)
    const rest = takeTokens(draft.handshakes, draft.keys.length > 0 ? limits.handshakesOfKnown : limits.handshakes, count, this.now)
    if (rest === undefined) {
      this.notice('limit', 'too many messages of key exchanges in a short time')
      return false
    }
    if (!context.takeWork(count, !draft.known && draft.keys.length === 0)) {
      this.notice('limit', 'too many messages of key exchanges over all correspondents')
      return false
    }
    draft.handshakes = rest
    this.tookLong = true
    return true
  }

  /** Puts a new session in, making room for it. `false`: there is none; nothing changed. `beside`: it stands beside another of its tag. */
  add(entry: SessionEntry, beside = false): boolean {
    const room = makeRoom(this.draft, beside ? entry.tag : undefined)
    if (room === undefined) return false
    for (const one of this.draft.sessions.filter((session) => !room.includes(session))) {
      const ended = this.end(one)
      this.notice('limit', 'too many sessions: an idle one was given up', one.tag)
      this.draft.sessions = this.draft.sessions.filter((session) => session !== ended)
    }
    this.draft.sessions = [...this.draft.sessions, entry]
    return true
  }

  /** Ends a session because its time is over, and tells the other side where that can be done; then it is finished. */
  expire(entry: SessionEntry): SessionEntry {
    const machine = machineOf(entry.state)
    try {
      return this.step(entry, machine.expire(entry.state, this.machineContext))
    } catch (error) {
      const next = this.step(entry, machine.drop(entry.state))
      this.notice('expired', `the other side could not be told: ${failureOf(error)}`, entry.tag)
      return next
    }
  }

  /** Replaces a session's entry. */
  update(entry: SessionEntry, changes: Partial<SessionEntry>): SessionEntry {
    const { sessions } = this.draft
    const at = sessions.indexOf(entry)
    if (at < 0) throw new OtrError('OTR_INTERNAL', 'a session was changed that is no longer there')
    const next = changedEntry(entry, changes)
    this.draft.sessions = sessions.with(at, next)
    return next
  }

  /**
   * Ends a session from our side and tells the other. It ends in any case: where the farewell cannot be made (the random source fails, or
   * the other side has driven the session to where no message can be made any more), it ends without one.
   */
  end(entry: SessionEntry): SessionEntry {
    const machine = machineOf(entry.state)
    try {
      return this.step(entry, machine.end(entry.state, this.machineContext))
    } catch (error) {
      const next = this.step(entry, machine.drop(entry.state))
      this.notice('internal', `the other side could not be told that the session ended: ${failureOf(error)}`, entry.tag)
      return next
    }
  }

  /** Takes a transition of a session over: its state, then what it sends, then what it tells. Returns the entry as it stands after. */
  step(entry: SessionEntry, step: SessionStep, changes: Partial<SessionEntry> = {}): SessionEntry {
    let next = entry
    // Before anything is told of the session that it made: a prekey message is used once.
    if (step.usedPrekey !== undefined) {
      this.#prekeys = usePrekey(this.#prekeys, step.usedPrekey)
      this.settle()
    }
    if (step.state !== entry.state) {
      // The old state's secrets are gone: nothing below may be undone, even if it throws.
      this.settle()
      const progress = this.#handshakeProgress(entry, step.state)
      next = this.update(entry, {
        state: step.state,
        active: changes.active ?? entry.active,
        handshakeAt: changes.handshakeAt ?? progress.handshakeAt,
        handshakeTries: changes.handshakeTries ?? progress.handshakeTries,
        answersQuestion: changes.answersQuestion ?? entry.answersQuestion,
      })
    }
    for (const message of step.outgoing) this.sendMessage(message)
    this.draft.learned = machineOf(step.state).learned?.(step.state) ?? this.draft.learned
    if (step.beside !== undefined) {
      const beside = this.#standBeside(next, step.beside)
      if (beside === undefined) return next
      next = beside
    }
    const established = step.events.some((event) => event.type === 'state' && event.state === 'encrypted')
    if (established) next = this.update(this.#joinTwin(next), { active: this.now })
    const key = established ? this.#established(next) : undefined
    for (const event of step.events) next = this.#tell(next, event, key)
    if (step.beside === undefined) this.#countAttempts(entry.state, next.state)
    return next
  }

  /** A session with another key than that of the one that runs under the same tag. `undefined`: there is no room for it, it was ended. */
  #standBeside({ tag }: SessionEntry, state: SessionState): SessionEntry | undefined {
    const entry: SessionEntry = { tag, state, active: this.now, handshakeAt: 0, handshakeTries: 0, answersQuestion: false }
    if (this.add(entry, true)) return entry
    machineOf(state).drop(state)
    this.notice('limit', 'too many sessions', tag)
    return undefined
  }

  /** Of two sessions with the same instance and the same key the newer renews the older. */
  #joinTwin(entry: SessionEntry): SessionEntry {
    const { tag, state } = entry
    const machine = machineOf(state)
    const { fingerprint } = machine.established(state)
    const twin = this.draft.sessions.find((one) => {
      if (one === entry || one.tag !== tag || one.state.version !== state.version) return false
      const other = machine.established(one.state).fingerprint
      return fingerprint !== undefined && other !== undefined && equalBytes(other, fingerprint)
    })
    if (twin === undefined) return entry
    this.draft.sessions = this.draft.sessions.filter((one) => one !== twin)
    return this.update(entry, { state: machine.renew(twin.state, state, this.machineContext) })
  }

  /** Attempts at SMP are counted by the key that makes them. */
  #countAttempts(before: SessionState, state: SessionState): void {
    const machine = machineOf(state)
    const tally = machine.smpTally(state)
    if (tally === undefined || tally.attempts === 0) return
    const counted = machine.smpTally(before)
    if (counted?.attempts === tally.attempts && counted.allowance === tally.allowance && counted.allowanceAt === tally.allowanceAt) return
    const { fingerprint } = statusOf(state)
    const key = fingerprint === undefined ? undefined : findKey(this.draft, state.version, publicHex(fingerprint))
    if (key !== undefined) this.draft.keys = this.draft.keys.map((one) => one === key ? { ...key, smpTally: tally } : one)
  }

  /** The clock of a key exchange starts anew whenever it enters another phase, and stops with it. */
  #handshakeProgress(entry: SessionEntry, state: SessionState): Pick<SessionEntry, 'handshakeAt' | 'handshakeTries'> {
    const role = roleOf(state)
    if (role === 'none') return { handshakeAt: 0, handshakeTries: 0 }
    const goesOn = role === roleOf(entry.state) && entry.handshakeAt !== 0
    return { handshakeAt: goesOn ? entry.handshakeAt : this.now, handshakeTries: entry.handshakeTries }
  }

  #lines(message: OtrMessage): readonly string[] {
    const text = armorMessage(message)
    const { maxMessageLength } = this.policy
    if (maxMessageLength === 0 || text.length <= maxMessageLength) return [text]
    const { senderTag, receiverTag } = message
    const version = versionOf(message)
    const addressed = { text, senderTag, receiverTag, maxLength: maxMessageLength }
    if (version === 3) return fragmentMessage({ version, ...addressed })
    const identifier = new Reader(randomBytes(this.context.env.random, 4)).int('identifier')
    return fragmentMessage({ version, ...addressed, identifier })
  }

  /** What every completed key exchange means for the conversation. Returns whether the key was seen before. */
  #established(entry: SessionEntry): KeyNovelty {
    const { draft } = this
    const { tag, state } = entry
    draft.latched = true
    const { fingerprint } = machineOf(state).established(state)
    if (fingerprint === undefined) throw new OtrError('OTR_INTERNAL', 'an encrypted session without a fingerprint')
    const hex = hexEncode(fingerprint)
    // Only the first one: who makes keys by the dozen gets nothing by it.
    if (draft.keys.every(({ lastSeen }) => lastSeen === undefined)) draft.handshakes = { ...fullBucket(limits.handshakesOfKnown), at: this.now }
    const { keys, trustHistory, novelty } = keyShown(draft, state.version, hex, this.now, isKeyInUse(draft))
    draft.keys = keys
    draft.trustHistory = trustHistory
    const worthOf = (device: { readonly version: Version, readonly fingerprint: string }): Trust =>
      findKey(draft, device.version, device.fingerprint)?.trust ?? 'unknown'
    const shown = { tag, version: state.version, fingerprint: hex }
    const { devices, isNew } = deviceShown(draft.devices, shown, this.now, worthOf)
    draft.devices = devices
    if (isNew) this.#newDevice = tag
    // A key that nobody accepted answers nothing that we asked the correspondent.
    if (isSendable(draft, state.version, hex, false)) this.#nobodyWaits(state.version)
    return novelty
  }

  #nobodyWaits(version: Version): void {
    const { draft } = this
    draft.queriedAt = undefined
    if (!draft.openings.some(isUnanswered)) return
    draft.openings = draft.openings.map((opening) => opening.state.version === version ? { ...opening, settled: true } : opening)
  }

  #tell(entry: SessionEntry, event: ProtocolEvent, key: KeyNovelty | undefined): SessionEntry {
    const { peer } = this.draft
    const { tag, state } = entry
    switch (event.type) {
      case 'state':
        this.#tellState(entry, event, key)
        return entry
      case 'message':
        this.emit({
          type: 'message', from: peer, text: event.text, contentType: state.version === 4 ? 'text' : this.policy.peerText, encrypted: true, instance: tag, version: state.version,
          ...(event.offline === true && { offline: true }),
        })
        return entry
      case 'notice':
        this.notice(event.code, event.detail, tag)
        return entry
      case 'smp': {
        this.tookLong = true
        // Whoever asks a question chooses one whose answer they know: it proves nothing to the one who answers.
        if (event.event === 'succeeded' && !entry.answersQuestion) this.#verified(state)
        const keyTrust = event.event === 'succeeded' ? keyTrustOf(this.draft, state.version, statusOf(state).fingerprint) : undefined
        this.emit({ peer, instance: tag, version: state.version, ...event, ...(keyTrust !== undefined && { trust: keyTrust.trust, keyTrust }) })
        return event.event === 'asked' ? this.update(entry, { answersQuestion: event.question !== undefined }) : entry
      }
      case 'extra-key':
      case 'tlv':
      case 'revealed-mac-keys':
        this.emit({ peer, instance: tag, version: state.version, ...event })
        return entry
      default:
        return unreachable(event)
    }
  }

  #tellState(entry: SessionEntry, { state: name, offline }: StateEvent, key: KeyNovelty | undefined): void {
    const { tag, state } = entry
    const origin = { peer: this.draft.peer, instance: tag, version: state.version }
    if (name !== 'encrypted') {
      this.emit({ type: 'state', ...origin, state: name })
      return
    }
    const { ssid, fingerprint } = machineOf(state).established(state)
    const keyTrust = keyTrustOf(this.draft, state.version, fingerprint)
    this.emit({
      type: 'state',
      ...origin,
      state: 'encrypted',
      ...(ssid !== undefined && { ssid: hexEncode(ssid) }),
      ...(fingerprint !== undefined && { fingerprint: hexEncode(fingerprint) }),
      ...(offline === true && { offline }),
      trust: trustIn(this.draft, state.version, fingerprint),
      ...(keyTrust !== undefined && { keyTrust }),
      ...(key !== undefined && { key }),
    })
    this.#tellClaim(entry)
    if (key === 'changed') this.notice('key-changed', 'this correspondent was seen with another key before', tag)
    if (this.#newDevice === tag) this.notice('new-device', 'this correspondent was seen with other devices before', tag)
    this.#newDevice = undefined
  }

  /** A version 4 profile may name a version 3 key. That is a claim: it is compared with what is known, and moves no trust. */
  #tellClaim({ tag, state }: SessionEntry): void {
    const { claims, fingerprint } = machineOf(state).established(state)
    const known = this.draft.keys.filter(({ version, lastSeen, trust }) => version === 3 && (lastSeen !== undefined || trust === 'verified'))
    if (claims === undefined || known.length === 0 || trustIn(this.draft, 4, fingerprint) === 'verified') return
    const claimed = known.find((key) => key.fingerprint === publicHex(claims))
    if (claimed === undefined) this.notice('other-v3-key', 'its profile names another version 3 key than this correspondent was seen with', tag)
    else if (claimed.trust === 'verified') this.notice('vouched', 'its profile names the verified version 3 key. That proves nothing: verify this key too', tag)
  }

  #verified(state: SessionState): void {
    const { fingerprint } = statusOf(state)
    if (fingerprint !== undefined) this.trust(state.version, hexEncode(fingerprint), 'verified', 'smp')
  }

  /** Sets the trust in a key, known or not yet seen. A conversation with a verified key is latched: rule 1. */
  trust(version: Version, fingerprint: string, trust: Exclude<Trust, 'changed'>, how: TrustHow): void {
    const { draft } = this
    const { keys, trustHistory } = trustKey(draft, version, fingerprint, trust, how, this.now)
    draft.keys = keys
    draft.trustHistory = trustHistory
    if (trust === 'verified') draft.latched = true
  }
}

/** An entry with some fields replaced. Written out: with every message, spreading costs more than encrypting. */
function changedEntry(entry: SessionEntry, changes: Partial<SessionEntry>): SessionEntry {
  return {
    tag: changes.tag ?? entry.tag,
    state: changes.state ?? entry.state,
    active: changes.active ?? entry.active,
    handshakeAt: changes.handshakeAt ?? entry.handshakeAt,
    handshakeTries: changes.handshakeTries ?? entry.handshakeTries,
    answersQuestion: changes.answersQuestion ?? entry.answersQuestion,
  }
}

/** Whether a session stands with a key. */
function isKeyInUse({ sessions }: Pick<Conversation, 'sessions'>): (key: KnownKey) => boolean {
  return ({ version, fingerprint }) => sessions.some(({ state }) => {
    if (state.version !== version || !isEncrypted(state)) return false
    const used = machineOf(state).established(state).fingerprint
    return used !== undefined && publicHex(used) === fingerprint
  })
}
