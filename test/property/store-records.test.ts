import { expect } from 'chai'
import fc from 'fast-check'
import { systemRandom } from '../../src/crypto/index.js'
import { newConversation, type Conversation } from '../../src/session/conversation/state.js'
import type { ApplicationRecord } from '../../src/session/client/persistence.js'
import type { Plain, Shape } from '../../src/store/codec.js'
import { pack } from '../../src/store/message-pack.js'
import { decodeRecord, encodeRecord, recordTypes, type RecordKind, type RecordTypes, type StoreRecord } from '../../src/store/record.js'
import { testAccount } from '../support/network.js'
import { generateDh3072, generateEcdh } from '../../src/crypto/index.js'
import type { OtrMessage } from '../../src/wire/index.js'

const profile = testAccount('somebody', 0x1234, 3, '34', 1_700_000_000).v4!.clientProfile
const { publicKey: point } = generateEcdh(systemRandom)
const { publicKey: number } = generateDh3072(systemRandom)
const tags = { senderTag: 0x100, receiverTag: 0xffffffff }
const messages: readonly OtrMessage[] = [
  { kind: 'v3-dh-commit', ...tags, encryptedGx: new Uint8Array(196), hashedGx: new Uint8Array(32) },
  { kind: 'v4-identity', ...tags, clientProfile: profile, y: point, b: number, firstEcdh: point, firstDh: number },
  { kind: 'v4-auth-r', ...tags, clientProfile: profile, x: point, a: number, sigma: new Uint8Array(342).fill(1), firstEcdh: point, firstDh: number },
  {
    kind: 'v4-data', ...tags, flags: 1, previousChain: 2, ratchetId: 3, messageId: 4, ecdh: point, dh: number, ciphertext: Uint8Array.of(5),
    authenticator: new Uint8Array(64), revealedMacKeys: new Uint8Array(0),
  },
]

/** Values with a form of their own. */
function other(what: string): fc.Arbitrary<unknown> {
  if (what === 'message of any kind') return fc.constantFrom(...messages)
  const message = messages.filter(({ kind }) => `${kind} message` === what)
  if (message.length > 0) return fc.constantFrom(...message)
  if (what === 'Client Profile') return fc.constant(profile)
  if (what === 'Prekey Profile') return fc.constant({ instanceTag: 0x100, expiration: 5, sharedPrekey: point, signature: new Uint8Array(114) })
  if (what === 'Prekey Message') return fc.constant({ kind: 'v4-prekey', identifier: 7, instanceTag: 0x100, y: point, b: number })
  if (what.startsWith('a word (best')) return fc.constantFrom('best', 'recent', 'all', 0x1001)
  if (what.startsWith('pairs of the name')) {
    return fc.record({ allowV3: fc.boolean(), outbox: fc.constantFrom('hold', 'reject'), heartbeatAfter: fc.nat(), queryText: fc.constantFrom('', 'talk?') }, { requiredKeys: [] })
  }
  throw new Error(`no values for: ${what}`)
}

/** Any value of a shape. */
function valuesOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.is) {
    case 'flag': return fc.boolean()
    case 'yes': return fc.constant(true)
    case 'real': return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat()).map((value) => value === 0 ? 0 : value)
    case 'count': return fc.oneof(fc.nat(Math.min(shape.max, 0x7fffffff)), fc.constant(shape.max), fc.constant(0))
    case 'bytes': {
      const most = Math.min(shape.max, shape.min + 200)
      return fc.uint8Array({ minLength: shape.min, maxLength: most }).map((bytes) => bytes.slice(0, bytes.length - bytes.length % shape.unit))
    }
    case 'text': return fc.oneof(fc.string({ maxLength: Math.min(shape.max, 40) }), fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: Math.min(shape.max, 20) }))
    case 'choice': return fc.constantFrom(...shape.of)
    case 'list': return fc.array(valuesOf(shape.of), { maxLength: 3 })
    case 'maybe': return fc.option(valuesOf(shape.of), { nil: undefined })
    case 'struct': return objects(shape.fields)
    case 'union': return fc.oneof(...shape.variants.map(([tag, fields]) =>
      objects(fields).map((object) => ({ [shape.by]: /^\d+$/.test(tag) ? Number(tag) : tag, ...object }))))
    case 'other': return other(shape.what)
  }
}

function objects(fields: readonly (readonly [string, Shape])[]): fc.Arbitrary<object> {
  const missing = new Set(fields.filter(([, shape]) => shape.is === 'maybe' && shape.missing).map(([name]) => name))
  return fc.record(Object.fromEntries(fields.map(([name, shape]) => [name, valuesOf(shape)])))
    .map((object) => Object.fromEntries(Object.entries(object).filter(([name, value]) => value !== undefined || !missing.has(name))))
}

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error)
  }
}

/** Without what its record does not contain: the pieces of fragments have records of their own. */
function bare({ kind, value }: StoreRecord): StoreRecord {
  if (kind !== 'conversation') return { kind, value } as StoreRecord
  const { fragments } = value
  return { kind, value: { ...value, fragments: { ...fragments, open: fragments.open.map((message) => ({ ...message, received: 0, pieces: [] })) } } }
}

describe('records of a store', () => {
  for (const kind of Object.keys(recordTypes) as RecordKind[]) {
    const record = valuesOf(recordTypes[kind].codec.shape).map((value) => bare({ kind, value } as StoreRecord))

    it(`${kind}: come back as they were, whatever is in them`, () => {
      fc.assert(fc.property(record, (value) => {
        expect(decodeRecord(encodeRecord(value))).to.deep.equal(value)
      }), { numRuns: kind === 'conversation' ? 300 : 100 })
    })

    it(`${kind}: are refused with a typed error when they are cut short or followed by anything`, () => {
      fc.assert(fc.property(record, fc.nat(), (value, at) => {
        const bytes = encodeRecord(value)
        expect(codeOf(() => decodeRecord(bytes.slice(0, at % bytes.length)))).to.equal('OTR_STORE_CORRUPT')
        expect(codeOf(() => decodeRecord(Uint8Array.of(...bytes, 0)))).to.equal('OTR_STORE_CORRUPT')
      }), { numRuns: 30 })
    })
  }

  it('leave no copy of their secrets behind: what was read is overwritten, or belongs to the conversation and is overwritten with it', () => {
    const secret = Uint8Array.from({ length: 57 }, (_, at) => at + 100)
    const holds = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes(Buffer.from(secret.subarray(0, 8)))
    const record = encodeRecord({ kind: 'host', value: { name: 'n', bytes: secret } })
    const host = (decodeRecord(record).value as ApplicationRecord).bytes
    expect(record.every((byte) => byte === 0)).to.equal(true)
    expect([host, new Uint8Array(host.buffer)]).to.deep.equal([secret, secret])

    const sent = { id: 1, text: secret, tlvs: [], tag: 256, version: 4 as const, ssid: '', fingerprint: '', verified: false, chain: 0, first: true, sentAt: 0, offered: false }
    const bytes = encodeRecord({ kind: 'conversation', value: { ...newConversation('peer'), sent: [sent] } })
    const [text] = (decodeRecord(bytes).value as Conversation).sent
    expect([holds(bytes), text!.text]).to.deep.equal([true, secret])
    text!.text.fill(0)
    expect(holds(bytes)).to.equal(false)

    for (const text of ['a text that waits', 'half a pair \ud800']) {
      const held = { id: 1, text, tlvs: [], to: undefined, since: 0, verifiedOnly: false, knownOnly: false }
      const waiting = encodeRecord({ kind: 'conversation', value: { ...newConversation('peer'), outbox: [held], sent: [sent] } })
      const value = decodeRecord(waiting).value as Conversation
      expect([value.outbox[0]!.text, value.sent[0]!.text]).to.deep.equal([text, secret])
      // A text cannot be overwritten when it was sent: no bytes of it stay with the conversation.
      for (const kept of [waiting, new Uint8Array(value.sent[0]!.text.buffer)]) {
        for (const form of ['utf8', 'utf16le'] as const) expect(Buffer.from(kept).includes(Buffer.from(text.slice(2, 10), form))).to.equal(false)
      }
    }

    const broken = pack(['conversation', 1, ['n', secret, 'not a policy']])
    expect(codeOf(() => decodeRecord(broken))).to.equal('OTR_STORE_CORRUPT')
    expect(broken.every((byte) => byte === 0)).to.equal(true)
  })

  it('H6: bytes that nobody wrote give a record or a typed error, never anything else', () => {
    const conversation = valuesOf(recordTypes.conversation.codec.shape).map((value) => encodeRecord({ kind: 'conversation', value } as StoreRecord))
    fc.assert(fc.property(conversation, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, by) => {
      const changed = bytes.slice()
      changed[at % bytes.length]! ^= by
      const code = codeOf(() => decodeRecord(changed))
      expect(code).to.match(/^(none|OTR_STORE_CORRUPT|OTR_STORE_NEWER)$/)
    }), { numRuns: 500 })
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(codeOf(() => decodeRecord(bytes))).to.match(/^OTR_STORE_(CORRUPT|NEWER)$/)
    }), { numRuns: 500 })
  })

  it('H6: a newer version of a record, or a kind that is not known, is refused as newer', () => {
    const body = recordTypes.host.codec.encode({ name: 'n', bytes: new Uint8Array() })
    expect(codeOf(() => decodeRecord(pack(['host', 1, body])))).to.equal('none')
    expect(codeOf(() => decodeRecord(pack(['host', 2, body])))).to.equal('OTR_STORE_NEWER')
    expect(codeOf(() => decodeRecord(pack(['ghost', 1, body])))).to.equal('OTR_STORE_NEWER')
    for (const version of [0, -1, 0.5, '1', null]) expect(codeOf(() => decodeRecord(pack(['host', version, body])))).to.equal('OTR_STORE_CORRUPT')
    for (const row of [['host', 1], ['host', 1, body, 0], ['toString', 1, body], [1, 1, body]]) {
      expect(codeOf(() => decodeRecord(pack(row)))).to.match(/^OTR_STORE_(CORRUPT|NEWER)$/)
    }
    for (const broken of [[], ['n'], ['n', new Uint8Array(), 1], [1, new Uint8Array()], ['n', 'text'], ['n', [1]], 'n'] as Plain[]) {
      expect(codeOf(() => decodeRecord(pack(['host', 1, broken])))).to.equal('OTR_STORE_CORRUPT')
    }
  })

  it('H7: an older version of a record goes through every migration, and is checked then as any other', () => {
    // As if the bytes had come second, and names had once been numbers.
    const types: RecordTypes = {
      ...recordTypes,
      host: {
        codec: recordTypes.host.codec,
        migrations: [(old) => [String((old as Plain[])[0])], (old) => [...old as Plain[], Uint8Array.of(9)]],
      },
    }
    const decoded = { kind: 'host', value: { name: '7', bytes: Uint8Array.of(9) } }
    expect(decodeRecord(pack(['host', 1, [7]]), types)).to.deep.equal(decoded)
    expect(decodeRecord(pack(['host', 2, ['7']]), types)).to.deep.equal(decoded)
    expect(decodeRecord(pack(['host', 3, ['7', Uint8Array.of(9)]]), types)).to.deep.equal(decoded)
    expect(codeOf(() => decodeRecord(pack(['host', 2, [7]]), types))).to.equal('OTR_STORE_CORRUPT')
    expect(codeOf(() => decodeRecord(pack(['host', 1, null]), types))).to.equal('OTR_STORE_CORRUPT')
    expect(codeOf(() => decodeRecord(pack(['host', 4, []]), types))).to.equal('OTR_STORE_NEWER')
  })

  it('report where something is wrong, and never the contents', () => {
    try {
      decodeRecord(pack(['account', 1, ['alice', [null, [new Uint8Array(57), new Uint8Array(56), null], 0x100], null]]))
      expect.fail()
    } catch (error) {
      expect(String(error)).to.contain('account: keys.ed448.forgingKey: not the bytes that belong there')
    }
  })
})
