import { createHash, createHmac } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { HmacSha1 } from '../../src/crypto/hash.js'
import { hmacSha1, hmacSha256, sha1, sha256 } from '../../src/crypto/index.js'
import { hexDecode, hexEncode, utf8Encode } from '../../src/wire/index.js'

const repeat = (byte: number, count: number): Uint8Array => new Uint8Array(count).fill(byte)

describe('crypto: hashes', () => {
  it('gives the answers of RFC 3174 and RFC 6234', () => {
    const long = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
    const cases = [
      ['abc', 1, 'a9993e364706816aba3e25717850c26c9cd0d89d', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      [long, 1, '84983e441c3bd26ebaae4aa1f95129e5e54670f1', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
      ['a', 1_000_000, '34aa973cd4c4daa4f61eeb2bdbad27316534016f', 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
    ] as const
    for (const [text, times, one, two] of cases) {
      const message = utf8Encode(text.repeat(times))
      expect(hexEncode(sha1(message))).equal(one)
      expect(hexEncode(sha256(message))).equal(two)
    }
    expect(hexEncode(sha1())).equal('da39a3ee5e6b4b0d3255bfef95601890afd80709')
    expect(hexEncode(sha256())).equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it('gives the HMAC-SHA-1 answers of RFC 2202', () => {
    const cases: [Uint8Array, Uint8Array, string][] = [
      [repeat(0x0b, 20), utf8Encode('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
      [utf8Encode('Jefe'), utf8Encode('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
      [repeat(0xaa, 20), repeat(0xdd, 50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
      [hexDecode('0102030405060708090a0b0c0d0e0f10111213141516171819'), repeat(0xcd, 50), '4c9007f4026250c6bc8414f9bf50c86c2d7235da'],
      [repeat(0x0c, 20), utf8Encode('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
      [repeat(0xaa, 80), utf8Encode('Test Using Larger Than Block-Size Key - Hash Key First'), 'aa4ae5e15272d00e95705637ce8a3b55ed402112'],
      [repeat(0xaa, 80), utf8Encode('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'), 'e8e99d0f45237d786d6bbaa7965c7808bbff1a91'],
    ]
    for (const [key, data, mac] of cases) expect(hexEncode(hmacSha1(key, data))).equal(mac)
  })

  it('gives the HMAC-SHA-256 answers of RFC 4231', () => {
    const cases: [Uint8Array, Uint8Array, string][] = [
      [repeat(0x0b, 20), utf8Encode('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
      [utf8Encode('Jefe'), utf8Encode('what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
      [repeat(0xaa, 20), repeat(0xdd, 50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
      [hexDecode('0102030405060708090a0b0c0d0e0f10111213141516171819'), repeat(0xcd, 50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
      [repeat(0xaa, 131), utf8Encode('Test Using Larger Than Block-Size Key - Hash Key First'), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
    ]
    for (const [key, data, mac] of cases) expect(hexEncode(hmacSha256(key, data))).equal(mac)
  })

  it('agrees with another implementation, however the input is cut, in any order of calls', () => {
    fc.assert(fc.property(
      fc.uint8Array({ maxLength: 140 }), fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), fc.integer({ min: 0, max: 3 }),
      (key, parts, which) => {
        const whole = Buffer.concat(parts)
        const [ours, theirs] = [
          (): [Uint8Array, Buffer] => [sha1(...parts), createHash('sha1').update(whole).digest()],
          (): [Uint8Array, Buffer] => [sha256(...parts), createHash('sha256').update(whole).digest()],
          (): [Uint8Array, Buffer] => [hmacSha1(key, ...parts), createHmac('sha1', key).update(whole).digest()],
          (): [Uint8Array, Buffer] => [hmacSha256(key, ...parts), createHmac('sha256', key).update(whole).digest()],
        ][which]!()
        expect(hexEncode(ours)).equal(theirs.toString('hex'))
      },
    ), { numRuns: 400 })
  })

  it('takes the key of many messages in once, and forgets it', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 90 }), fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (key, messages) => {
      const mac = new HmacSha1(key)
      const other = new HmacSha1(utf8Encode('another key'))
      for (const message of messages) {
        expect(hexEncode(mac.of(message))).equal(createHmac('sha1', key).update(message).digest('hex'))
        other.of(message)
      }
      mac.wipe()
      expect(() => mac.of(new Uint8Array(1))).throw()
      expect(other.of(new Uint8Array(1))).length(20)
    }))
  })

  it('is not disturbed by a call that failed half way', () => {
    expect(() => hmacSha1(repeat(1, 64), utf8Encode('x'), undefined as unknown as Uint8Array)).throw(TypeError)
    expect(hexEncode(hmacSha1(repeat(0x0b, 20), utf8Encode('Hi There')))).equal('b617318655057264e28bc0b6fb378c8ef146be00')
    expect(hexEncode(hmacSha1(new Uint8Array(0)))).equal('fbdb1d1b18aa6c08324b7d64b71fb76370690e1d')
  })
})
