import { OtrError } from '../../errors.js'
import { wipe } from '../../crypto/index.js'
import {
  decodeTranscript, examineTranscript, forgeAfterAke, forgeAke, forgeTranscript, forgeTranscriptV3, formatTranscript, readTranscript,
  type ForgedSide, type ForgedSideV3, type ForgedText, type Role, type Transcript,
} from '../../forge/index.js'
import { parsePrivateKeys } from '../../v3/libotr/index.js'
import { armorMessage, MIN_INSTANCE_TAG, type Ensemble } from '../../wire/index.js'
import { readEnsemble } from '../peer/ensemble-json.js'
import type { Fields } from '../peer/request-fields.js'
import { hex, momentOf, optionalOneTimeKey, optionalSigner, side, type ForgeEnv, type ForgeOperation } from './operations.js'

const roles = ['alice', 'bob'] as const

/** "Forge Entire Transcript", of version 4 or 3. */
export const forgeTranscriptOperation: ForgeOperation = (fields, env) => {
  const version = fields.optionalInteger('version', 3, 4) ?? 4
  const endedBy = fields.optionalChoice('endedBy', roles)
  const ended = endedBy === undefined ? {} : { endedBy }
  if (version === 3 && fields.optionalText('privateKey') !== undefined) return afterAke(fields, env)
  if (version === 3) {
    const sides = { bob: fields.object('bob', sideV3), alice: fields.object('alice', sideV3) }
    return { transcript: formatTranscript(forgeTranscriptV3({ ...sides, texts: textsOf(fields, sides), ...ended, now: env.now }, env.random)) }
  }
  const ensemble = fields.optionalObject('ensemble', readEnsemble)
  const sides = sidesOf(fields, ensemble)
  const signer = (ensemble && optionalOneTimeKey(fields, ensemble)) ?? optionalSigner(fields)
  const now = momentOf(fields, [sides.bob, sides.alice], env)
  const lines = forgeTranscript({
    ...sides, texts: textsOf(fields, sides), ...ensemble !== undefined && { ensemble }, ...signer !== undefined && { signer }, ...ended, now,
  }, env.random)
  return { transcript: formatTranscript(lines) }
}

/** Everything after a key exchange of version 3 that took place, from the private key of one side. */
function afterAke(fields: Fields, env: ForgeEnv): Readonly<Record<string, unknown>> {
  const transcript = readTranscript(fields.text('like'))
  const privateKey = hex(fields, 'privateKey')
  const endedBy = fields.optionalChoice('endedBy', roles)
  try {
    const lines = forgeAfterAke({ transcript, privateKey, texts: textsOf(fields, sidesV3(transcript)), ...endedBy !== undefined && { endedBy }, now: env.now }, env.random)
    return { transcript: formatTranscript(lines) }
  } finally {
    wipe(privateKey)
  }
}

/** Who sent a D-H Commit message is Bob. */
function sidesV3(transcript: Transcript): Readonly<Record<Role, { readonly address: string }>> {
  const { from = '', to = '' } = decodeTranscript(transcript).messages.find(({ message }) => message.kind === 'v3-dh-commit') ?? {}
  return { bob: { address: from }, alice: { address: to } }
}

/** "Forge AKE" of version 3: four messages. */
export const ake: ForgeOperation = (fields, env: ForgeEnv) => {
  const { messages } = forgeAke({ bob: fields.object('bob', sideV3), alice: fields.object('alice', sideV3), now: env.now }, env.random)
  return { messages: messages.map(armorMessage) }
}

/** The two: as given, or the two of a transcript, whose key exchange shows their profiles. */
function sidesOf(fields: Fields, ensemble: Ensemble | undefined): { readonly bob: ForgedSide, readonly alice: ForgedSide } {
  const like = fields.optionalText('like')
  if (like === undefined) return { bob: fields.object('bob', (inner) => bobOf(inner, ensemble)), alice: fields.object('alice', side) }
  // Who sent the Identity message is Bob; the order of the profiles is that of the key exchange.
  const [bob, alice] = examineTranscript(readTranscript(like)).profiles
  if (bob === undefined || alice === undefined) throw new OtrError('OTR_FIELD', 'the transcript in "like" shows no key exchange of version 4 with both Client Profiles')
  return { bob, alice }
}

function bobOf(fields: Fields, ensemble: Ensemble | undefined): ForgedSide {
  return ensemble === undefined ? side(fields) : { address: fields.text('address'), clientProfile: ensemble.clientProfile }
}

/** What was said: by `alice` or `bob`, or by one of their addresses. */
function textsOf(fields: Fields, sides: Readonly<Record<Role, { readonly address: string }>>): ForgedText[] {
  return (fields.optionalList('texts', (item) => ({ from: item.text('from'), text: item.text('text'), time: item.optionalInteger('time', 0, Number.MAX_SAFE_INTEGER) })) ?? [])
    .map(({ from, text, time }) => {
      const role = roles.find((one) => one === from || sides[one].address === from)
      if (role === undefined) throw new OtrError('OTR_FIELD', 'in "texts", "from" must be alice, bob, or the address of one of them')
      return { from: role, text, ...time !== undefined && { time } }
    })
}

function sideV3(fields: Fields): ForgedSideV3 {
  const [key] = parsePrivateKeys(fields.text('dsa'))
  if (key === undefined) throw new OtrError('OTR_FIELD', 'field "dsa" must be the text of a private-key file of libotr')
  return { address: fields.text('address'), instanceTag: fields.integer('tag', MIN_INSTANCE_TAG, 0xffffffff), dsa: key.key }
}
