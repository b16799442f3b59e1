import { expect } from 'chai'
import { MalformedError } from '../../src/errors.js'
import {
  base64Decode, base64Encode, concatBytes, hexDecode, hexEncode, int64be, minimalBigEndian, uint16be, uint32be, utf8Decode, utf8Encode,
} from '../../src/wire/index.js'
import { bytes } from './samples.js'

describe('bytes', () => {
  it('writes numbers big-endian', () => {
    expect(hexEncode(uint16be(0x1234))).to.equal('1234')
    expect(hexEncode(uint32be(0xfedcba98))).to.equal('fedcba98')
    expect(hexEncode(int64be(1))).to.equal('0000000000000001')
    expect(hexEncode(int64be(-2))).to.equal('fffffffffffffffe')
    expect(hexEncode(int64be(2 ** 40))).to.equal('0000010000000000')
  })

  it('strips leading zeros', () => {
    expect(hexEncode(minimalBigEndian(hexDecode('00000100')))).to.equal('0100')
    expect(minimalBigEndian(new Uint8Array(4))).to.have.length(0)
    expect(minimalBigEndian(new Uint8Array(0))).to.have.length(0)
  })

  it('are concatenated, empty ones too', () => {
    expect(hexEncode(concatBytes(uint16be(1), new Uint8Array(0), uint16be(2)))).to.equal('00010002')
    expect(concatBytes()).to.have.length(0)
  })

  it('reads hexadecimal of either case and nothing else', () => {
    expect(hexEncode(hexDecode('00fFaB'))).to.equal('00ffab')
    for (const bad of ['0', 'zz', '0x', ' 00', '00\n', '-1']) expect(() => hexDecode(bad)).to.throw(MalformedError)
  })

  it('says where UTF-8 was broken and never throws', () => {
    expect(utf8Decode(utf8Encode('größer 🦊'))).to.deep.equal({ text: 'größer 🦊', valid: true })
    expect(utf8Decode(Uint8Array.of(0x61, 0xff, 0x62))).to.deep.equal({ text: 'a\ufffdb', valid: false })
    expect(utf8Decode(Uint8Array.of(0xed, 0xa0, 0x80)).valid).to.equal(false)
    // A byte order mark in front is text.
    expect(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).to.deep.equal({ text: '\ufeffa', valid: true })
  })
})

describe('base64', () => {
  it('gives the examples of RFC 4648, section 10', () => {
    const vectors = { '': '', f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foob: 'Zm9vYg==', fooba: 'Zm9vYmE=', foobar: 'Zm9vYmFy' }
    for (const [plain, encoded] of Object.entries(vectors)) {
      expect(base64Encode(utf8Encode(plain))).to.equal(encoded)
      expect(utf8Decode(base64Decode(encoded)).text).to.equal(plain)
    }
  })

  it('agrees with Node for every length up to 300 and every byte', () => {
    for (let length = 0; length <= 300; length++) {
      const value = Uint8Array.from({ length }, (_, i) => i * 7 + length)
      const text = Buffer.from(value).toString('base64')
      expect(base64Encode(value)).to.equal(text)
      expect(hexEncode(base64Decode(text))).to.equal(hexEncode(value))
    }
  })

  it('reads a part of a text', () => {
    expect(hexEncode(base64Decode('?OTR:AAMD.', 'x', 5, 9))).to.equal('000303')
  })

  const refused: readonly (readonly [string, string, number])[] = [
    ['length 1', 'A', 0], ['length 2', 'AA', 0], ['length 3', 'AAA', 0], ['length 5', 'AAAAA', 3],
    ['padding alone', '====', 0], ['three paddings', 'A===', 0], ['padding in the middle', 'AA==AAAA', 0],
    ['one padding in the middle', 'AAA=AAAA', 0], ['padding before a letter', 'AA=A', 0],
    ['unused bits after one byte', 'AB==', 0], ['unused bits after two bytes', 'AAB=', 0], ['unused bits later', 'AAAAZh==', 3],
    ['a space', 'AA A', 0], ['a line break', 'AAAA\nAAA', 3], ['the URL alphabet', 'AA-_', 0], ['code 256', 'AAA\u0100', 0],
    ['a character beyond the table', 'AAA\uff21', 0], ['a control character in the padded group', 'A\u0001==', 0],
    ['a stranger before one padding', 'AA*=', 0], ['a high surrogate', 'AAA\ud83e', 0], ['NUL', 'AAA\0', 0],
  ]
  for (const [name, text, offset] of refused) {
    it(`refuses ${name} and says where`, () => {
      expect(() => base64Decode(text, 'armor')).to.throw(MalformedError).that.includes({ field: 'armor', offset })
    })
  }

  it('accepts of all texts of four characters only those it would write', () => {
    const characters = ['A', 'B', 'Q', 'w', '/', '=', '-', ' ']
    for (const a of characters) for (const b of characters) for (const c of characters) for (const d of characters) {
      const text = a + b + c + d
      let decoded
      try {
        decoded = base64Decode(text)
      } catch (error) {
        expect(error).to.be.instanceOf(MalformedError)
        continue
      }
      expect(base64Encode(decoded)).to.equal(text)
    }
  })

  it('leaves the input alone', () => {
    const value = bytes(10)
    base64Encode(value)
    expect(hexEncode(value)).to.equal(hexEncode(bytes(10)))
  })
})
