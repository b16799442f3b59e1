import { expect } from 'chai'
import { MalformedError } from '../../src/errors.js'
import {
  armor, classify, concatBytes, decodeClientProfile, decodeEnsemble, decodeMessage, decodePlaintext, decodePrekeyMessage, decodePrekeyProfile, defaultWireLimits,
  encodeClientProfile, encodeEnsemble, encodeMessage, encodePlaintext, encodePrekeyMessage, encodePrekeyProfile, hexDecode, hexEncode, uint32be,
  type Classified, type OtrMessage, type Tlv,
} from '../../src/wire/index.js'
import { bytes, fullProfile, prekeyMessage, prekeyProfile, samples, smallProfile } from '../codec/samples.js'
import { worked } from '../support/processor-time.js'

/** Everything that has a decoder of its own. */
const structures: readonly (readonly [string, Uint8Array, (encoded: Uint8Array) => unknown])[] = [
  ...samples.map((message, i) => [`${message.kind} (${i})`, encodeMessage(message), decodeMessage] as const),
  ['prekey message', encodePrekeyMessage(prekeyMessage), decodePrekeyMessage],
  ['client profile', encodeClientProfile(fullProfile), decodeClientProfile],
  ['small client profile', encodeClientProfile(smallProfile), decodeClientProfile],
  ['prekey profile', encodePrekeyProfile(prekeyProfile), decodePrekeyProfile],
  ['ensemble', encodeEnsemble({ clientProfile: fullProfile, prekeyProfile, prekeyMessage }), decodeEnsemble],
]

function error(run: () => unknown): MalformedError {
  try {
    run()
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(MalformedError)
    return thrown as MalformedError
  }
  throw new Error('was accepted')
}

const sample = <K extends OtrMessage['kind']>(kind: K): Extract<OtrMessage, { kind: K }> =>
  samples.find((message): message is Extract<OtrMessage, { kind: K }> => message.kind === kind)!

describe('attacks on the codec', () => {
  for (const text of ['?OTR:===.', '?OTR:.', '?OTR:A.', '?OTR:', '?OTR: .']) {
    it(`C1: ${JSON.stringify(text)} is malformed`, () => {
      expect(classify(text)).to.have.property('kind', 'malformed')
    })
  }

  const c2: Record<string, Classified['kind']> = {
    '?OTR': 'plaintext', '?OTR?': 'query', '?OTRv': 'plaintext', '?OTRv?': 'query', '?OTRv4': 'plaintext', '?OTR?v': 'query', '?OTR|': 'malformed',
    '?OTR,': 'plaintext',
  }
  for (const [text, kind] of Object.entries(c2)) {
    it(`C2: ${text} is ${kind}`, () => {
      expect(classify(text).kind).to.equal(kind)
    })
  }

  for (const [name, encoded, decode] of structures) {
    it(`C3: ${name} with 1 to 64 bytes behind it is refused`, () => {
      for (let extra = 1; extra <= 64; extra++) {
        for (const fill of [0, 1, 0xff]) {
          const { field, offset } = error(() => decode(concatBytes(encoded, new Uint8Array(extra).fill(fill))))
          expect(field).to.match(/^end of /)
          expect(offset).to.equal(encoded.length)
        }
      }
    })

    it(`C4: ${name} cut at every byte is refused with field and offset`, () => {
      for (let length = 0; length < encoded.length; length++) {
        const cut = encoded.slice(0, length)
        const { result: { field, offset }, milliseconds } = worked(() => error(() => decode(cut)))
        // The bound of the attack list is 10 ms; a tenth of a second leaves room for the engine's own work.
        expect(milliseconds).to.be.below(100)
        expect(field).not.to.equal('')
        expect(offset).to.be.within(0, length)
      }
    })
  }

  for (const length of [0, 15, 17, 64]) {
    it(`C5: a Reveal Signature message whose r has ${length} bytes is refused`, () => {
      const encoded = hexEncode(encodeMessage(sample('v3-reveal-signature')))
      const r = `00000010${hexEncode(bytes(16))}`
      expect(encoded).to.include(r)
      const changed = encoded.replace(r, hexEncode(uint32be(length)) + hexEncode(bytes(length)))
      expect(error(() => decodeMessage(hexDecode(changed)))).to.include({ field: 'Revealed key', offset: 11 })
    })
  }

  it('C5: a Reveal Signature message whose r has 2^32-1 bytes is refused', () => {
    const encoded = encodeMessage(sample('v3-reveal-signature'))
    encoded.set(uint32be(0xffffffff), 11)
    expect(error(() => decodeMessage(encoded))).to.include({ field: 'Revealed key', offset: 11 })
  })

  it('C6: length fields of 0xFFFFFFFF, 0x7FFFFFFF and one more than the rest allocate nothing and are refused', () => {
    for (const [name, encoded, decode] of structures) {
      // Every place where four bytes can be read as a length is tried, the real lengths among them.
      for (let at = 3; at + 4 <= encoded.length; at++) {
        for (const length of [0xffffffff, 0x7fffffff, encoded.length - at - 3]) {
          const changed = encoded.slice()
          changed.set(uint32be(length), at)
          try {
            decode(changed)
          } catch (thrown) {
            expect(thrown, `${name} at ${at}`).to.be.instanceOf(MalformedError)
          }
        }
      }
    }
    const before = process.memoryUsage().arrayBuffers
    const hostile = encodeMessage(sample('v3-dh-key'))
    hostile.set(uint32be(0xfffffff0), 11)
    for (let i = 0; i < 1000; i++) error(() => decodeMessage(hostile))
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(16 * 1024 * 1024)
  })

  it('C7: an MPI with leading zeros, or of zeros alone, is refused with its name', () => {
    for (const mpi of ['00000001' + '00', '00000002' + '0001', '00000003' + '00ff01']) {
      expect(error(() => decodeMessage(hexDecode(`00030adeadbeef00000100${mpi}`)))).to.include({ field: 'gy', offset: 11 })
    }
    expect(decodeMessage(hexDecode('00030adeadbeef0000010000000000'))).to.deep.include({ gy: new Uint8Array(0) })
  })

  it('C9: a message above the limit is refused before base64 is decoded', () => {
    const limits = { ...defaultWireLimits, maxMessageLength: 100, maxFragmentLength: 50 }
    const encoded = armor(encodeMessage(sample('v3-dh-key')))
    expect(classify(encoded, limits)).to.deep.equal({ kind: 'too-large', length: encoded.length })
    // What is no base64 at all is not found out either.
    expect(classify(`?OTR:${'*'.repeat(96)}`, limits)).to.deep.equal({ kind: 'too-large', length: 101 })
    expect(classify(`?OTR:${'*'.repeat(94)}.`, limits).kind).to.equal('malformed')
    expect(classify(`?OTR|100|200,1,2,${'a'.repeat(40)},`, limits).kind).to.equal('too-large')
    expect(classify(`?OTR|100|200,1,2,${'a'.repeat(32)},`, limits).kind).to.equal('fragment')
    const huge = `?OTR:${'A'.repeat(defaultWireLimits.maxMessageLength)}`
    const looks = Array.from({ length: 5 }, () => worked(() => classify(huge).kind))
    expect(looks.map(({ result }) => result)).to.deep.equal(Array.from({ length: 5 }, () => 'too-large'))
    expect(Math.min(...looks.map(({ milliseconds }) => milliseconds))).to.be.below(5)
  })

  it('C11: unknown types and versions are distinguished from malformed ones', () => {
    const line = (version: string, type: string): Classified => classify(armor(hexDecode(`${version}${type}deadbeef00000100`)))
    const header = { senderTag: 0xdeadbeef, receiverTag: 0x100 }
    for (const version of ['0000', '0001']) {
      for (const type of ['02', '03', '0a', '11', '12', '35']) {
        expect(line(version, type)).to.deep.equal({ kind: 'unsupported', version: Number(version), type: Number(`0x${type}`) })
      }
    }
    for (const type of ['02', '03', '0a', '11', '12']) expect(line('0002', type), type).to.deep.include({ kind: 'malformed' })
    for (const type of ['35', '36', '0d', '0f', '00', 'ff']) {
      expect(line('0002', type)).to.deep.include({ kind: 'unsupported', version: 2, type: Number(`0x${type}`) }).and.not.to.have.nested.property('header.senderTag')
    }
    for (const version of ['0005', '0300', 'ffff']) {
      expect(line(version, '03')).to.deep.include({ kind: 'unsupported', version: Number(`0x${version}`), type: 3 })
    }
    for (const type of ['02', '0a', '11', '12', '0f', '00', 'ff']) {
      const number = Number(`0x${type}`)
      expect(line('0004', type)).to.deep.equal({ kind: 'unsupported', version: 4, type: number, header: { version: 4, type: number, ...header } })
    }
    for (const type of ['35', '36', '37', '0d', '0f', '00', 'ff']) {
      expect(line('0003', type)).to.deep.include({ kind: 'unsupported', version: 3, type: Number(`0x${type}`) })
    }
    // Known, but nothing behind the header: malformed, and whom it was meant for is known.
    expect(line('0003', '0a')).to.deep.include({ kind: 'malformed', header: { version: 3, type: 10, ...header } })
    expect(error(() => decodeMessage(hexDecode('0001')))).to.include({ field: 'Protocol version', offset: 0 })
    expect(error(() => decodeMessage(hexDecode('000302')))).to.include({ field: 'Sender Instance tag', offset: 3 })
    expect(error(() => decodeMessage(hexDecode('000402')))).to.include({ field: 'Message type', offset: 2 })
  })

  it('C12: ten times the ciphertext is read in less than twelve times the time', function () {
    this.timeout(60_000)
    const line = (length: number): string => armor(encodeMessage({ ...sample('v3-data'), encryptedMessage: new Uint8Array(length).fill(7) }))
    const small = line(1024 * 1024)
    const large = line(10 * 1024 * 1024)
    expect(classify(large).kind).to.equal('message')
    const tenSmall = (): void => { for (let i = 0; i < 10; i++) classify(small) }
    // The same number of bytes, one right after the other, so that a slow moment is slow for both. What else the machine and the collector
    // do can only disturb: the best pair counts. Work that grows with the square would be ten times as much in every pair.
    let ratio = Number.POSITIVE_INFINITY
    for (let i = 0; i < 15 && ratio >= 12; i++) {
      const ten = worked(tenSmall).milliseconds
      ratio = Math.min(ratio, worked(() => classify(large)).milliseconds / (ten / 10))
    }
    expect(ratio).to.be.below(12)
  })

  it('C13: key types are little-endian, every other short is big-endian', () => {
    const encoded = encodeMessage(sample('v4-identity'))
    const profile = hexEncode(encoded.slice(11, 300))
    expect(hexEncode(encoded.slice(0, 2))).to.equal('0004')
    expect(profile.slice(0, 28)).to.equal('00000007' + '0001deadbeef' + '0002' + '1000')
    const at = 11 + 4 + 6 + 2
    expect(hexEncode(encoded.slice(at, at + 2))).to.equal('1000')
    const changed = encoded.slice()
    changed.set([0x00, 0x10], at)
    expect(error(() => decodeMessage(changed))).to.include({ field: 'Ed448 public key', offset: at })
    // Field types big-endian: 02 00 is no field.
    changed.set([0x10, 0x00], at)
    changed.set([0x02, 0x00], at - 2)
    expect(error(() => decodeMessage(changed))).to.include({ field: 'Client Profile field type', offset: at - 2 })
    // A forging key's type in place of the public key's.
    const swapped = encoded.slice()
    swapped.set([0x12, 0x00], at)
    expect(error(() => decodeMessage(swapped)).field).to.equal('Ed448 public key')
    // The DSA key's type is a big-endian 0000, TLV types are big-endian.
    expect(decodePlaintext(hexDecode('0001000000'))).to.deep.include({ tlvs: [{ type: 256, value: new Uint8Array(0) }] })
  })

  it('C13: a public key type that is not DSA inside a profile is refused', () => {
    const encoded = encodeClientProfile(fullProfile)
    const at = hexEncode(encoded).indexOf('00060000') / 2
    encoded.set([0x00, 0x01], at + 2)
    expect(error(() => decodeClientProfile(encoded))).to.include({ field: 'OTRv3 public authentication DSA key', offset: at + 2 })
  })

  it('C14: a TLV whose length runs over the end costs only itself', () => {
    for (const broken of ['00', '0001', '000100', '0001000a00', '0001ffff', '00010001']) {
      expect(decodePlaintext(hexDecode(`6869000000000161${broken}`))).to.deep.equal({
        text: 'hi', tlvs: [{ type: 0, value: hexDecode('61') }], wellFormed: false,
      })
    }
  })

  it('C14: a TLV with 65,535 bytes', () => {
    const tlv = { type: 0xffff, value: new Uint8Array(65_535).fill(9) }
    expect(decodePlaintext(encodePlaintext('text', [tlv]))).to.deep.equal({ text: 'text', tlvs: [tlv], wellFormed: true })
  })

  it('C14: ten thousand empty TLVs are read', () => {
    const tlvs: Tlv[] = Array.from({ length: 10_000 }, (_, i) => ({ type: i, value: new Uint8Array(0) }))
    const plaintext = decodePlaintext(encodePlaintext('text', tlvs))
    expect(plaintext.text).to.equal('text')
    expect(plaintext.wellFormed).to.equal(true)
    expect(plaintext.tlvs.map(({ type }) => type)).to.deep.equal(tlvs.map(({ type }) => type))
  })

  it('C16: invalid UTF-8 becomes U+FFFD with a notice, the TLVs stay', () => {
    for (const broken of ['ff', 'c0af', 'eda080', 'f8888080', 'e282', '80']) {
      const plaintext = decodePlaintext(hexDecode(`61${broken}0000010000`))
      expect(plaintext.text).to.match(/^a\ufffd+$/)
      expect(plaintext).to.deep.include({ tlvs: [{ type: 1, value: new Uint8Array(0) }], wellFormed: false })
    }
  })

  it('C17: revealed MAC keys that are no whole number of keys are refused', () => {
    const v3 = encodeMessage({ ...sample('v3-data'), oldMacKeys: bytes(19) })
    expect(error(() => decodeMessage(v3)).field).to.equal('Old MAC keys to be revealed')
    const v4 = encodeMessage({ ...sample('v4-data'), revealedMacKeys: bytes(63) })
    expect(error(() => decodeMessage(v4)).field).to.equal('Old MAC keys to be revealed')
  })

  it('C18: a hash in a D-H Commit message that is not 32 bytes long is refused', () => {
    const encoded = encodeMessage({ ...sample('v3-dh-commit'), encryptedGx: bytes(1) })
    const at = encoded.length - 36
    for (const length of [0, 31]) {
      expect(error(() => decodeMessage(concatBytes(encoded.slice(0, at), uint32be(length), bytes(length))))).to.include({ field: 'Hashed gx', offset: at })
    }
  })
})
