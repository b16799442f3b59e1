import { expect } from 'chai'
import { MalformedError, OtrError } from '../../src/errors.js'
import {
  armor, dataMessageV3MacInput, dataMessageV4MacInput, decodeClientProfile, decodeMessage, decodePrekeyMessage, decodePrekeyProfile,
  encodeClientProfile, encodeClientProfileFields, encodeMessage, encodePrekeyMessage, encodePrekeyProfile, encodePrekeyProfileFields,
  hexDecode, hexEncode, isKnownMessage, makeClientProfile, messageHeader, Reader, readPrekeyMessage, transitionalSignedBytes, unarmor,
  type OtrMessage,
} from '../../src/wire/index.js'
import { bytes, fullProfile, point, prekeyMessage, prekeyProfile, profileContents, samples, smallProfile } from './samples.js'

const tags = { senderTag: 0xdeadbeef, receiverTag: 0x100 }
const header = (version: number, type: string): string => `000${version}${type}deadbeef00000100`
const hex = (length: number): string => hexEncode(bytes(length))

/** Encoded by hand from the tables of the specifications. */
const byHand: readonly (readonly [OtrMessage, string])[] = [
  [{ kind: 'v3-dh-commit', ...tags, encryptedGx: bytes(3), hashedGx: bytes(32) }, `${header(3, '02')}00000003${hex(3)}00000020${hex(32)}`],
  [{ kind: 'v3-dh-key', ...tags, gy: bytes(3) }, `${header(3, '0a')}00000003${hex(3)}`],
  [{ kind: 'v3-reveal-signature', ...tags, revealedKey: bytes(16), encryptedSignature: bytes(5), mac: bytes(20) },
    `${header(3, '11')}00000010${hex(16)}00000005${hex(5)}${hex(20)}`],
  [{ kind: 'v3-signature', ...tags, encryptedSignature: bytes(5), mac: bytes(20) }, `${header(3, '12')}00000005${hex(5)}${hex(20)}`],
  [{
    kind: 'v3-data', ...tags, flags: 1, senderKeyId: 2, recipientKeyId: 3, nextDh: bytes(4), counter: bytes(8), encryptedMessage: bytes(5),
    authenticator: bytes(20), oldMacKeys: bytes(20),
  }, `${header(3, '03')}01000000020000000300000004${hex(4)}${hex(8)}00000005${hex(5)}${hex(20)}00000014${hex(20)}`],
  [{ kind: 'v4-identity', ...tags, clientProfile: smallProfile, y: point(1), b: bytes(3), firstEcdh: point(2), firstDh: bytes(4) },
    `${header(4, '35')}${hexEncode(encodeClientProfile(smallProfile))}${hexEncode(point(1))}00000003${hex(3)}${hexEncode(point(2))}00000004${hex(4)}`],
  [{ kind: 'v4-auth-r', ...tags, clientProfile: smallProfile, x: point(1), a: bytes(3), sigma: bytes(342), firstEcdh: point(2), firstDh: bytes(4) },
    `${header(4, '36')}${hexEncode(encodeClientProfile(smallProfile))}${hexEncode(point(1))}00000003${hex(3)}${hex(342)}`
    + `${hexEncode(point(2))}00000004${hex(4)}`],
  [{ kind: 'v4-auth-i', ...tags, sigma: bytes(342) }, `${header(4, '37')}${hex(342)}`],
  [{
    kind: 'v4-non-interactive-auth', ...tags, clientProfile: smallProfile, x: point(1), a: bytes(3), sigma: bytes(342), prekeyIdentifier: 9,
    authMac: bytes(64), firstEcdh: point(2), firstDh: bytes(4),
  }, `${header(4, '0d')}${hexEncode(encodeClientProfile(smallProfile))}${hexEncode(point(1))}00000003${hex(3)}${hex(342)}00000009${hex(64)}`
    + `${hexEncode(point(2))}00000004${hex(4)}`],
  [{
    kind: 'v4-data', ...tags, flags: 1, previousChain: 2, ratchetId: 3, messageId: 4, ecdh: point(1), dh: bytes(3), ciphertext: bytes(5),
    authenticator: bytes(64), revealedMacKeys: bytes(64),
  }, `${header(4, '03')}01000000020000000300000004${hexEncode(point(1))}00000003${hex(3)}00000005${hex(5)}${hex(64)}00000040${hex(64)}`],
]

describe('messages', () => {
  for (const [message, encoded] of byHand) {
    it(`${message.kind} by the specification's table`, () => {
      expect(hexEncode(encodeMessage(message))).to.equal(encoded)
      expect(decodeMessage(hexDecode(encoded))).to.deep.equal(message)
    })
  }

  it('are the same after they were encoded and decoded', () => {
    for (const message of samples) expect(decodeMessage(unarmor(armor(encodeMessage(message))))).to.deep.equal(message)
  })

  it('writes MPIs minimal whatever it is given', () => {
    const message = decodeMessage(encodeMessage({ kind: 'v3-dh-key', ...tags, gy: hexDecode('000001') }))
    expect(message).to.deep.equal({ kind: 'v3-dh-key', ...tags, gy: hexDecode('01') })
  })

  it('what a MAC covers ends with the encrypted message', () => {
    for (const message of samples) {
      const whole = hexEncode(encodeMessage(message))
      if (message.kind === 'v3-data') {
        expect(whole).to.equal(hexEncode(dataMessageV3MacInput(message)) + hexEncode(message.authenticator)
          + message.oldMacKeys.length.toString(16).padStart(8, '0') + hexEncode(message.oldMacKeys))
      }
      if (message.kind === 'v4-data') {
        expect(whole).to.equal(hexEncode(dataMessageV4MacInput(message)) + hexEncode(message.authenticator)
          + message.revealedMacKeys.length.toString(16).padStart(8, '0') + hexEncode(message.revealedMacKeys))
      }
    }
  })

  it('have a header that is read without the rest, and known types', () => {
    expect(messageHeader(hexDecode('000335deadbeef00000000')))
      .to.deep.equal({ version: 3, type: 0x35, senderTag: 0xdeadbeef, receiverTag: 0 })
    expect(messageHeader(hexDecode('000335deadbeef000000'))).to.deep.equal({ version: 3, type: 0x35 })
    expect(messageHeader(hexDecode('000202deadbeef00000000'))).to.deep.equal({ version: 2, type: 2 })
    expect(() => messageHeader(hexDecode('0003'))).to.throw(MalformedError)
    expect(isKnownMessage(3, 0x03)).to.equal(true)
    expect(isKnownMessage(4, 0x02)).to.equal(false)
    expect(isKnownMessage(3, 0x35)).to.equal(false)
    expect(isKnownMessage(4, 0x0f)).to.equal(false)
  })

  it('armor is the whole text, and not longer than allowed', () => {
    expect(armor(hexDecode('0003'))).to.equal('?OTR:AAM=.')
    expect(hexEncode(unarmor('?OTR:AAM=.'))).to.equal('0003')
    expect(() => unarmor('?OTR:AAM=.', 9)).to.throw(OtrError).that.includes({ code: 'OTR_TOO_LARGE' })
    for (const bad of ['', 'AAM=.', ' ?OTR:AAM=.', '?OTR:AAM=', '?OTR:AAM=. ', '?OTR:AAM=.x', '?OTR:', '?OTR:AAM=..']) {
      expect(() => unarmor(bad)).to.throw(MalformedError)
    }
  })
})

describe('Client Profile', () => {
  it('by the table, with the key types little-endian and the number of fields not signed', () => {
    const fields = '0001deadbeef' + `00021000${hexEncode(point(1))}` + `00031200${hexEncode(point(2))}` + '0004000000023334'
      + '00050000000070dbd880' + `00060000${[bytes(128, 3), bytes(20, 4), bytes(128, 5), bytes(127, 6)].map((value) =>
        value.length.toString(16).padStart(8, '0') + hexEncode(value)).join('')}`
    const signed = `${fields}0007${hexEncode(bytes(40, 7))}`
    expect(hexEncode(encodeClientProfileFields(profileContents))).to.equal(signed)
    expect(hexEncode(fullProfile.signedBytes)).to.equal(signed)
    expect(hexEncode(encodeClientProfile(fullProfile))).to.equal(`00000007${signed}${hexEncode(bytes(114, 8))}`)
    expect(hexEncode(transitionalSignedBytes(fullProfile))).to.equal(fields)
    const { transitionalSignature, ...untransitional } = profileContents
    expect(transitionalSignature).to.have.length(40)
    expect(hexEncode(encodeClientProfileFields(untransitional))).to.equal(fields)
  })

  it('comes back, with and without optional fields', () => {
    for (const profile of [fullProfile, smallProfile]) expect(decodeClientProfile(encodeClientProfile(profile)))
      .to.deep.equal(profile)
  })

  const part = {
    tag: '000100000100', key: `00021000${hexEncode(point(1))}`, forging: `00031200${hexEncode(point(2))}`, versions: '00040000000134',
    expiration: '00050000000000000001', transitional: `0007${hex(40)}`,
  }
  const build = (...fields: string[]): Uint8Array =>
    hexDecode(fields.length.toString(16).padStart(8, '0') + fields.join('') + hex(114))

  it('refuses another order than the ascending one, and gives the signed bytes of that one', () => {
    const ascending = [part.tag, part.key, part.forging, part.versions, part.expiration, part.transitional]
    const encoded = build(...ascending)
    const profile = decodeClientProfile(encoded)
    expect(profile.fieldOrder).to.deep.equal([1, 2, 3, 4, 5, 7])
    expect(hexEncode(profile.signedBytes)).to.equal(ascending.join(''))
    expect(hexEncode(transitionalSignedBytes(profile))).to.equal(ascending.slice(0, -1).join(''))
    expect(hexEncode(encodeClientProfile(profile))).to.equal(hexEncode(encoded))
    expect(profile).to.include({ instanceTag: 0x100, versions: '4', expiration: 1 })
    expect(profile).not.to.have.property('dsaPublicKey')
    expect(() => decodeClientProfile(build(part.expiration, part.forging, part.tag, part.versions, part.key)))
      .to.throw(MalformedError, 'field 3 stands behind field 5')
  })

  it('keeps every byte of the versions', () => {
    const profile = decodeClientProfile(build(part.tag, part.key, part.forging, '00040000000334ff00', part.expiration))
    expect(profile.versions).to.equal('4\u00ff\0')
    expect(decodeClientProfile(encodeClientProfile(makeClientProfile(profile, profile.signature))).versions).to.equal('4\u00ff\0')
  })

  const all = Object.values(part)
  it('refuses a missing, a doubled and an unknown field', () => {
    for (const missing of all.slice(0, 5)) {
      expect(() => decodeClientProfile(build(...all.filter((field) => field !== missing)))).to.throw(MalformedError, 'is missing')
    }
    for (const twice of all) expect(() => decodeClientProfile(build(...all, twice))).to.throw(MalformedError, 'twice')
    for (const type of ['0000', '0008', '0100', 'ffff']) {
      expect(() => decodeClientProfile(build(...all, `${type}00`))).to.throw(MalformedError, 'unknown type')
    }
  })

  it('refuses a number of fields that cannot be', () => {
    const encoded = build(...all)
    for (const count of ['00000000', '00000005', '00000007', '00000008', 'ffffffff']) {
      expect(() => decodeClientProfile(hexDecode(count + hexEncode(encoded.slice(4))))).to.throw(MalformedError)
    }
  })

  it('refuses trailing bytes and a signature of another length', () => {
    expect(() => decodeClientProfile(hexDecode(`${hexEncode(build(...all))}00`))).to.throw(MalformedError).that.includes({ field: 'end of Client Profile' })
    expect(() => makeClientProfile(profileContents, bytes(113))).to.throw(OtrError)
  })
})

describe('Prekey Profile and Prekey Message', () => {
  it('Prekey Profile by the table', () => {
    const signed = `000001000000000070dbd8801100${hexEncode(point(3))}`
    expect(hexEncode(encodePrekeyProfileFields(prekeyProfile))).to.equal(signed)
    expect(hexEncode(encodePrekeyProfile(prekeyProfile))).to.equal(signed + hex(114))
    expect(decodePrekeyProfile(hexDecode(signed + hex(114)))).to.deep.equal(prekeyProfile)
    expect(() => decodePrekeyProfile(hexDecode(`${signed + hex(114)}00`))).to.throw(MalformedError)
    expect(() => decodePrekeyProfile(hexDecode(signed.replace('1100', '1000') + hex(114)))).to.throw(MalformedError)
  })

  it('Prekey Message by the table', () => {
    const encoded = `00040fffffffff00000100${hexEncode(point(4))}00000180${hexEncode(bytes(384))}`
    expect(hexEncode(encodePrekeyMessage(prekeyMessage))).to.equal(encoded)
    expect(decodePrekeyMessage(hexDecode(encoded))).to.deep.equal(prekeyMessage)
    expect(() => decodePrekeyMessage(hexDecode(`${encoded}00`))).to.throw(MalformedError)
    expect(() => decodePrekeyMessage(hexDecode(`0003${encoded.slice(4)}`))).to.throw(MalformedError).that.includes({ field: 'Protocol version' })
    expect(() => decodePrekeyMessage(hexDecode(`000435${encoded.slice(6)}`))).to.throw(MalformedError).that.includes({ field: 'Message type', offset: 2 })
    const reader = new Reader(hexDecode(`aa${encoded}bb`), 1)
    expect(readPrekeyMessage(reader)).to.deep.equal(prekeyMessage)
    expect(reader.remaining).to.equal(1)
  })
})
