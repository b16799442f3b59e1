/**
 * Receipts: each text has a TLV with a number of its own, and the program that has decrypted it answers with a TLV with the same number. Both are inside the encryption,
 * and programs that do not know them ignore them. web/README.md has the two types.
 */
import type { Client, Tlv } from 'otr4'

/** "This text has this id": 8 random bytes. */
export const TLV_TEXT_ID = 0x5231
/** "The text with this id has arrived, and was decrypted." */
export const TLV_ARRIVED = 0x5232

const idLength = 8

/** A new id of a text: 16 hex digits. */
export function newTextId(): string {
  return [...crypto.getRandomValues(new Uint8Array(idLength))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function idTlv(type: number, id: string): Tlv {
  return { type, value: Uint8Array.from(id.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)) }
}

/** The id in a TLV of ours; `undefined` in any other. */
export function idIn(value: Uint8Array): string | undefined {
  return value.length === idLength ? [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('') : undefined
}

/** So many texts are acknowledged by one message. */
const mostTogether = 64

/** Says that texts have arrived: one message for all that came together, however many ids somebody put into theirs. */
export class Receipts {
  readonly #client: Client
  /** Those that leave in a moment, by correspondent and instance. */
  readonly #waiting = new Map<string, Tlv[]>()

  constructor(client: Client) {
    this.#client = client
  }

  acknowledge(peer: string, instance: number, value: Uint8Array): void {
    const name = JSON.stringify([peer, instance])
    const waiting = this.#waiting.get(name)
    if (waiting !== undefined) {
      if (waiting.length < mostTogether) waiting.push({ type: TLV_ARRIVED, value })
      return
    }
    const tlvs: Tlv[] = [{ type: TLV_ARRIVED, value }]
    this.#waiting.set(name, tlvs)
    setTimeout(() => {
      this.#waiting.delete(name)
      this.#client.conversation(peer).sendTlvs(tlvs, { to: instance }).catch(() => undefined)
    }, 0)
  }
}
