import { expect } from 'chai'
import { systemRandom } from '../../src/crypto/random.js'
import { minimal } from '../../src/crypto/integer.js'
import { sha1 } from '../../src/crypto/hash.js'
import { dsaSign, dsaVerify, type DsaPrivateKey, validateDsaPrivateKey } from '../../src/crypto/dsa.js'

const hex = (digits: string): Uint8Array => minimal(Uint8Array.from(Buffer.from(digits.replace(/\s/g, ''), 'hex')))
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

// RFC 6979, A.2.1.
const key: DsaPrivateKey = {
  p: hex(`86F5CA03DCFEB225063FF830A0C769B9DD9D6153AD91D7CE27F787C43278B447
    E6533B86B18BED6E8A48B784A14C252C5BE0DBF60B86D6385BD2F12FB763ED88
    73ABFD3F5BA2E0A8C0A59082EAC056935E529DAF7C610467899C77ADEDFC846C
    881870B7B19B2B58F9BE0521A17002E3BDD6B86685EE90B3D9A1B02B782B1779`),
  q: hex('996F967F6C8E388D9E28D01E205FBA957A5698B1'),
  g: hex(`07B0F92546150B62514BB771E2A0C0CE387F03BDA6C56B505209FF25FD3C133D
    89BBCD97E904E09114D9A7DEFDEADFC9078EA544D2E401AEECC40BB9FBBF78FD
    87995A10A1C27CB7789B594BA7EFB5C4326A9FE59A070E136DB77175464ADCA4
    17BE5DCE2F40D10A46A3A3943F26AB7FD9C0398FF8C76EE0A56826A8A88F1DBD`),
  x: hex('411602CB19A6CCC34494D79D98EF1E7ED5AF25F7'),
  y: hex(`5DF5E01DED31D0297E274E1691C192FE5868FEF9E19A84776454B100CF16F653
    92195A38B90523E2542EE61871C0440CB87C322FC4B4D2EC5E1E7EC766E1BE8D
    4CE935437DC11C3C8FD426338933EBFE739CB3465F4D3668C5E473508253B1E6
    82F65CBDC4FAE93C2EA212390E54905A86E2223170B44EAA7DA5DD9FFCFB7F3B`),
}

describe('crypto: DSA', () => {
  it('accepts the key and the SHA-1 signatures of RFC 6979 A.2.1', () => {
    validateDsaPrivateKey(key)
    const cases = [
      ['sample', '2E1A0C2562B2912CAAF89186FB0F42001585DA55', '29EFB6B0AFF2D7A68EB70CA313022253B9A88DF5'],
      ['test', '42AB2052FD43E123F0607F115052A67DCD9C5C77', '183916B0230D45B9931491D4C6B0BD2FB4AAF088'],
    ] as const
    for (const [message, r, s] of cases) {
      expect(dsaVerify(key, sha1(ascii(message)), hex(r + s))).equal(true)
      expect(dsaVerify(key, sha1(ascii(`${message}.`)), hex(r + s))).equal(false)
    }
  })

  it('verifies what it signs', () => {
    const message = systemRandom(32)
    expect(dsaVerify(key, message, dsaSign(key, message, systemRandom))).equal(true)
  })
})
