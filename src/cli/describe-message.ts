import { dsaFingerprint, ed448Fingerprint } from '../crypto/index.js'
import {
  encodeMessage, encodePrekeyMessage, formatInstanceTag, IGNORE_UNREADABLE, messageFieldNames, hexEncode,
  type Classified, type ClientProfile, type OtrMessage, type PrekeyMessage,
} from '../wire/index.js'
import { inertLine } from './inert-text.js'

/** One field: its name in the specification, its name in JSON, its value in JSON, and how people read it. */
export interface DescribedField {
  readonly name: string
  readonly key: string
  readonly value: unknown
  readonly shown: string
}

/** All that can be said of a line without keys. */
export interface Description {
  readonly kind: string
  readonly title: string
  readonly fields: readonly DescribedField[]
  /** Of a message: how many bytes it has, decoded. */
  readonly bytes?: number
}

const titles: Record<OtrMessage['kind'] | PrekeyMessage['kind'], string> = {
  'v2-dh-commit': 'OTRv2 D-H Commit Message',
  'v2-dh-key': 'OTRv2 D-H Key Message',
  'v2-reveal-signature': 'OTRv2 Reveal Signature Message',
  'v2-signature': 'OTRv2 Signature Message',
  'v2-data': 'OTRv2 Data Message',
  'v3-dh-commit': 'OTRv3 D-H Commit Message',
  'v3-dh-key': 'OTRv3 D-H Key Message',
  'v3-reveal-signature': 'OTRv3 Reveal Signature Message',
  'v3-signature': 'OTRv3 Signature Message',
  'v3-data': 'OTRv3 Data Message',
  'v4-identity': 'OTRv4 Identity Message',
  'v4-auth-r': 'OTRv4 Auth-R Message',
  'v4-auth-i': 'OTRv4 Auth-I Message',
  'v4-non-interactive-auth': 'OTRv4 Non-Interactive-Auth Message',
  'v4-data': 'OTRv4 Data Message',
  'v4-prekey': 'OTRv4 Prekey Message',
}

const prekeyNames = new Map([['identifier', 'Prekey Message Identifier'], ['instanceTag', 'Prekey owner\'s instance tag'], ['y', 'Y'], ['b', 'B']])

type Describable = Exclude<Classified, { kind: 'malformed' | 'too-large' | 'unsupported' | 'message' }>
  | { readonly kind: 'message', readonly message: OtrMessage | PrekeyMessage }

/** What the specification calls a message. */
export function messageTitle({ kind }: OtrMessage): string {
  return titles[kind]
}

/** Describes a line that is well formed. */
export function describe(line: Describable): Description {
  switch (line.kind) {
    case 'plaintext':
      return {
        kind: 'plaintext',
        title: line.versions === undefined ? 'plain text, nothing of OTR in it' : 'plain text with a whitespace tag',
        fields: [
          text('Text', 'text', line.text),
          ...line.versions === undefined ? [] : [plain('Versions offered', 'versions', line.versions, line.versions.join(', '))],
        ],
      }
    case 'query':
      return {
        kind: 'query',
        title: 'OTR Query Message',
        fields: [plain('Versions offered', 'versions', line.versions, line.versions.join(', ') || 'none'), text('Text', 'text', line.text)],
      }
    case 'error':
      return {
        kind: 'error',
        title: 'OTR Error Message (unauthenticated)',
        fields: [...line.code === undefined ? [] : [plain('Code', 'code', line.code, String(line.code))], text('Text', 'text', line.text)],
      }
    case 'fragment': {
      const { version, senderTag, receiverTag, index, total, piece } = line.fragment
      return {
        kind: 'fragment',
        title: `OTRv${version} fragment ${index} of ${total}`,
        fields: [
          plain('Protocol version', 'version', version, String(version)),
          ...line.fragment.version === 4 ? [hexNumber('Identifier', 'identifier', line.fragment.identifier)] : [],
          ...version === 2 ? [] : [tag('Sender Instance tag', 'senderTag', senderTag), tag('Receiver Instance tag', 'receiverTag', receiverTag)],
          plain('Index', 'index', index, String(index)),
          plain('Total', 'total', total, String(total)),
          plain('Piece', 'piece', piece, `${piece.length} characters  ${cut(inertLine(piece))}`),
        ],
      }
    }
    case 'message':
      return describeMessage(line.message)
  }
}

function describeMessage(message: OtrMessage | PrekeyMessage): Description {
  const bytes = message.kind === 'v4-prekey' ? encodePrekeyMessage(message) : encodeMessage(message)
  const names = message.kind === 'v4-prekey' ? prekeyNames : messageFieldNames(message.kind)
  const version = bytes[1] ?? 0
  const type = bytes[2] ?? 0
  return {
    kind: message.kind,
    title: `${titles[message.kind]}, ${bytes.length} bytes`,
    bytes: bytes.length,
    fields: [
      plain('Protocol version', 'version', version, String(version)),
      plain('Message type', 'type', type, `0x${type.toString(16).padStart(2, '0')}`),
      ...Object.entries(message).flatMap(([key, value]) => {
        // A message of version 2 has no tags on the wire, and no names for them.
        const name = names.get(key)
        return name === undefined ? [] : describeField(name, key, value)
      }),
    ],
  }
}

function describeField(name: string, key: string, value: unknown): DescribedField[] {
  if (value instanceof Uint8Array) {
    if (key === 'revealedMacKeys' || key === 'oldMacKeys') return [macKeys(name, key, value, key === 'oldMacKeys' ? 20 : 64)]
    return [binary(name, key, value)]
  }
  if (typeof value === 'number') {
    if (/tag$/i.test(key)) return [tag(name, key, value)]
    if (key === 'identifier') return [hexNumber(name, key, value)]
    if (key === 'flags') return [plain(name, key, value, `0x${value.toString(16).padStart(2, '0')}${(value & IGNORE_UNREADABLE) === 0 ? '' : ' IGNORE_UNREADABLE'}`)]
    return [plain(name, key, value, String(value))]
  }
  return key === 'clientProfile' ? describeProfile(name, value as ClientProfile) : []
}

function describeProfile(name: string, profile: ClientProfile): DescribedField[] {
  const inner: DescribedField[] = [
    tag('instance tag', 'instanceTag', profile.instanceTag),
    binary('public key', 'publicKey', profile.publicKey),
    binary('forging key', 'forgingKey', profile.forgingKey),
    hexOnly('fingerprint (of both keys)', 'fingerprint', ed448Fingerprint(profile.publicKey, profile.forgingKey)),
    plain('versions', 'versions', profile.versions, inertLine(profile.versions)),
    date('expires', 'expiration', profile.expiration),
    ...profile.dsaPublicKey === undefined
      ? []
      : [hexOnly('OTRv3 key, its fingerprint', 'dsaFingerprint', dsaFingerprint(profile.dsaPublicKey))],
    ...profile.transitionalSignature === undefined
      ? []
      : [binary('transitional signature', 'transitionalSignature', profile.transitionalSignature)],
    plain('order of fields', 'fieldOrder', profile.fieldOrder, profile.fieldOrder.join(' ')),
    binary('signature (not checked)', 'signature', profile.signature),
  ]
  const value = Object.fromEntries(inner.map((field) => [field.key, field.value]))
  return [
    { name, key: 'clientProfile', value, shown: '' },
    ...inner.map((field) => ({ ...field, name: `  ${field.name}`, key: `clientProfile.${field.key}` })),
  ]
}

function plain(name: string, key: string, value: unknown, shown: string): DescribedField {
  return { name, key, value, shown }
}

function text(name: string, key: string, value: string): DescribedField {
  return plain(name, key, value, inertLine(value) || '(empty)')
}

function binary(name: string, key: string, value: Uint8Array): DescribedField {
  return plain(name, key, hexEncode(value), value.length === 0 ? '(empty)' : `${value.length} bytes  ${cut(hexEncode(value))}`)
}

/** A value that people compare. It is never shortened. */
function hexOnly(name: string, key: string, value: Uint8Array): DescribedField {
  return plain(name, key, hexEncode(value), hexEncode(value))
}

function macKeys(name: string, key: string, value: Uint8Array, each: number): DescribedField {
  const keys = Array.from({ length: value.length / each }, (_, at) => hexEncode(value.subarray(at * each, (at + 1) * each)))
  return plain(name, key, keys, keys.length === 0 ? 'none' : `${keys.length}: ${keys.join(' ')}`)
}

function tag(name: string, key: string, value: number): DescribedField {
  return plain(name, key, value, value === 0 ? '0 (any instance)' : formatInstanceTag(value))
}

function hexNumber(name: string, key: string, value: number): DescribedField {
  return plain(name, key, value, `0x${value.toString(16).padStart(8, '0')}`)
}

function date(name: string, key: string, seconds: number): DescribedField {
  const time = new Date(seconds * 1000)
  return plain(name, key, seconds, Number.isNaN(time.getTime()) ? `${seconds} (no date)` : `${seconds} (${time.toISOString()})`)
}

function cut(value: string): string {
  return value.length > 80 ? `${value.slice(0, 72)}...` : value
}
