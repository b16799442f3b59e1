import { randomBytes } from 'node:crypto'
import { uint } from '../v4-second/bytes.js'
import { encode, G, multiply, secretScalar } from '../v4-second/ed448.js'
import { dhVerify, ecdhVerify, failureMac, keys, publicationMac, requestMac, same, serverFingerprint, sign, statusMac, successMac, t, verify, type Known } from './formulas.js'
import { close, head, open, readClientProfile, readPublication, typed, utf8, type ClientProfile, type Publication } from './messages.js'

/** A server for one publisher, which checks everything and reports what it received. */
export class Server {
  readonly #secret: bigint
  readonly Hs: Uint8Array
  readonly publications: Publication[] = []
  /** Whether it answers a correct message with Failure. */
  refuses = false
  stored = 0
  #known: Known | undefined
  #client: ClientProfile | undefined
  #s = 0n

  constructor(readonly address: string) {
    this.#secret = secretScalar(randomBytes(57))
    this.Hs = encode(multiply(this.#secret, G))
  }

  get fingerprint(): Uint8Array {
    return serverFingerprint(this.Hs)
  }

  /** @throws Error if anything is wrong */
  receive(publisher: string, message: string): string {
    const { type, from } = open(message)
    const tag = from.number(4)
    if (type === 0x35) {
      const client = readClientProfile(from)
      if (client.tag !== tag) throw new Error('tag')
      const I = from.take(57)
      from.end()
      this.#s = secretScalar(randomBytes(57))
      const S = encode(multiply(this.#s, G))
      this.#client = client
      this.#known = { CP: client.bytes, publisher, server: this.address, Hs: this.Hs, I, S }
      const sigma = sign([client.H, this.Hs, I], 1, this.#secret, t(2, this.#known))
      return close(head(0x36, uint(tag, 4), utf8(this.address), Uint8Array.of(0x10, 0), this.Hs, S, sigma))
    }
    if (type !== 0x37 || this.#known === undefined || this.#client === undefined) throw new Error('not now')
    const sigma = from.take(342)
    const attached = typed(from.data())
    from.end()
    if (!verify([this.#client.H, this.Hs, this.#known.S], sigma, t(3, this.#known))) throw new Error('signature')
    const { macK, m } = keys(this.#s, this.#known.I)
    this.#known = undefined
    if (attached.type === 0x09) {
      const mac = attached.from.take(64)
      attached.from.end()
      if (!same(mac, requestMac(macK))) throw new Error('request MAC')
      return close(head(0x0b, uint(tag, 4), uint(this.stored, 4), statusMac(macK, tag, this.stored)))
    }
    if (attached.type !== 0x08) throw new Error('attached')
    const publication = readPublication(attached.from)
    this.#check(publication, macK, m, tag)
    this.publications.push(publication)
    if (this.refuses) return close(head(0x05, uint(tag, 4), failureMac(macK, tag)))
    this.stored += publication.messages.length
    return close(head(0x06, uint(tag, 4), successMac(macK, tag)))
  }

  #check({ messages, client, prekey, ecdh, dh, profile, proofs, mac }: Publication, macK: Uint8Array, m: Uint8Array, tag: number): void {
    const bytes = new Uint8Array(Buffer.concat(messages.map((one) => one.bytes)))
    const parts = { N: messages.length, messages: bytes, CP: client?.bytes, PP: prekey?.bytes, proofs }
    if (!same(mac, publicationMac(macK, parts))) throw new Error('publication MAC')
    if (messages.some((one) => one.tag !== tag)) throw new Error('prekey tag')
    if (ecdh !== undefined && !ecdhVerify(0x13, ecdh, messages.map(({ Y }) => Y), m)) throw new Error('ECDH proof')
    if (dh !== undefined && !dhVerify(dh, messages.map(({ B }) => B), m)) throw new Error('DH proof')
    if (prekey !== undefined && !ecdhVerify(0x15, profile!, [prekey.D], m)) throw new Error('profile proof')
  }
}
