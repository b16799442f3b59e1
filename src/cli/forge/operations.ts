import { ed448KeyPair, wipe, type EcdhKeyPair, type Ed448KeyPair, type RandomSource } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import {
  decodeTranscript, examineTranscript, falsePrekeyEnsemble, forgeDake, forgeNonInteractiveAuth, formatTranscript, modifyDataMessage, parse, publishedMacKeys,
  readAndForge, readTranscript, reMac, sessionKeysV3, showMacKey, type AnyDataMessage, type ForgedSide, type ReadingKey, type Transcript,
} from '../../forge/index.js'
import { ensembleFields } from '../../conformance/ensemble-fields.js'
import { armorMessage, decodeClientProfile, decodePrekeyProfile, hexDecode, hexEncode, type ClientProfile, type Ensemble } from '../../wire/index.js'
import { describe } from '../describe-message.js'
import { readEnsemble } from '../peer/ensemble-json.js'
import type { Fields } from '../peer/request-fields.js'

/** What an operation is given beside its fields. */
export interface ForgeEnv {
  readonly random: RandomSource
  /** Seconds since 1970. */
  readonly now: number
}

/** One operation of `otr4 forge` and of the peer protocol's `forge`: from named fields to named results. */
export type ForgeOperation = (fields: Fields, env: ForgeEnv) => Readonly<Record<string, unknown>>

/** "Parse": what `otr4 inspect --json` prints of one message. */
export const parseOperation: ForgeOperation = (fields) => {
  const { kind, title, fields: described } = describe({ kind: 'message', message: parse(fields.text('message')).message })
  return { kind, title, ...Object.fromEntries(described.filter(({ key }) => !key.includes('.')).map(({ key, value }) => [key, value])) }
}

/** What is wrong with a transcript, and what it has published. */
export const examine: ForgeOperation = (fields) => {
  const { version, messages, faults, profiles, published } = examineTranscript(readTranscript(fields.text('transcript')))
  return {
    ...version !== undefined && { version },
    messages: messages.length,
    faults: faults.map(({ at, fault, detail }) => ({ line: at, fault, detail })),
    profiles: profiles.map(({ address, clientProfile }) => ({ address, expiration: clientProfile.expiration })),
    published: published.map(({ revealedAt, revealedBy, macKey, authenticates }) => ({ revealedIn: revealedAt, by: revealedBy, macKey: hexEncode(macKey), changes: authenticates })),
  }
}

/** "Modify Data Message": of one message with a MAC key, or of a line of a transcript with the key that the transcript has published. */
export const modify: ForgeOperation = (fields) => {
  const change = { oldText: fields.text('old'), newText: fields.text('new'), offset: fields.optionalInteger('offset', 0, 1 << 24) ?? 0 }
  const macKey = optionalHex(fields, 'macKey')
  const line = fields.optionalInteger('line', 1, Number.MAX_SAFE_INTEGER)
  if (line === undefined) return { message: armorMessage(modifyDataMessage(dataMessage(fields.text('message')), { ...change, macKey: macKey ?? missing('macKey') })) }
  const transcript = readTranscript(fields.text('transcript'))
  const { message, key } = published(transcript, line)
  const changed = armorMessage(modifyDataMessage(message, { ...change, macKey: macKey ?? key() }))
  return { transcript: formatTranscript(transcript.lines.map(({ at, ...rest }) => at === line ? { ...rest, message: changed } : rest)) }
}

/** A data message of a transcript, and the key that was published for it. */
function published(transcript: Transcript, line: number): { readonly message: AnyDataMessage, readonly key: () => Uint8Array } {
  const { messages } = decodeTranscript(transcript)
  const found = messages.find(({ at }) => at === line)
  if (found === undefined) throw new OtrError('OTR_FIELD', `line ${line} is no whole message`)
  const key = (): Uint8Array => {
    const one = publishedMacKeys(messages).find(({ authenticates }) => authenticates.includes(line))
    if (one === undefined) throw new OtrError('OTR_FIELD', `the transcript has not published the MAC key of line ${line}: it cannot be changed without "macKey"`)
    return one.macKey
  }
  return { message: asData(found.message), key }
}

/** "Read and Forge Data Message". */
export const readForge: ForgeOperation = (fields) => {
  const message = dataMessage(fields.text('message'))
  const bytes = hex(fields, 'key')
  const kind = fields.optionalChoice('keyOf', ['chain', 'message']) ?? 'chain'
  const messageId = fields.optionalInteger('keyAt', 0, 0xffffffff)
  const text = fields.optionalText('new')
  const key: ReadingKey = message.kind !== 'v4-data' ? { aesKey: bytes }
    : kind === 'message' ? { messageKey: bytes } : { chainKey: bytes, ...messageId !== undefined && { messageId } }
  const { plaintext, forged } = readAndForge(message, key, text === undefined ? undefined : { text })
  wipe(bytes)
  return {
    verified: plaintext !== undefined,
    ...plaintext !== undefined && { text: plaintext.text, tlvs: plaintext.tlvs.map(({ type, value }) => ({ type, value: Buffer.from(value).toString('base64') })) },
    ...forged !== undefined && { message: armorMessage(forged) },
  }
}

/** "Show MAC Key". */
export const showMac: ForgeOperation = (fields) => ({ macKey: hexEncode(showMacKey(hex(fields, 'key'))) })

/** "ReMAC Message". */
export const remac: ForgeOperation = (fields) => ({ message: armorMessage(reMac(dataMessage(fields.text('message')), hex(fields, 'macKey'))) })

/** What libotr's otr_sesskeys shows. */
export const sessionKeys: ForgeOperation = (fields) => {
  const { high, ...keys } = sessionKeysV3(hex(fields, 'privateKey'), hex(fields, 'theirPublicKey'))
  return { high, ...Object.fromEntries(Object.entries(keys).map(([name, bytes]) => [name, hexEncode(bytes)])) }
}

/** "Forge DAKE and Session Keys", "Impersonate Initiator or Responder": three messages. */
export const dake: ForgeOperation = (fields, env) => {
  const [bob, alice] = [fields.object('bob', side), fields.object('alice', side)]
  const signer = optionalSigner(fields)
  const { messages, signedBy, ssid } = forgeDake({ bob, alice, ...signer !== undefined && { signer }, now: momentOf(fields, [bob, alice], env) }, env.random)
  return { messages: messages.map(armorMessage), signedBy, ssid: hexEncode(ssid) }
}

/** A Non-Interactive-Auth message. */
export const auth: ForgeOperation = (fields, env) => {
  const ensemble = fields.object('ensemble', readEnsemble)
  const bob = { address: fields.text('bobAddress'), ensemble }
  const alice = fields.object('alice', side)
  const { message, signedBy, ssid } = forgeNonInteractiveAuth({
    bob, alice, signer: optionalOneTimeKey(fields, ensemble) ?? optionalSigner(fields) ?? missing('signer'), now: momentOf(fields, [ensemble, alice], env),
  }, env.random)
  return { message: armorMessage(message), signedBy, ssid: hexEncode(ssid) }
}

/** "False Prekey Ensemble". */
export const falseEnsemble: ForgeOperation = (fields, env) => {
  const clientProfile = profile(fields)
  const given = fields.optionalBytes('prekeyProfile')
  const identity = optionalSigner(fields)
  const expiration = fields.optionalInteger('expiration', 0, Number.MAX_SAFE_INTEGER) ?? clientProfile.expiration
  const prekeyProfile = given !== undefined ? decodePrekeyProfile(given) : identity !== undefined ? { identity, expiration } : missing('prekeyProfile')
  const { ensemble, prekeyMessage, sharedPrekey } = falsePrekeyEnsemble({ clientProfile, prekeyProfile, now: momentOf(fields, [{ clientProfile }], env) }, env.random)
  return {
    ensemble: ensembleFields(ensemble), oneTimeKey: hexEncode(prekeyMessage.y.privateKey), dhKey: hexEncode(prekeyMessage.b.privateKey),
    ...sharedPrekey !== undefined && { sharedPrekey: hexEncode(sharedPrekey.symmetricKey) },
  }
}

/** One of the two: address and Client Profile. */
export function side(fields: Fields): ForgedSide {
  return { address: fields.text('address'), clientProfile: profile(fields) }
}

function profile(fields: Fields): ClientProfile {
  return decodeClientProfile(fields.bytes('clientProfile'))
}

/** When it appears to have happened: as given; else now, or a second before the first of the profiles ended. */
export function momentOf(fields: Fields, profiles: readonly { readonly clientProfile: ClientProfile }[], { now }: ForgeEnv): number {
  return fields.optionalInteger('now', 0, Number.MAX_SAFE_INTEGER) ?? Math.min(now, ...profiles.map(({ clientProfile: { expiration } }) => expiration - 1))
}

/** A long-term key or forging key that signs: its 57 secret bytes in hex. @throws OtrError `OTR_FIELD` */
export function optionalSigner(fields: Fields): Ed448KeyPair | undefined {
  const bytes = optionalHex(fields, 'signer')
  if (bytes === undefined) return undefined
  if (bytes.length !== 57) throw new OtrError('OTR_FIELD', 'field "signer" must be the 57 bytes of a key of version 4, in hex')
  const pair = ed448KeyPair(bytes)
  wipe(bytes)
  return pair
}

/** The secret of Y of a false ensemble, as `false-ensemble` gave it. */
export function optionalOneTimeKey(fields: Fields, { prekeyMessage }: Ensemble): EcdhKeyPair | undefined {
  const privateKey = optionalHex(fields, 'oneTimeKey')
  return privateKey && { privateKey, publicKey: prekeyMessage.y }
}

function dataMessage(line: string): AnyDataMessage {
  return asData(parse(line).message)
}

function asData(message: ReturnType<typeof parse>['message']): AnyDataMessage {
  if (message.kind === 'v4-data' || message.kind === 'v3-data' || message.kind === 'v2-data') return message
  throw new OtrError('OTR_FIELD', 'this is no data message: it has no text and no MAC of a session')
}

export function hex(fields: Fields, name: string): Uint8Array {
  return optionalHex(fields, name) ?? missing(name)
}

function optionalHex(fields: Fields, name: string): Uint8Array | undefined {
  const text = fields.optionalText(name)
  if (text === undefined) return undefined
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) throw new OtrError('OTR_FIELD', `field "${name}" must be bytes in hex`)
  return hexDecode(text.toLowerCase())
}

function missing(name: string): never {
  throw new OtrError('OTR_FIELD', `field "${name}" is missing`)
}
