import { randomBytes } from 'node:crypto'
import { bigEndian, concat, data, littleEndian, power, uint } from '../v4-second/bytes.js'
import { dhP } from '../v4-second/dh.js'
import { encode, G, multiply, secretScalar } from '../v4-second/ed448.js'
import { dhProve, ecdhProve, failureMac, keys, publicationMac, requestMac, same, serverFingerprint, sign, statusMac, successMac, t, verify } from './formulas.js'
import { close, dhProof, ecdhProof, head, open, prekeyMessage } from './messages.js'

/** The publisher: data that the tests took from an account. */
export interface Account {
  readonly address: string
  readonly tag: number
  /** The 57 bytes behind H. */
  readonly symmetricKey: Uint8Array
  readonly H: Uint8Array
  readonly clientProfile: Uint8Array
  /** With D's scalar. */
  readonly prekeyProfile: Uint8Array
  readonly D: Uint8Array
  readonly d: Uint8Array
}

/** One exchange with a server, up to its answer. */
export class Publisher {
  readonly #account: Account
  readonly #i = secretScalar(randomBytes(57))
  readonly #I = encode(multiply(this.#i, G))
  #macK: Uint8Array = new Uint8Array(0)

  constructor(account: Account) {
    this.#account = account
  }

  dake1(): string {
    return close(head(0x35, uint(this.#account.tag, 4), this.#account.clientProfile, this.#I))
  }

  /** The DAKE-3 message with the attached message that `attach` makes. @throws Error if anything in the DAKE-2 message is wrong */
  #dake3(dake2: string, server: string, fingerprint: Uint8Array, attach: (macK: Uint8Array, m: Uint8Array) => Uint8Array): string {
    const { address, tag, symmetricKey, H, clientProfile: CP } = this.#account
    const { type, from } = open(dake2)
    if (type !== 0x36 || from.number(4) !== tag || from.text() !== server) throw new Error('not the answer')
    if (!same(from.take(2), Uint8Array.of(0x10, 0))) throw new Error('key type')
    const Hs = from.take(57)
    const S = from.take(57)
    const sigma = from.take(342)
    from.end()
    if (!same(serverFingerprint(Hs), fingerprint)) throw new Error('another server')
    const known = { CP, publisher: address, server, Hs, I: this.#I, S }
    if (!verify([H, Hs, this.#I], sigma, t(2, known))) throw new Error('signature')
    const { macK, m } = keys(this.#i, S)
    this.#macK = macK
    const attached = attach(macK, m)
    return close(head(0x37, uint(tag, 4), sign([H, Hs, S], 0, secretScalar(symmetricKey), t(3, known)), data(attached)))
  }

  request(dake2: string, server: string, fingerprint: Uint8Array): string {
    return this.#dake3(dake2, server, fingerprint, (macK) => head(0x09, requestMac(macK)))
  }

  publication(dake2: string, server: string, fingerprint: Uint8Array, identifiers: readonly number[], what: { readonly CP: boolean, readonly PP: boolean }): string {
    const { tag, clientProfile, prekeyProfile, D, d } = this.#account
    return this.#dake3(dake2, server, fingerprint, (macK, m) => {
      const y = identifiers.map(() => secretScalar(randomBytes(57)))
      const Y = y.map((secret) => encode(multiply(secret, G)))
      const b = identifiers.map(() => bigEndian(randomBytes(80)))
      const B = b.map((secret) => power(2n, secret, dhP))
      const messages = concat(...identifiers.map((identifier, n) => prekeyMessage(identifier, tag, Y[n]!, B[n]!)))
      const N = identifiers.length
      const proofs = concat(
        ...N === 0 ? [] : [ecdhProof(ecdhProve(0x13, y, Y, m)), dhProof(dhProve(b, B, m))],
        ...what.PP ? [ecdhProof(ecdhProve(0x15, [littleEndian(d)], [D], m))] : [],
      )
      const CP = what.CP ? clientProfile : undefined
      const PP = what.PP ? prekeyProfile : undefined
      const mac = publicationMac(macK, { N, messages, CP, PP, proofs })
      const flagged = (bytes: Uint8Array | undefined): Uint8Array[] => bytes === undefined ? [uint(0, 1)] : [uint(1, 1), bytes]
      return head(0x08, uint(N, 1), messages, ...flagged(CP), ...flagged(PP), proofs, mac)
    })
  }

  /** The contents of the server's last message. @throws Error for a wrong MAC */
  answer(message: string): 'success' | 'failure' | number {
    const { tag } = this.#account
    const { type, from } = open(message)
    if (from.number(4) !== tag) throw new Error('tag')
    const stored = type === 0x0b ? from.number(4) : 0
    const mac = from.take(64)
    from.end()
    const expected = type === 0x06 ? successMac(this.#macK, tag) : type === 0x05 ? failureMac(this.#macK, tag) : statusMac(this.#macK, tag, stored)
    if (!same(mac, expected)) throw new Error('MAC')
    return type === 0x06 ? 'success' : type === 0x05 ? 'failure' : stored
  }
}
