import { expect } from 'chai'
import fc from 'fast-check'
import { MalformedError } from '../../src/errors.js'
import {
  addFragment, armor, base64Decode, base64Encode, classify, decodeClientProfile, decodeEnsemble, decodeMessage, decodePlaintext, decodePrekeyMessage,
  decodePrekeyProfile, defaultWireLimits, emptyFragmentAssembler, encodeClientProfile, encodeEnsemble, encodeMessage, encodePlaintext,
  encodePrekeyMessage, encodePrekeyProfile, errorMessage, expireFragments, fragmentMessage, fragmentOverhead, hexDecode, hexEncode, makeClientProfile, parseFragment,
  queryMessage, unarmor, whitespaceTag,
  type ClientProfile, type Ensemble, type FragmentAssembler, type OtrMessage, type PrekeyMessage, type PrekeyProfile,
} from '../../src/wire/index.js'
import { samples } from '../codec/samples.js'

/** A plain object: deep equality distinguishes objects without a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record<T>(model, { noNullPrototype: true })
const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const data = fc.uint8Array({ maxLength: 300 })
const int = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0xff, 0x100, 0x7fffffff, 0x80000000, 0xffffffff))
const tags = { senderTag: int, receiverTag: int }
/** Minimal: no leading zero. */
const mpi = fc.uint8Array({ maxLength: 400 }).map((value) => value[0] === 0 ? value.map((byte, i) => i === 0 ? 1 : byte) : value)
/** y below p: the top byte of y is not ff. */
const point = exactly(57).map((value) => value.map((byte, i) => i === 56 ? byte & 0x80 : i === 55 ? byte & 0x7f : byte))
const keys = (unit: number): fc.Arbitrary<Uint8Array> => fc.array(exactly(unit), { maxLength: 3 }).map((list) => Uint8Array.from(list.flatMap((key) => [...key])))
const time = fc.oneof(fc.maxSafeInteger(), fc.nat())

const clientProfile: fc.Arbitrary<ClientProfile> = fc.tuple(
  fc.record({
    instanceTag: int, publicKey: point, forgingKey: point, expiration: time,
    versions: data.map((bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')),
    dsaPublicKey: record({ p: mpi, q: mpi, g: mpi, y: mpi }),
    transitionalSignature: exactly(40),
  }, { requiredKeys: ['instanceTag', 'publicKey', 'forgingKey', 'versions', 'expiration'], noNullPrototype: true }),
  exactly(114),
).map(([contents, signature]) => makeClientProfile(contents, signature))

const prekeyProfile: fc.Arbitrary<PrekeyProfile> = record({ instanceTag: int, expiration: time, sharedPrekey: point, signature: exactly(114) })
const prekeyMessage: fc.Arbitrary<PrekeyMessage> = record({ kind: fc.constant('v4-prekey'), identifier: int, instanceTag: int, y: point, b: mpi })

const message: fc.Arbitrary<OtrMessage> = fc.oneof(
  record({ kind: fc.constant('v3-dh-commit'), ...tags, encryptedGx: data, hashedGx: exactly(32) }),
  record({ kind: fc.constant('v3-dh-key'), ...tags, gy: mpi }),
  record({ kind: fc.constant('v3-reveal-signature'), ...tags, revealedKey: exactly(16), encryptedSignature: data, mac: exactly(20) }),
  record({ kind: fc.constant('v3-signature'), ...tags, encryptedSignature: data, mac: exactly(20) }),
  record({
    kind: fc.constant('v3-data'), ...tags, flags: fc.nat(255), senderKeyId: int, recipientKeyId: int, nextDh: mpi, counter: exactly(8),
    encryptedMessage: data, authenticator: exactly(20), oldMacKeys: keys(20),
  }),
  record({ kind: fc.constant('v4-identity'), ...tags, clientProfile, y: point, b: mpi, firstEcdh: point, firstDh: mpi }),
  record({
    kind: fc.constant('v4-auth-r'), ...tags, clientProfile, x: point, a: mpi, sigma: exactly(342), firstEcdh: point, firstDh: mpi,
  }),
  record({ kind: fc.constant('v4-auth-i'), ...tags, sigma: exactly(342) }),
  record({
    kind: fc.constant('v4-non-interactive-auth'), ...tags, clientProfile, x: point, a: mpi, sigma: exactly(342), prekeyIdentifier: int,
    authMac: exactly(64), firstEcdh: point, firstDh: mpi,
  }),
  record({
    kind: fc.constant('v4-data'), ...tags, flags: fc.nat(255), previousChain: int, ratchetId: int, messageId: int, ecdh: point, dh: mpi,
    ciphertext: data, authenticator: exactly(64), revealedMacKeys: keys(64),
  }),
)

/** Bytes that are nearly right: an encoded message with some bytes changed, cut out or put in. */
const nearly = (encoded: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(encoded, fc.array(record({ at: fc.nat(), remove: fc.nat(4), insert: fc.uint8Array({ maxLength: 4 }) }), { maxLength: 3 }))
    .map(([bytes, edits]) => edits.reduce((current, { at, remove, insert }) => {
      const place = at % (current.length + 1)
      return Uint8Array.from([...current.slice(0, place), ...insert, ...current.slice(place + remove)])
    }, bytes))

/** Decodes, or sees that exactly a MalformedError with a field and an offset comes out. */
function attempt<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
  try {
    return decode(bytes)
  } catch (error) {
    expect(error).to.be.instanceOf(MalformedError)
    expect((error as MalformedError).offset).to.be.within(0, bytes.length)
    return undefined
  }
}

describe('properties of the wire', () => {
  it('C10: decode(encode(m)) equals m, for every message', () => {
    fc.assert(fc.property(message, (value) => {
      expect(decodeMessage(encodeMessage(value))).to.deep.equal(value)
      expect(classify(armor(encodeMessage(value)))).to.deep.equal({ kind: 'message', message: value })
    }), { numRuns: 500 })
  })

  it('C10: decode(encode(m)) equals m, for profiles and prekey messages', () => {
    fc.assert(fc.property(clientProfile, prekeyProfile, prekeyMessage, (client, prekey, published) => {
      expect(decodeClientProfile(encodeClientProfile(client))).to.deep.equal(client)
      expect(decodePrekeyProfile(encodePrekeyProfile(prekey))).to.deep.equal(prekey)
      const ensemble = { clientProfile: client, prekeyProfile: prekey, prekeyMessage: published }
      expect(decodeEnsemble(encodeEnsemble(ensemble))).to.deep.equal(ensemble)
      expect(decodePrekeyMessage(encodePrekeyMessage(published))).to.deep.equal(published)
    }))
  })

  it('C10: encode(decode(b)) equals b for every byte string that is accepted; nothing but MalformedError is thrown', () => {
    let accepted = 0
    const start = fc.constantFrom(...samples.map((sample) => hexEncode(encodeMessage(sample).slice(0, 3))))
    const headed = fc.tuple(start, fc.uint8Array({ maxLength: 900 })).map(([head, rest]) => hexDecode(head + hexEncode(rest)))
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 900 }), headed, nearly(message.map(encodeMessage))), (bytes) => {
      const decoded = attempt(bytes, decodeMessage)
      if (decoded === undefined) return
      accepted++
      expect(hexEncode(encodeMessage(decoded))).to.equal(hexEncode(bytes))
    }), { numRuns: 3000 })
    expect(accepted).to.be.above(100)
  })

  it('C10: the same for profiles and prekey messages', () => {
    fc.assert(fc.property(nearly(clientProfile.map(encodeClientProfile)), (bytes) => {
      const decoded = attempt(bytes, decodeClientProfile)
      if (decoded) expect(hexEncode(encodeClientProfile(decoded))).to.equal(hexEncode(bytes))
    }), { numRuns: 500 })
    fc.assert(fc.property(nearly(prekeyProfile.map(encodePrekeyProfile)), (bytes) => {
      const decoded = attempt(bytes, decodePrekeyProfile)
      if (decoded) expect(hexEncode(encodePrekeyProfile(decoded))).to.equal(hexEncode(bytes))
    }))
    fc.assert(fc.property(nearly(record<Ensemble>({ clientProfile, prekeyProfile, prekeyMessage }).map(encodeEnsemble)), (bytes) => {
      const decoded = attempt(bytes, decodeEnsemble)
      if (decoded) expect(hexEncode(encodeEnsemble(decoded))).to.equal(hexEncode(bytes))
    }))
    fc.assert(fc.property(nearly(prekeyMessage.map(encodePrekeyMessage)), (bytes) => {
      const decoded = attempt(bytes, decodePrekeyMessage)
      if (decoded) expect(hexEncode(encodePrekeyMessage(decoded))).to.equal(hexEncode(bytes))
    }))
  })

  it('C10: base64 both ways, and for every text that is accepted', () => {
    fc.assert(fc.property(data, (bytes) => {
      expect(base64Encode(bytes)).to.equal(Buffer.from(bytes).toString('base64'))
      expect(hexEncode(base64Decode(base64Encode(bytes)))).to.equal(hexEncode(bytes))
    }))
    const alike = fc.string({ unit: fc.constantFrom('A', 'Q', 'g', 'B', '/', '+', '=', '9', ' ', '-', 'é'), maxLength: 12 })
    fc.assert(fc.property(fc.oneof(alike, fc.string()), (text) => {
      let bytes
      try {
        bytes = base64Decode(text)
      } catch (error) {
        expect(error).to.be.instanceOf(MalformedError)
        return
      }
      expect(base64Encode(bytes)).to.equal(text)
    }), { numRuns: 3000 })
  })

  it('decoding does not change its input, and what it gives does not hang on it', () => {
    fc.assert(fc.property(message, (value) => {
      const bytes = encodeMessage(value)
      const copy = bytes.slice()
      const decoded = decodeMessage(bytes)
      expect(hexEncode(bytes)).to.equal(hexEncode(copy))
      bytes.fill(0)
      expect(decoded).to.deep.equal(value)
    }), { numRuns: 50 })
  })

  it('classify() is total', () => {
    const fragment = fc.tuple(fc.constantFrom('?OTR|', '?OTR:', '?OTR,', '?OTR', '?OTRv', '?OTR?v', '?OTR Error:', '?OTRv34?', whitespaceTag([3]), ' \t', '|',
      ',', '.', '=', '100', '1', 'AAMD', 'AAQ1', '\n', '\0', '💬'), fc.string({ maxLength: 3 })).map(([head, tail]) => head + tail)
    const text = fc.array(fc.oneof(fragment, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(fc.property(fc.oneof(text, fc.uint8Array().map(armor), nearly(message.map(encodeMessage)).map(armor)), (line) => {
      const classified = classify(line)
      expect(classified.kind).to.be.oneOf(['plaintext', 'query', 'error', 'fragment', 'message', 'malformed', 'too-large', 'unsupported'])
      if (classified.kind === 'message') expect(armor(encodeMessage(classified.message))).to.equal(line.slice(0, line.lastIndexOf('.') + 1))
      if (classified.kind === 'plaintext' && classified.versions === undefined) expect(classified.text).to.equal(line)
    }), { numRuns: 1000 })
  })

  it('what is offered is read, around any text that is no OTR itself', () => {
    const versions = fc.subarray([3, 4] as const)
    const text = fc.string().filter((value) => !value.includes('?') && !/[ \t]{8}/.test(value))
    const markup = fc.array(fc.constantFrom(' ', '\t', '\n', '&nbsp;', '<br>', '<br/>', '<p class="a">', '</b>', '<FONT COLOR="red">', '\u0003', '\u000312,1', '\u000f'), { maxLength: 8 })
      .map((parts) => parts.join(''))
    fc.assert(fc.property(versions, text, text, markup, (offered, before, after, lead) => {
      expect(classify(before + whitespaceTag(offered) + after))
        .to.deep.equal({ kind: 'plaintext', text: before + after, versions: offered })
      expect(classify(lead + queryMessage(offered, after))).to.deep.include({ kind: 'query', versions: offered })
      const words = `${before}a${lead}${queryMessage(offered, after)}`
      expect(classify(words)).to.deep.equal({ kind: 'plaintext', text: words })
      expect(classify(errorMessage(after))).to.deep.include({ kind: 'error', text: after })
    }))
  })

  it('text and TLVs come back; every plaintext can be read and keeps its text', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'))
    const tlvs = fc.array(record({ type: fc.nat(0xffff), value: data }), { maxLength: 5 })
    fc.assert(fc.property(text, tlvs, (human, records) => {
      expect(decodePlaintext(encodePlaintext(human, records))).to.deep.equal({ text: human, tlvs: records, wellFormed: true })
    }))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const plaintext = decodePlaintext(bytes)
      if (plaintext.wellFormed && bytes.includes(0)) {
        expect(hexEncode(encodePlaintext(plaintext.text, plaintext.tlvs))).to.equal(hexEncode(bytes))
      }
    }), { numRuns: 1000 })
  })

  it('F5, F10: fragments of any message come together in any order (v4) and in order (v3), with strangers in between', () => {
    const text = fc.integer({ min: 1, max: 3000 }).map((length) => `?OTR:${'ABCDEFGHIJ'.repeat(300).slice(0, length)}.`)
    fc.assert(fc.property(text, fc.integer({ min: 1, max: 200 }), fc.constantFrom(3, 4), int, int, int, fc.infiniteStream(fc.nat()),
      (whole, room, version, sender, receiver, identifier, noise) => {
      const lines = fragmentMessage({ version, text: whole, senderTag: sender, receiverTag: receiver, identifier, maxLength: fragmentOverhead(version) + room })
      if (lines.length === 1) return
      const fragments = lines.map(parseFragment)
      if (version === 4) {
        for (let i = fragments.length - 1; i > 0; i--) {
          const j = (noise.next().value ?? 0) % (i + 1)
          ;[fragments[i], fragments[j]] = [fragments[j]!, fragments[i]!]
        }
      }
      let state: FragmentAssembler = emptyFragmentAssembler
      const complete: string[] = []
      for (const fragment of fragments) {
        for (const one of [{ ...fragment, senderTag: (sender + 1) >>> 0, index: 1, piece: 'stranger' }, fragment]) {
          const step = addFragment(state, one, 0, defaultWireLimits)
          state = step.state
          if (step.complete !== undefined) complete.push(step.complete)
        }
      }
      expect(complete).to.deep.equal([whole])
      expect(state.open).to.have.length(1)
    }), { numRuns: 200 })
  })

  it('F7: whatever fragments come, the limits hold and the books are right', () => {
    const small = { ...defaultWireLimits, maxOpenMessages: 4, maxFragmentBytes: 5000, maxMessageLength: 300, fragmentTimeout: 20 }
    const fragment = record({
      version: fc.constantFrom(3 as const, 4 as const), identifier: fc.nat(5), senderTag: fc.integer({ min: 256, max: 258 }), receiverTag: fc.constant(300),
      total: fc.integer({ min: 1, max: 5 }), index: fc.integer({ min: 1, max: 5 }), piece: fc.string({ minLength: 1, maxLength: 200 }), wait: fc.nat(8),
    }).filter(({ index, total }) => index <= total)
    fc.assert(fc.property(fc.array(fragment, { maxLength: 60 }), (fragments) => {
      let state: FragmentAssembler = emptyFragmentAssembler
      let now = 0
      for (const { wait, ...one } of fragments) {
        now += wait
        const step = addFragment(state, one, now, small)
        state = step.state
        expect(state.open.length).to.be.at.most(small.maxOpenMessages)
        expect(state.bytes).to.be.at.most(small.maxFragmentBytes)
        expect(state.bytes).to.equal(state.open.reduce((sum, open) => sum + open.bytes, 0))
        expect(expireFragments(state, now, small)).to.equal(state)
        for (const open of state.open) {
          const present = Object.values(open.pieces)
          expect(present).to.have.length(open.received)
          expect(open.received).to.be.below(open.total)
          expect(present.join('').length).to.be.at.most(small.maxMessageLength)
        }
      }
    }), { numRuns: 500 })
  })

  it('unarmor is the reverse of armor', () => {
    fc.assert(fc.property(data, (bytes) => {
      expect(hexEncode(unarmor(armor(bytes)))).to.equal(hexEncode(bytes))
    }))
  })
})
