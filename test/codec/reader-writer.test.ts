import { expect } from 'chai'
import { MalformedError, OtrError } from '../../src/errors.js'
import { hexDecode, hexEncode, Reader, Writer } from '../../src/wire/index.js'
import { bytes, ed448Prime, point } from './samples.js'

describe('Writer and Reader', () => {
  it('every data type by fixed bytes, both ways', () => {
    const written = new Writer(1).byte(0xab).short(0x1234).int(0xfedcba98).publicKeyType(0x0010).time(1).mpi(hexDecode('0000ff01'))
      .mpi(new Uint8Array(3)).data(hexDecode('00ff')).bytes(hexDecode('0707')).fixed(hexDecode('0909'), 2).point(point(1)).scalar(bytes(57)).finish()
    expect(hexEncode(written)).to.equal('ab' + '1234' + 'fedcba98' + '1000' + '0000000000000001' + '00000002ff01' + '00000000'
      + '0000000200ff' + '0707' + '0909' + hexEncode(point(1)) + hexEncode(bytes(57)))
    const reader = new Reader(written)
    expect(reader.byte('a')).to.equal(0xab)
    expect(reader.short('b')).to.equal(0x1234)
    expect(reader.int('c')).to.equal(0xfedcba98)
    expect(reader.publicKeyType('d')).to.equal(0x0010)
    expect(reader.time('e')).to.equal(1)
    expect(hexEncode(reader.mpi('f'))).to.equal('ff01')
    expect(reader.mpi('g')).to.have.length(0)
    expect(hexEncode(reader.data('h'))).to.equal('00ff')
    const start = reader.offset
    expect(hexEncode(reader.take('i', 2))).to.equal('0707')
    expect(hexEncode(reader.take('j', 2))).to.equal('0909')
    expect(hexEncode(reader.slice(start))).to.equal('07070909')
    expect(hexEncode(reader.point('k'))).to.equal(hexEncode(point(1)))
    expect(hexEncode(reader.scalar('l'))).to.equal(hexEncode(bytes(57)))
    expect(reader.remaining).to.equal(0)
    reader.end()
  })

  it('starts where it is told, also inside a larger buffer', () => {
    const inner = hexDecode('ffff0000000405060708ff').subarray(2, 10)
    expect(new Reader(inner, 4).int('x')).to.equal(0x05060708)
    expect(new Reader(inner).time('x')).to.equal(0x0405060708)
  })

  it('give copies, so that changes of the input do not reach the values', () => {
    const input = hexDecode('0000000101')
    const value = new Reader(input).data('x')
    value.fill(0)
    expect(hexEncode(input)).to.equal('0000000101')
  })

  it('gives a number that comes again as the array of the last time, unless it is another one or has been changed', () => {
    const written = new Writer().mpi(hexDecode('0501')).mpi(hexDecode('0501')).mpi(hexDecode('0502')).mpi(hexDecode('050203')).finish()
    const reader = new Reader(written)
    const first = reader.repeatedMpi('a', new Uint8Array(0))
    expect(hexEncode(first)).to.equal('0501')
    const again = reader.repeatedMpi('b', first)
    expect(again).to.equal(first)
    const other = reader.repeatedMpi('c', again)
    expect([hexEncode(other), hexEncode(first)]).to.deep.equal(['0502', '0501'])
    // The last one is the beginning of this one.
    expect(hexEncode(reader.repeatedMpi('d', other))).to.equal('050203')
    reader.end()
    first.fill(9)
    const anew = new Reader(written).repeatedMpi('e', first)
    expect([hexEncode(anew), hexEncode(first)]).to.deep.equal(['0501', '0909'])
    const broken = [[0, 0, 0, 2, 0, 1], [0, 0, 0, 3, 5, 1], [0, 0, 0, 2, 5], [0, 0, 0]]
    for (const one of broken) for (const last of [[0, 1], [5, 1], [5], []]) {
      expect(() => new Reader(Uint8Array.from(one)).repeatedMpi('f', Uint8Array.from(last))).to.throw(MalformedError)
    }
  })

  it('times beyond 2^53 are refused, negative ones are not', () => {
    expect(new Reader(hexDecode('ffffffffffffffff')).time('x')).to.equal(-1)
    for (const far of ['8000000000000000', '7fffffffffffffff', '0020000000000000']) {
      expect(() => new Reader(hexDecode(far)).time('Expiration'))
        .to.throw(MalformedError).that.includes({ field: 'Expiration', offset: 0 })
    }
  })

  it('a point has y below p', () => {
    const read = (value: Uint8Array): Uint8Array => new Reader(value).point('Y')
    const changed = (value: Uint8Array, at: number, to: number): Uint8Array => value.map((byte, i) => i === at ? to : byte)
    const sign = (value: Uint8Array): Uint8Array => changed(value, 56, 0x80)
    expect(() => read(ed448Prime)).to.throw(MalformedError)
    expect(() => read(sign(ed448Prime))).to.throw(MalformedError)
    for (let bit = 0; bit < 7; bit++) expect(() => read(changed(point(1), 56, 1 << bit))).to.throw(MalformedError)
    // p - 1 is the largest; every byte above or equal to p's from the top decides.
    expect(read(changed(ed448Prime, 0, 0xfe))).to.have.length(57)
    expect(read(changed(sign(ed448Prime), 27, 0xfe))).to.have.length(57)
    expect(read(changed(ed448Prime, 28, 0xfd))).to.have.length(57)
    expect(read(changed(ed448Prime, 29, 0xfe))).to.have.length(57)
    expect(read(changed(ed448Prime, 55, 0xfe))).to.have.length(57)
    expect(() => read(changed(changed(ed448Prime, 28, 0xff), 0, 0))).to.throw(MalformedError)
  })

  it('refuses what does not fit, as a fault of the program', () => {
    const wrong = [
      () => new Writer().byte(256), () => new Writer().byte(-1), () => new Writer().byte(0.5), () => new Writer().short(65_536),
      () => new Writer().int(2 ** 32), () => new Writer().int(Number.NaN), () => new Writer().publicKeyType(65_536),
      () => new Writer().time(2 ** 53), () => new Writer().point(bytes(56)), () => new Writer().scalar(bytes(58)), () => new Writer().fixed(bytes(3), 4),
    ]
    for (const write of wrong) expect(write).to.throw(OtrError).that.includes({ code: 'OTR_INTERNAL' })
  })

  it('grows as often as it must', () => {
    const writer = new Writer(1)
    for (let i = 0; i < 1000; i++) writer.int(i)
    const all = writer.finish()
    expect(all).to.have.length(4000)
    const reader = new Reader(all)
    for (let i = 0; i < 1000; i++) expect(reader.int('i')).to.equal(i)
  })

  it('fails with field and offset for every type at the end of the bytes', () => {
    const reads: readonly ((reader: Reader) => unknown)[] = [
      (reader) => reader.byte('f'), (reader) => reader.short('f'), (reader) => reader.int('f'), (reader) => reader.publicKeyType('f'),
      (reader) => reader.time('f'), (reader) => reader.take('f', 1), (reader) => reader.data('f'), (reader) => reader.mpi('f'),
      (reader) => reader.point('f'), (reader) => reader.scalar('f'),
    ]
    for (const read of reads) {
      expect(() => read(new Reader(new Uint8Array(3), 3)))
        .to.throw(MalformedError).that.includes({ code: 'OTR_MALFORMED', field: 'f', offset: 3 })
    }
  })
})
