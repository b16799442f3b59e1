import { dsaFingerprint, ed448Fingerprint } from '../../crypto/index.js'
import { MalformedError, OtrError } from '../../errors.js'
import {
  ClientCore, emptyVault, generateDsaKey, generateEd448Keys, generateInstanceTag, makePrekeyProfile, makeV4Identity, parsePrivateKeys, systemRandom,
  type Account, type ClientEvent, type DsaPrivateKey, type Ed448Keys, type Ensemble, type SessionInfo,
} from '../../index.js'
import {
  base64Encode, decodeClientProfile, decodePrekeyMessage, decodePrekeyProfile, encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile, hexEncode,
  MIN_INSTANCE_TAG,
} from '../../wire/index.js'
import { version } from '../version.js'
import type { Fields } from './fields.js'

/** What a peer has between two requests. */
export interface PeerState {
  /** Seconds, as `clock` last said; 0 before. */
  now: number
  /** From `account` on. */
  client: ClientCore | undefined
}

/** The outcome of a command: events and the result's own fields. */
export interface CommandResult {
  readonly events?: readonly ClientEvent[]
  readonly fields?: Readonly<Record<string, unknown>>
}

/** One command of the peer protocol: reads its fields, and gives the work to do once all of them are known to be right. */
export type PeerCommand = (fields: Fields) => (state: PeerState) => CommandResult | Promise<CommandResult>

/** Commands of which this program's later parts will be made. */
const later = [
  'prekey-publish', 'prekey-status', 'prekey-fetch', 'prekey-serve', 'export', 'import', 'forge',
] as const

/** An answer for what is not there: the code has no prefix, as the protocol says. */
export class Unsupported extends Error {}

/** Every command that there is, `bye` excepted, which ends the loop. */
export const peerCommands: Readonly<Record<string, PeerCommand>> = {
  ...Object.fromEntries(later.map((name): [string, PeerCommand] => [name, () => { throw new Unsupported(`${name} is not there yet`) }])),

  'hello': () => () => ({
    fields: { name: 'otr4', version, protocol: 1, features: ['v3', 'v4', 'smp', 'fragments', 'extra-key', 'heartbeat', 'expiry', 'offline'] },
  }),

  'account': account,

  'policy'(fields) {
    const peer = fields.optionalText('peer')
    const changes = fields.rest()
    return (state) => ({ events: clientOf(state).setPolicy(changes, peer) })
  },

  'clock'(fields) {
    const now = fields.seconds('now')
    return (state) => {
      state.now = now
      return { events: state.client?.tick(now) ?? [] }
    }
  },

  'start'(fields) {
    const to = fields.text('to')
    const how = fields.optionalChoice('how', ['query', 'identity'])
    return (state) => ({ events: clientOf(state).start(to, how) })
  },

  'receive'(fields) {
    const from = fields.text('from')
    const message = fields.text('message')
    return (state) => ({ events: clientOf(state).receive(from, message) })
  },

  'send'(fields) {
    const to = fields.text('to')
    const text = fields.text('text')
    const instance = fields.optionalInteger('instance', MIN_INSTANCE_TAG, 0xffffffff)
    const tlvs = fields.optionalList('tlvs', (tlv) => ({
      type: tlv.integer('type', 0, 0xffff), value: tlv.optionalBytes('value') ?? new Uint8Array(),
    }))
    const options = { ...(instance !== undefined && { to: instance }), ...(tlvs !== undefined && { tlvs }) }
    return (state) => ({ events: clientOf(state).send(to, text, options) })
  },

  'ensemble'(fields) {
    const count = fields.optionalInteger('count', 1, 255) ?? 1
    return (state) => ({ fields: { ensembles: clientOf(state).ensemble(count).map(ensembleToJson) } })
  },

  'send-offline'(fields) {
    const to = fields.text('to')
    const ensemble = fields.object('ensemble', readEnsemble)
    const text = fields.text('text')
    return (state) => ({ events: clientOf(state).sendOffline(to, [ensemble], text) })
  },

  'smp-start'(fields) {
    const to = fields.text('to')
    const secret = fields.text('secret')
    const question = fields.optionalText('question')
    return (state) => ({ events: clientOf(state).smpStart(to, secret, { question }) })
  },

  'smp-answer'(fields) {
    const to = fields.text('to')
    const secret = fields.text('secret')
    return (state) => ({ events: clientOf(state).smpAnswer(to, secret) })
  },

  'smp-abort'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).smpAbort(to) })
  },

  'extra-key'(fields) {
    const to = fields.text('to')
    const context = fields.integer('context', 0, 0xffffffff)
    const data = fields.optionalBytes('data')
    return (state) => {
      const { key, events } = clientOf(state).extraKey(to, context, data)
      return { events, fields: { key: hexEncode(key) } }
    }
  },

  'end'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).end(to) })
  },

  'expire'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).expire(to) })
  },

  'trust'(fields) {
    const to = fields.text('to')
    const level = fields.choice('level', ['unknown', 'verified'])
    return (state) => ({ events: clientOf(state).trust(to, level) })
  },

  'status'(fields) {
    const of = fields.text('of')
    return (state) => {
      const { sessions, selected } = clientOf(state).status(of)
      return { fields: { sessions: sessions.map(sessionToJson), selected: selected ?? null } }
    }
  },
}

function clientOf({ client }: PeerState): ClientCore {
  if (client === undefined) throw new OtrError('OTR_NO_ACCOUNT', 'the command account comes first')
  return client
}

function sessionToJson({ instance, state, version: spoken, ssid, ssidBold, fingerprint, trust, offline, initiator, ratchet }: SessionInfo): object {
  return { instance, state, version: spoken, ssid, ssidBold, fingerprint, trust: trust === 'verified' ? trust : 'unknown', offline, initiator, ratchet }
}

function ensembleToJson({ clientProfile, prekeyProfile, prekeyMessage }: Ensemble): object {
  return {
    clientProfile: base64Encode(encodeClientProfile(clientProfile)),
    prekeyProfile: base64Encode(encodePrekeyProfile(prekeyProfile)),
    prekeyMessage: base64Encode(encodePrekeyMessage(prekeyMessage)),
  }
}

/** The reverse. What a network may have brought is no request error: @throws OtrError `OTR_NO_ENSEMBLE` */
function readEnsemble(fields: Fields): Ensemble {
  const parts = [fields.bytes('clientProfile'), fields.bytes('prekeyProfile'), fields.bytes('prekeyMessage')] as const
  try {
    return { clientProfile: decodeClientProfile(parts[0]), prekeyProfile: decodePrekeyProfile(parts[1]), prekeyMessage: decodePrekeyMessage(parts[2]) }
  } catch (error) {
    if (error instanceof MalformedError) throw new OtrError('OTR_NO_ENSEMBLE', error.message)
    throw error
  }
}

function account(fields: Fields): (state: PeerState) => Promise<CommandResult> {
  const address = fields.text('account')
  const versions = fields.choice('versions', ['3', '4', '34'])
  const mode = fields.optionalChoice('mode', ['compatible', 'standalone', 'interactive-only']) ?? 'compatible'
  const tag = fields.optionalInteger('tag', MIN_INSTANCE_TAG, 0xffffffff)
  const dsaFile = fields.optionalText('dsa')
  const ed448 = readEd448(fields)
  // Two of the three modes know no version 3.
  const speaks3 = versions !== '4' && mode === 'compatible'
  const speaks4 = versions !== '3'
  if (!speaks3 && !speaks4) throw new OtrError('OTR_FIELD', `mode ${mode} does not speak version 3`)
  return async (state) => {
    const dsa = speaks3 ? dsaFile === undefined ? await generateDsaKey(systemRandom) : findKey(dsaFile, address) : undefined
    const instanceTag = tag ?? generateInstanceTag(systemRandom)
    const v4 = speaks4
      ? makeV4Identity(ed448.keys(), {
          instanceTag, now: state.now, ...(dsa !== undefined && { dsa }), ...(ed448.expiration !== undefined && { expiration: ed448.expiration }),
        }, systemRandom)
      : undefined
    const identity: Account = { address, instanceTag, ...(dsa !== undefined && { v3: { dsa } }), ...(v4 !== undefined && { v4 }) }
    const prekeyProfile = v4 && makePrekeyProfile(identity, state.now, systemRandom, ed448.prekeyExpiration)
    state.client = new ClientCore({
      account: identity,
      clock: () => state.now,
      policy: modePolicies[mode],
      ...(prekeyProfile !== undefined && { state: { policy: {}, conversations: [], prekeys: { ...emptyVault, profiles: [prekeyProfile] } } }),
    })
    return {
      fields: {
        tag: instanceTag,
        ...(dsa !== undefined && { fingerprint3: hexEncode(dsaFingerprint(dsa)) }),
        ...(v4 !== undefined && {
          fingerprint4: hexEncode(ed448Fingerprint(v4.identity.publicKey, v4.forgingKey)),
          clientProfile: base64Encode(encodeClientProfile(v4.clientProfile)),
        }),
        ...(prekeyProfile !== undefined && { prekeyProfile: base64Encode(encodePrekeyProfile(prekeyProfile.profile)) }),
      },
    }
  }
}

/** What the modes of version 4 forbid. */
const modePolicies = {
  'compatible': {},
  'standalone': { allowV3: false },
  'interactive-only': { allowV3: false, requireInteractive: true },
} as const

/** The fields of version 4. */
interface Ed448Fields {
  readonly keys: () => Ed448Keys
  readonly expiration: number | undefined
  readonly prekeyExpiration: number | undefined
}

function readEd448(fields: Fields): Ed448Fields {
  const symmetricKey = fields.optionalBytes('ed448')
  if (symmetricKey !== undefined && symmetricKey.length !== 57) throw new OtrError('OTR_FIELD', 'field "ed448" must have 57 bytes')
  const forging = fields.optionalChoice('forging', ['discard', 'keep'])
  const expiration = fields.optionalInteger('profileExpires', 0, Number.MAX_SAFE_INTEGER)
  const prekeyExpiration = fields.optionalInteger('prekeyProfileExpires', 0, Number.MAX_SAFE_INTEGER)
  return { keys: () => ({ ...generateEd448Keys(systemRandom, forging), ...(symmetricKey !== undefined && { symmetricKey }) }), expiration, prekeyExpiration }
}

/** The account's key of a libotr file: the last under its name, as libotr takes it; or the only one there is. */
function findKey(text: string, address: string): DsaPrivateKey {
  const keys = parsePrivateKeys(text)
  const named = keys.filter(({ account: name }) => name === address || name.split('/')[0] === address).at(-1)
  const found = named ?? (keys.length === 1 ? keys[0] : undefined)
  if (found === undefined) throw new OtrError('OTR_FILE', `the private-key file has ${keys.length} keys, none for this account`)
  return found.key
}
