import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { type DsaPrivateKey, type DsaPublicKey } from '../../src/crypto/index.js'
import { minimalBigEndian } from '../../src/wire/index.js'

/** The key of RFC 6979, A.2.1: p of 1024 bits, q of 160. */
export const rfc6979Key: DsaPrivateKey = {
  p: fromHex(`86F5CA03DCFEB225063FF830A0C769B9DD9D6153AD91D7CE27F787C43278B447
    E6533B86B18BED6E8A48B784A14C252C5BE0DBF60B86D6385BD2F12FB763ED88
    73ABFD3F5BA2E0A8C0A59082EAC056935E529DAF7C610467899C77ADEDFC846C
    881870B7B19B2B58F9BE0521A17002E3BDD6B86685EE90B3D9A1B02B782B1779`),
  q: fromHex('996F967F6C8E388D9E28D01E205FBA957A5698B1'),
  g: fromHex(`07B0F92546150B62514BB771E2A0C0CE387F03BDA6C56B505209FF25FD3C133D
    89BBCD97E904E09114D9A7DEFDEADFC9078EA544D2E401AEECC40BB9FBBF78FD
    87995A10A1C27CB7789B594BA7EFB5C4326A9FE59A070E136DB77175464ADCA4
    17BE5DCE2F40D10A46A3A3943F26AB7FD9C0398FF8C76EE0A56826A8A88F1DBD`),
  y: fromHex(`5DF5E01DED31D0297E274E1691C192FE5868FEF9E19A84776454B100CF16F653
    92195A38B90523E2542EE61871C0440CB87C322FC4B4D2EC5E1E7EC766E1BE8D
    4CE935437DC11C3C8FD426338933EBFE739CB3465F4D3668C5E473508253B1E6
    82F65CBDC4FAE93C2EA212390E54905A86E2223170B44EAA7DA5DD9FFCFB7F3B`),
  x: fromHex('411602CB19A6CCC34494D79D98EF1E7ED5AF25F7'),
}

/** A key in the group of 1024 bits that Java's libraries use for every DSA key; x was drawn for the tests. */
export const javaGroupKey: DsaPrivateKey = {
  p: fromHex(`FD7F53811D75122952DF4A9C2EECE4E7F611B7523CEF4400C31E3F80B6512669
    455D402251FB593D8D58FABFC5F5BA30F6CB9B556CD7813B801D346FF26660B7
    6B9950A5A49F9FE8047B1022C24FBBA9D7FEB7C61BF83B57E7C6A8A6150F04FB
    83F6D3C51EC3023554135A169132F675F3AE2B61D72AEFF22203199DD14801C7`),
  q: fromHex('9760508F15230BCCB292B982A2EB840BF0581CF5'),
  g: fromHex(`F7E1A085D69B3DDECBBCAB5C36B857B97994AFBBFA3AEA82F9574C0B3D078267
    5159578EBAD4594FE67107108180B449167123E84C281613B7CF09328CC8A6E1
    3C167A8B547C8D28E0A3AE1E2BB3A675916EA37F0BFA213562F1FB627A01243B
    CCA4F1BEA8519089A883DFE15AE59F06928B665E807B552564014C3BFECF492A`),
  y: fromHex(`544DFC00F608B1C4DAE69968DAFEB86BA01E2335163AE9C71CA7BDFFAFC87204
    0AC409073A747E6FABF7BCC0F062CB693C1AC9D0FB096A84CB5BE619ACBE59C0
    87F43A5B829FD5949AED0DA56D599E7AF44954333E2AFD9D85DE1B8A1F379AB5
    DA14E33453ED826BA9F04A13400B855B9670471CB048C015E0ED45029649C3B6`),
  x: fromHex('0ED5E7A5C5D7F5A51B210CF5613A0B12BAFDD058'),
}

export function fromHex(digits: string): Uint8Array {
  return minimalBigEndian(Uint8Array.from(Buffer.from(digits.replace(/\s/g, ''), 'hex')))
}

/** A number of q's length: r or s of a signature. */
export function scalar(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'))
}

// The part of DER that DSA keys need.
const der = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(contents)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const integer = (value: Uint8Array): Buffer => der(0x02, (value[0] ?? 0x80) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0), value)
const ID_DSA = Buffer.from('06072a8648ce380401', 'hex')
const algorithm = (key: DsaPublicKey): Buffer => der(0x30, ID_DSA, der(0x30, integer(key.p), integer(key.q), integer(key.g)))

export function nodePublicKey(key: DsaPublicKey): KeyObject {
  return createPublicKey({ key: der(0x30, algorithm(key), der(0x03, Uint8Array.of(0), integer(key.y))), format: 'der', type: 'spki' })
}

export function nodePrivateKey(key: DsaPrivateKey): KeyObject {
  return createPrivateKey({ key: der(0x30, integer(new Uint8Array(0)), algorithm(key), der(0x04, integer(key.x))), format: 'der', type: 'pkcs8' })
}

/** The integers of a DSA key made by node:crypto, in their order: p, q, g, then y or x. */
export function keyIntegers(encoded: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  let at = 0
  while (at < encoded.length) {
    const tag = encoded[at]
    let length = encoded[at + 1] ?? 0
    at += 2
    if (length >= 0x80) {
      const bytes = length & 0x7f
      length = encoded.subarray(at, at + bytes).reduce((sum, byte) => sum * 256 + byte, 0)
      at += bytes
    }
    if (tag === 0x30 || tag === 0x04) continue
    if (tag === 0x03) at += 1
    else {
      if (tag === 0x02) found.push(minimalBigEndian(encoded.slice(at, at + length)))
      at += length
    }
  }
  return found
}
