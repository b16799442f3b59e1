import { createHash } from 'node:crypto'
import type { ClientCore, ClientState, ConversationStatus, HeldMessage, Policy, Trust, Version } from '../../src/index.js'
import { hexEncode, utf8Decode } from '../../src/wire/index.js'
import { limits } from '../../src/session/budget/limits.js'
import type { Cast, KeyName } from './cast.js'
import { pack } from './pack.js'

/** An encrypted session, as a client shows it. */
export interface SessionView {
  readonly tag: number
  readonly version: Version
  readonly ssid: string
  readonly key: KeyName
  readonly trust: Trust
  /** The same as long as nothing of the session changes. */
  readonly mark: string
}

/** A correspondent, as a client shows them. */
export interface PeerView {
  /** The encrypted ones, the selected first. */
  readonly sessions: readonly SessionView[]
  /** The instance that a message would go to. */
  readonly selected: number | undefined
  readonly sending: ConversationStatus['sending']
  readonly latched: boolean
  /** The floor that it reports. */
  readonly floor: Trust
  /** The key that a message would be encrypted for. */
  readonly key: KeyName | undefined
  readonly keys: ReadonlyMap<KeyName, Trust>
  /** The key that each device shows, by instance tag. */
  readonly devices: ReadonlyMap<number, KeyName>
  readonly policy: Pick<Policy, 'requireEncryption' | 'requireVerified' | 'allowV2'>
  readonly outbox: readonly HeldMessage[]
  /** The texts that are kept: those that wait, and those that are not known to be read. */
  readonly texts: readonly string[]
  readonly lost: readonly number[]
  /** The instance of the selected session, if it is shown as probably lost. */
  readonly doubted: number | undefined
  readonly smpAsked: boolean
}

/** What a client shows about itself. */
export interface View {
  readonly peers: ReadonlyMap<string, PeerView>
  readonly nextTimer: number | undefined
  /** Bounds that are exceeded. */
  readonly excess: readonly string[]
}

/** Makes the view of a client. `state`: what it exports; `whole`: everything, otherwise only the encrypted sessions. */
export function look(core: ClientCore, state: ClientState, cast: Cast, addresses: readonly string[], whole: boolean): View {
  return {
    peers: new Map(addresses.map((address) => [address, lookAt(core, state, cast, address, whole)])),
    nextTimer: core.nextTimer(),
    excess: whole ? excessOf(state) : [],
  }
}

function lookAt(core: ClientCore, { conversations }: ClientState, cast: Cast, address: string, whole: boolean): PeerView {
  const conversation = conversations.find(({ peer }) => peer === address)
  if (conversation === undefined && !whole) return nobody
  const { sessions, selected, sending, latched, floor, key, probablyLost } = core.conversation(address).status
  const standing = sessions.flatMap(({ state, instance: tag, version, ssid, fingerprint, trust }): SessionView[] => {
    if (state !== 'encrypted' || ssid === undefined || fingerprint === undefined) return []
    const entry = conversation?.sessions.find(({ state: one }) => one.version === version && one.session.state === 'encrypted' && hexEncode(one.session.ssid) === ssid)
    return [{ tag, version, ssid, key: cast.keyOf(fingerprint), trust, mark: markOf(entry?.state) }]
  })
  if (!whole) return { ...nobody, sessions: standing }
  const { requireEncryption, requireVerified, allowV2 } = core.conversation(address).policy
  return {
    sessions: standing,
    selected,
    sending,
    latched,
    floor,
    key: key && cast.keyOf(key.key),
    devices: new Map(conversation?.devices.map(({ tag, fingerprint }) => [tag, cast.keyOf(fingerprint)])),
    keys: new Map(conversation?.keys.map(({ fingerprint, trust }) => [cast.keyOf(fingerprint), trust])),
    policy: { requireEncryption, requireVerified, allowV2 },
    outbox: conversation?.outbox ?? [],
    texts: [...conversation?.outbox.map(({ text }) => text) ?? [], ...conversation?.sent.map(({ text }) => utf8Decode(text).text) ?? []],
    lost: conversation?.sent.flatMap(({ id, offered }) => offered ? [id] : []) ?? [],
    doubted: probablyLost && selected,
    smpAsked: conversation?.sessions.some(({ state: { session } }) => session.state === 'encrypted' && session.smp.state === 'asked') ?? false,
  }
}

/** For a correspondent about whom nothing is known, or if only the sessions are needed. */
const nobody: PeerView = {
  sessions: [], selected: undefined, sending: 'plaintext', latched: false, floor: 'changed', key: undefined, devices: new Map(), keys: new Map(),
  policy: { requireEncryption: false, requireVerified: false, allowV2: false }, outbox: [], texts: [], lost: [], doubted: undefined, smpAsked: false,
}

function markOf(value: unknown): string {
  return createHash('sha1').update(pack(value)).digest('base64')
}

/** Rule 5: the bounds that a state exceeds. */
function excessOf({ conversations }: ClientState): string[] {
  return conversations.flatMap((one) => {
    const halfOpen = one.sessions.filter(({ state: { session } }) => session.state === 'plaintext').length
    const early = one.sessions.map(({ state }) => state.version === 4 && state.session.dake.kind !== 'none' ? state.session.dake.early.length : 0)
    const counts: readonly (readonly [string, number, number])[] = [
      ['sessions', one.sessions.length, limits.sessions],
      ['half-open sessions', halfOpen, limits.halfOpen + limits.sessions],
      ['openings', one.openings.length, 2],
      ['held messages', one.outbox.length, limits.outbox],
      ['messages sent', one.sent.length, limits.sent],
      ['keys', one.keys.length, limits.fingerprints],
      ['changes of trust', one.trustHistory.length, limits.trustHistory],
      ['devices', one.devices.length, limits.devices],
      ['delivery ids', one.deliveries.length, limits.deliveries],
      ['early messages', Math.max(0, ...early), 100],
    ]
    return counts.filter(([, count, most]) => count > most).map(([what, count, most]) => `${one.peer}: ${count} ${what} of ${most}`)
  })
}

/** The sessions with a correspondent that a step changed, as they are after it; then those that it ended, as they were before. */
export function touched(peer: string, { view: before }: { readonly view: View }, { view: after }: { readonly view: View }): readonly SessionView[] {
  const [old, now] = [before.peers.get(peer)?.sessions ?? [], after.peers.get(peer)?.sessions ?? []]
  if (old === now) return []
  return [
    ...now.filter(({ mark }) => old.every((one) => one.mark !== mark)),
    ...old.filter(({ ssid }) => now.every((one) => one.ssid !== ssid)),
  ]
}
