import { OtrError, type ClientEvent } from '../../src/index.js'
import type { Call } from './call.js'
import { personOf, type KeyName } from './cast.js'
import * as oracle from './oracle.js'
import { readersOf, type Reader } from './readers.js'
import type { Snapshot, StepResult } from './snapshot.js'
import type { Stage } from './stage.js'
import { checkVersion2, checkVersion2After, isLastIn2, standsIn2 } from './rules-version-2.js'
import { touched, type SessionView } from './view.js'
import { isData, lineId, type Line } from './world.js'

/** What the rules know about a step besides the call. */
export interface Watch {
  /** The line that is received. */
  readonly line?: Line
  /** She did not receive it before, from any address. */
  readonly fresh?: boolean
}

/** The mark in every text of alice's. */
export const TEXT = 'TEXT-'

/** A decision of the application counts from the moment of its call. */
export function checkBefore(stage: Stage, call: Call): void {
  switch (call.do) {
    case 'policy': stage.oracle = oracle.policyChanged(stage.oracle, call.changes, call.peer); break
    case 'trust': stage.oracle = oracle.trusted(stage.oracle, call.peer, call.key, call.level); break
    case 'choose': {
      // Choosing a device accepts the key that it shows.
      const key = stage.alice.view.peers.get(call.peer)?.devices.get(call.instance)
      if (key !== undefined && !oracle.mayHave(stage.oracle, call.peer, key, false)) stage.oracle = oracle.trusted(stage.oracle, call.peer, key, 'seen')
      break
    }
    case 'send':
    case 'sendOffline': stage.oracle = oracle.written(stage.oracle, call.text, call.peer); break
    default:
  }
}

/** Checks every rule after a step of alice's. `lines`: one for each `send` event. */
export function checkAfter(
  stage: Stage, call: Call, watch: Watch, before: Snapshot, result: StepResult, lines: readonly (Line | undefined)[],
): void {
  checkError(stage, call, result.error)
  if (result.error === undefined) platformDid(stage, call, before, result.after)
  const reached = new Set<string>()
  for (const [at, event] of result.events.entries()) {
    follow(stage, event, before, result.after)
    const line = lines[at]
    if (line !== undefined) checkVersion2(stage, line, result)
    if (line !== undefined) for (const text of checkLine(stage, call, line, lines.slice(0, at), before, result)) reached.add(text)
  }
  if (call.do === 'receive' || call.do === 'tick' || call.do === 'gone') checkAsked(stage, lines)
  checkDoubts(stage, result)
  if (call.do === 'send') checkSent(stage, call, before, result, lines, reached)
  if (call.do === 'receive' || call.do === 'tick') checkStanding(stage, call, watch, before, result.after)
  if (call.do === 'tick' || call.do === 'receive') checkPolicies(stage, result.after)
  checkVersion2After(stage, call, watch, result)
  checkKeys(stage, result.after)
  checkShown(stage, result.after)
  checkEnds(stage, call, result.after)
  const { peers } = result.after.view
  stage.oracle = oracle.forgetTexts(stage.oracle, new Set([...peers.values()].flatMap(({ texts }) => texts)))
  for (const excess of result.after.view.excess) stage.violate('I5', excess)
}

/** I4: what may not throw does not; and no error is a fault of the library. */
function checkError(stage: Stage, call: Call, error: unknown): void {
  if (error === undefined) return
  const code = error instanceof OtrError ? error.code : error instanceof Error ? error.message : 'what is no error'
  const never = call.do === 'receive' || call.do === 'tick' || call.do === 'close' || call.do === 'end'
  if (never || !(error instanceof OtrError) || error.code === 'OTR_INTERNAL') stage.violate('I4', `${call.do} throws ${code}`)
}

/** Checks that what the application did has happened. */
function platformDid(stage: Stage, call: Call, before: Snapshot, after: Snapshot): void {
  switch (call.do) {
    case 'start': stage.oracle = oracle.latch(stage.oracle, call.peer); break
    case 'continue': stage.oracle = oracle.unlatch(stage.oracle, call.peer); break
    case 'rename': stage.oracle = oracle.renamed(stage.oracle, call.peer, call.to); break
    case 'smpStart':
    case 'smpAnswer': {
      // This event belongs to the session that changed.
      const [session] = touched(call.peer, before, after)
      if (session === undefined) break
      const { ssid, key } = session
      const asked = oracle.wardOf(stage.oracle, call.peer).verifications.find((one) => one.ssid === ssid)?.how
      const how = call.do === 'smpStart' ? 'began' : asked === 'asked-question' ? 'question' : 'answered'
      stage.oracle = oracle.verifying(stage.oracle, call.peer, { ssid, key, how })
      break
    }
    default:
  }
}

/** Checks that what an event says is true. */
function follow(stage: Stage, event: ClientEvent, before: Snapshot, after: Snapshot): void {
  switch (event.type) {
    case 'state': {
      if (event.state !== 'encrypted' || event.fingerprint === undefined) return
      const key = stage.cast.keyOf(event.fingerprint)
      stage.oracle = oracle.shown(stage.oracle, event.peer, key)
      if (event.version !== 2) stage.oracle = oracle.seenNewer(stage.oracle, event.peer, key, standsIn2(before, event.peer))
      const kept = after.view.peers.get(event.peer)?.keys.get(key)
      if (kept !== event.trust) stage.violate('I3', `an event says that ${key} is ${event.trust ?? 'nothing'}, and it is ${kept ?? 'not known'}`)
      return
    }
    case 'smp': {
      const session = touched(event.peer, before, after).find(({ tag, version }) => tag === event.instance && version === event.version)
      if (session === undefined) return
      const { ssid, key } = session
      if (event.event === 'asked') {
        stage.oracle = oracle.verifying(stage.oracle, event.peer, { ssid, key, how: event.question === undefined ? 'asked' : 'asked-question' })
      } else if (event.event === 'succeeded') {
        const how = oracle.wardOf(stage.oracle, event.peer).verifications.find((one) => one.ssid === ssid)?.how
        if (how !== 'began' && how !== 'answered') return
        if (!oracle.knowsSecret(key)) stage.violate('I3', `a verification succeeds with ${key}, who does not know the secret`)
        stage.oracle = oracle.trusted(stage.oracle, event.peer, key, 'verified')
      }
      return
    }
    case 'notice':
      if (event.code === 'internal') stage.violate('I4', `an internal failure: ${event.detail ?? ''}`)
      return
    default:
  }
}

/** I7: what anybody can feign makes the client ask for a session once a minute at most. */
function checkAsked(stage: Stage, lines: readonly (Line | undefined)[]): void {
  for (const line of lines) {
    if (line?.kind !== 'query') continue
    const last = stage.oracle.asked?.[line.to]
    if (last !== undefined && stage.now - last < 60) stage.violate('I7', `${line.to} is asked again after ${stage.now - last} seconds`)
    stage.oracle = oracle.asked(stage.oracle, line.to, stage.now)
  }
}

/** I6: who has just proved that they have the session is not shown as one who has lost it. */
function checkDoubts(stage: Stage, { events, after }: StepResult): void {
  for (const event of events) {
    if (event.type !== 'message' || !event.encrypted) continue
    const peer = after.view.peers.get(event.from)
    const [session, another] = peer?.sessions.filter(({ tag }) => tag === event.instance) ?? []
    if (session !== undefined && another === undefined && peer?.doubted === session.tag) stage.violate('I6', `${event.from} has just written, and is shown as one who has lost the session`)
  }
}

/** I1 and I2, for what alice sends. Returns the texts that somebody read. */
function checkLine(
  stage: Stage, call: Call, line: Line, earlier: readonly (Line | undefined)[], before: Snapshot, result: StepResult,
): readonly string[] {
  if (!isData(line)) {
    const [text] = /TEXT-\d+/.exec(line.text) ?? []
    if (text === undefined) return []
    if (oracle.mustNotGoInClear(stage.oracle, line.to)) stage.violate('I1', `a text for ${line.to} goes in clear`)
    if (!oracle.isFor(stage.oracle, text, line.to)) stage.violate('I1', `a text for somebody else goes to ${line.to} in clear`)
    return []
  }
  const readers = readersOf(stage, line, earlier.filter((one) => one !== undefined))
  const texts = readers.flatMap((reader) => reader.texts)
  const isAnswer = call.do === 'smpAnswer'
  const precious = texts.length > 0 || isAnswer || readers.some(({ extraKey }) => extraKey) || call.do === 'extraKey'
  if (readers.length === 0) {
    checkUnread(stage, call, line, before, result)
    return []
  }
  if (!precious) return []
  stage.tally.read += 1
  for (const text of texts) if (text.startsWith(TEXT) && !oracle.isFor(stage.oracle, text, line.to)) stage.violate('I1', `a text for somebody else goes to ${line.to}`)
  if ((call.do === 'smpAnswer' || call.do === 'extraKey') && call.peer !== line.to) stage.violate('I1', `what is for ${call.peer} goes to ${line.to}`)
  const what = isAnswer ? 'an answer' : texts.length > 0 ? 'a text' : 'an extra key'
  for (const reader of readers) checkReader(stage, line.to, reader, what, isAnswer)
  return texts
}

/** An answer may verify a key, so it may go to keys that are not verified even if nothing else may. */
function checkReader(stage: Stage, peer: string, { actor, key }: Reader, what: string, isAnswer: boolean): void {
  if (!oracle.mayHave(stage.oracle, peer, key, isAnswer ? false : undefined)) {
    stage.violate('I2', `${what} for ${peer} is read by ${stage.cast.actors[actor]!.name} with ${key}, ${worthInWords(stage, peer, key)}`)
  }
}

function worthInWords(stage: Stage, peer: string, key: KeyName): string {
  const ward = oracle.wardOf(stage.oracle, peer)
  const required = oracle.rulesFor(stage.oracle, peer).requireVerified ? ', and only verified keys are allowed' : ''
  return `which is ${worthName(oracle.worthOf(ward, key))} where the best was ${worthName(oracle.floorOf(ward))}${required}`
}

function worthName(worth: oracle.Worth): string {
  return ['not met', 'shown later', 'seen', 'verified'][worth]!
}

/** Nobody can read it, because the other side lost its keys. Then what the client itself says about the session must suffice. */
function checkUnread(stage: Stage, call: Call, line: Line, before: Snapshot, result: StepResult): void {
  const released = result.events.some((event) => event.type === 'outbox' && event.event === 'released')
  if (call.do !== 'send' && call.do !== 'sendOffline' && call.do !== 'resend' && call.do !== 'extraKey' && call.do !== 'smpAnswer' && !released) return
  // What a newer version ends is told so, in the very step that sends what waited.
  if (released && isLastIn2(line, result.after)) return
  stage.tally.unread += 1
  const peer = line.to
  const session = touched(peer, before, result.after).find(({ tag, version }) => tag === line.receiverTag && line.kind === `v${version}-data`)
  if (session === undefined) stage.violate('I2', `something for ${peer} is encrypted for nobody`)
  else if (!oracle.mayHave(stage.oracle, peer, session.key, call.do === 'smpAnswer' ? false : undefined)) {
    stage.violate('I2', `something for ${peer} is encrypted for ${session.key}, ${worthInWords(stage, peer, session.key)}`)
  }
}

/** I6 and the other half of I2: a text goes where the client said before, and reports after, that it goes. */
function checkSent(
  stage: Stage, call: Extract<Call, { do: 'send' }>, before: Snapshot, { after, error, outcome }: StepResult, lines: readonly (Line | undefined)[],
  reached: ReadonlySet<string>,
): void {
  const peer = before.view.peers.get(call.peer)
  if (peer === undefined) return
  const sent = lines.filter((line) => line !== undefined)
  const encrypted = sent.filter(isData)
  const isHeld = after.view.peers.get(call.peer)?.outbox.some(({ text }) => text === call.text) === true
  const happened = encrypted.length > 0 ? 'encrypted' : sent.some(({ text }) => text.includes(call.text)) ? 'plaintext' : isHeld || error !== undefined ? 'held' : 'forgotten'
  const said = outcome === undefined ? error === undefined ? 'nothing' : 'held' : 'sent' in outcome ? outcome.sent : 'held'
  if (said !== happened) stage.violate('I6', `a text was ${happened}, and the client says ${said}`)
  if (call.to === undefined && peer.sending !== happened) stage.violate('I6', `${call.peer} was shown as ${peer.sending}, and the text was ${happened}`)
  const recipients = outcome !== undefined && 'to' in outcome ? outcome.to : []
  if (recipients.length !== encrypted.length) stage.violate('I6', `${encrypted.length} messages left, and the client says ${recipients.length}`)
  for (const { key: fingerprint, trust } of recipients) {
    const key = stage.cast.keyOf(fingerprint)
    if (trust !== peer.keys.get(key)) stage.violate('I6', `the client says of a text that ${key} is ${trust}, and it is ${peer.keys.get(key) ?? 'not known'}`)
    if (call.to === undefined && recipients.length === 1 && key !== peer.key) stage.violate('I6', `${peer.key ?? 'no key'} was shown, and the text went to ${key}`)
  }
  for (const line of encrypted) {
    const session = touched(call.peer, before, after).find(({ tag, version }) => tag === line.receiverTag && line.kind === `v${version}-data`)
    if (session !== undefined && recipients.every(({ key }) => stage.cast.keyOf(key) !== session.key)) {
      stage.violate('I6', `a text went into the session with ${session.key}, and the client says otherwise`)
    }
    if (session !== undefined && otherSide(stage, session) !== undefined && !reached.has(call.text)) {
      stage.violate('I2', `the session with ${session.key} stands on both sides, and nobody there reads the text`)
    }
  }
}

/** I1, I2 and I6, before anything is sent: what the client's status shows is true and allowed. */
function checkShown(stage: Stage, after: Snapshot): void {
  const floors = { unknown: 0, changed: 1, seen: 2, verified: 3 } as const
  for (const [peer, { sending, key, latched, sessions, floor }] of after.view.peers) {
    const ward = oracle.wardOf(stage.oracle, peer)
    if (sending === 'plaintext' && oracle.mustNotGoInClear(stage.oracle, peer)) stage.violate('I1', `a text for ${peer} would go in clear`)
    if (sending === 'encrypted' && (key === undefined || !oracle.mayHave(stage.oracle, peer, key))) {
      stage.violate('I2', `a text for ${peer} would go to ${key === undefined ? 'no key' : `${key}, ${worthInWords(stage, peer, key)}`}`)
    }
    const usable = sessions.filter((session) => oracle.mayHave(stage.oracle, peer, session.key))
    if (usable.length > 0 && sending !== 'encrypted') stage.violate('I2', `a session with ${usable.map((one) => one.key).join(' and ')} stands, and a text would be ${sending}`)
    if (ward.latched && !latched) stage.violate('I1', `${peer} is not latched`)
    if (floors[floor] < oracle.floorOf(ward)) stage.violate('I2', `the floor of ${peer} is ${floor}, and the best was ${worthName(oracle.floorOf(ward))}`)
  }
}

/** Who has the other side of a session, if anybody has. */
function otherSide(stage: Stage, { ssid }: SessionView): number | undefined {
  const at = stage.snapshots.findIndex(({ view }, actor) => actor > 0 && [...view.peers.values()].some(({ sessions }) => sessions.some((one) => one.ssid === ssid)))
  return at < 0 ? undefined : at
}

/** I2: the actions of others do not change an existing session. */
function checkStanding(stage: Stage, call: Call, { line, fresh = false }: Watch, before: Snapshot, after: Snapshot): void {
  if (before === after || call.do !== 'receive') return
  const kept = [...after.view.peers.values()].flatMap(({ sessions }) => sessions)
  for (const [peer, { sessions }] of before.view.peers) {
    for (const session of sessions) {
      const author = line === undefined || line.origin < 0 ? undefined : stage.cast.actors[line.origin]!
      const own = author !== undefined && (session.version === 2 || author.tag === session.tag) && stage.cast.keyIn(line!.origin, session.version) === session.key
      if (own && fresh) continue
      // A session to which messages may not go makes room for others.
      if (!oracle.mayHave(stage.oracle, peer, session.key, false)) continue
      const now = kept.find(({ ssid }) => ssid === session.ssid)
      if (now?.mark === session.mark) continue
      // Its other side ended it, in a line that arrived before without being read: for instance under another name.
      if (now === undefined && own && otherSide(stage, session) === undefined) continue
      if (now === undefined) stage.violate('I2', `the session with ${session.key} (${peer}) disappears by what ${author === undefined ? 'anybody' : author.name} did`)
      else checkUsable(stage, peer, session, after)
    }
  }
}

/** Something changed in a session: both sides must still read each other. */
function checkUsable(stage: Stage, peer: string, session: SessionView, after: Snapshot): void {
  const actor = otherSide(stage, session)
  // If the other side would write in another session, this says nothing about this one.
  if (actor === undefined || stage.snapshots[actor]!.view.peers.get(stage.addressOf(0))?.sessions[0]?.ssid !== session.ssid) return
  const said = stage.imagine(actor, stage.snapshots[actor]!, { do: 'send', peer: stage.addressOf(0), text: 'are you there?' })
  const lines = said.events.flatMap((event) => event.type === 'send' ? [event.message] : [])
  // The other side's client does not write here: alice has shown a key that they have not accepted.
  if (lines.length === 0) return
  let alice = after
  const heard = lines.flatMap((line) => {
    const { events, after: next } = stage.imagine(0, alice, { do: 'receive', from: peer, line }, lineId(line))
    alice = next
    return events
  })
  if (!heard.some((event) => event.type === 'message' && event.encrypted && event.text === 'are you there?')) {
    stage.violate('I2', `${personOf(session.key)} writes in the session with ${session.key} that stands, and alice does not read it any more`)
  }
}

/** I1: what the application decided for an address holds until it decides otherwise. */
function checkPolicies(stage: Stage, after: Snapshot): void {
  for (const [peer, { policy }] of after.view.peers) {
    const { requireEncryption, requireVerified } = oracle.rulesFor(stage.oracle, peer)
    if (requireEncryption && !policy.requireEncryption) stage.violate('I1', `${peer} no longer requires encryption`)
    if (requireVerified && !policy.requireVerified) stage.violate('I1', `${peer} no longer requires a verified key`)
  }
}

/** I3: the trust in keys is what was said and proved about them. */
function checkKeys(stage: Stage, after: Snapshot): void {
  for (const [peer, { keys, sessions }] of after.view.peers) {
    const ward = oracle.wardOf(stage.oracle, peer)
    stage.oracle = oracle.forgetVerifications(stage.oracle, peer, sessions.map(({ ssid }) => ssid))
    for (const [key, trust] of keys) {
      const worth = oracle.worthOf(ward, key)
      if (trust === 'verified' && worth < 3) stage.violate('I3', `${key} of ${peer} counts as verified, and nobody verified it`)
      if (trust === 'seen' && worth < 2) stage.violate('I3', `${key} of ${peer} counts as seen first, and came after others`)
      if (trust !== 'verified' && worth === 3) stage.violate('I3', `${key} of ${peer} was verified, and counts as ${trust}`)
    }
    for (const { key, trust } of sessions) {
      // If there are too many keys, one that nobody accepted is forgotten.
      const known = keys.get(key) ?? 'unknown'
      if (trust !== known) stage.violate('I3', `the session with ${key} is shown as ${trust}, and the key is ${known}`)
    }
  }
}

/** I4: ending ends, and timers do not repeat. */
function checkEnds(stage: Stage, call: Call, after: Snapshot): void {
  const { nextTimer, peers } = after.view
  if (call.do === 'tick' && nextTimer !== undefined && nextTimer <= stage.now) stage.violate('I4', 'after a look at the clock the next one is not later')
  if (call.do === 'end' && (peers.get(call.peer)?.sessions.length ?? 0) > 0) stage.violate('I4', `a session with ${call.peer} stands after its end`)
  if (call.do === 'close' && [...peers.values()].some(({ sessions }) => sessions.length > 0)) stage.violate('I4', 'a session stands after the client was closed')
}
