import { expect } from 'chai'
import { OtrError } from '../../src/errors.js'
import { decodePlaintext, encodePlaintext, hexDecode, hexEncode, tlvTypeV3, tlvTypeV4, utf8Encode } from '../../src/wire/index.js'

describe('text and TLVs', () => {
  it('the examples of the v3 specification', () => {
    expect(hexEncode(encodePlaintext('', [{ type: 1, value: new Uint8Array(0) }, { type: 0, value: utf8Encode('hello') }])))
      .to.equal('00' + '00010000' + '0000000568656c6c6f')
    expect(decodePlaintext(hexDecode('0000010000' + '0000000568656c6c6f'))).to.deep.equal({
      text: '', tlvs: [{ type: 1, value: new Uint8Array(0) }, { type: 0, value: utf8Encode('hello') }], wellFormed: true,
    })
  })

  it('text is always closed by NUL, and read without it', () => {
    expect(hexEncode(encodePlaintext('hi'))).to.equal('686900')
    expect(hexEncode(encodePlaintext(''))).to.equal('00')
    for (const encoded of ['6869', '686900']) {
      expect(decodePlaintext(hexDecode(encoded))).to.deep.equal({ text: 'hi', tlvs: [], wellFormed: true })
    }
    expect(decodePlaintext(new Uint8Array(0))).to.deep.equal({ text: '', tlvs: [], wellFormed: true })
  })

  it('text with NUL is refused: what follows would be read as TLVs', () => {
    expect(() => encodePlaintext('a\0\0\x01\0\0')).to.throw(OtrError).that.includes({ code: 'OTR_INVALID_TEXT' })
  })

  it('a TLV above 65,535 bytes is refused', () => {
    expect(() => encodePlaintext('', [{ type: 0, value: new Uint8Array(65_536) }]))
      .to.throw(OtrError).that.includes({ code: 'OTR_TLV_TOO_LONG' })
  })

  it('the extra symmetric key has another type in each version', () => {
    expect(tlvTypeV3.extraSymmetricKey).to.equal(8)
    expect(tlvTypeV4.extraSymmetricKey).to.equal(7)
    expect(tlvTypeV3.smp1Question).to.equal(7)
  })
})
