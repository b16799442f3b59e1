import { readFileSync } from 'node:fs'
import { bigEndian, mod, power } from '../v4-second/bytes.js'
import { pubkey, type DsaKey } from '../v3-second/dsa.js'

/** What libotr 4.1.1 did with itself in version 2 alone: test/vectors/data/v2-libotr.json, with every Diffie-Hellman exponent of both sides. */
export type Name = 'alice' | 'bob'

interface Secrets {
  readonly ourKeyId: number
  readonly ourPrivate: string
  readonly ourOldPrivate: string
}

interface RawStep {
  readonly what: string
  readonly lines: readonly { readonly from: Name, readonly line: string }[]
  readonly secrets?: Readonly<Record<Name, Secrets>>
  readonly alice: readonly { readonly type: string, readonly text?: string, readonly ssid?: string }[]
  readonly bob: RawStep['alice']
}

/** An encoded message, fragments put together. */
export interface RecordedMessage {
  readonly what: string
  readonly from: Name
  readonly bytes: Uint8Array
  /** The lines that carried it. */
  readonly lines: readonly string[]
}

/** What happened between one key exchange and the next. */
export interface RecordedSession {
  readonly ssid: Uint8Array
  /** Of each side by key id, 40 bytes: 1 is that of the exchange. */
  readonly secrets: Readonly<Record<Name, ReadonlyMap<number, Uint8Array>>>
  /** The four messages of the exchange, then the data messages. */
  readonly messages: readonly RecordedMessage[]
  /** The texts that arrived, in order. */
  readonly texts: readonly { readonly by: Name, readonly text: string }[]
}

const folder = new URL('../../vectors/data/', import.meta.url)
const other = { alice: 'bob', bob: 'alice' } as const

/** The DSA key of a side, from libotr's own file. */
export function recordedDsa(name: Name): { readonly key: DsaKey, readonly x: bigint, readonly pubkey: Uint8Array } {
  const text = readFileSync(new URL(`v3-libotr/keys/${name}.private_key`, folder), 'utf8')
  const number = (letter: string): bigint => BigInt(`0x${new RegExp(`\\(${letter} #([0-9A-Fa-f]+)#\\)`).exec(text)?.[1] ?? ''}`)
  const key = { p: number('p'), q: number('q'), g: number('g'), y: number('y') }
  return { key, x: number('x'), pubkey: pubkey(key) }
}

/** The nonce of a signature, which follows from the private number: libotr shows no nonces. */
export function nonceOf({ q }: DsaKey, x: bigint, signed: Uint8Array, signature: Uint8Array): bigint {
  const [r, s] = [bigEndian(signature.slice(0, 20)), bigEndian(signature.slice(20))]
  return mod(power(s, q - 2n, q) * mod(bigEndian(signed) + x * r, q), q)
}

/** An exponent as libotr shows it: signed, without leading zeros otherwise. */
const exponent = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits.replace(/^(00)+/, '').padStart(80, '0'), 'hex'))

const steps = (): readonly RawStep[] => (JSON.parse(readFileSync(new URL('v2-libotr.json', folder), 'utf8')) as { readonly steps: readonly RawStep[] }).steps

/** The query of the first line, with libotr's explanation. */
export const recordedQuery = (): string => steps()[0]!.lines[0]!.line

/** The three sessions of the recording: the first, the one renewed, and the one in fragments. */
export function recordedSessions(): RecordedSession[] {
  const sessions: { ssid: Uint8Array, secrets: Record<Name, Map<number, Uint8Array>>, messages: RecordedMessage[], texts: { by: Name, text: string }[] }[] = []
  for (const step of steps()) {
    const ssid = step.alice.find((event) => event.ssid !== undefined)?.ssid
    if (ssid !== undefined) sessions.push({ ssid: new Uint8Array(Buffer.from(ssid, 'hex')), secrets: { alice: new Map(), bob: new Map() }, messages: [], texts: [] })
    const session = sessions.at(-1)!
    session.messages.push(...messagesOf(step))
    for (const name of ['alice', 'bob'] as const) {
      for (const { type, text } of step[name]) if (type === 'message') session.texts.push({ by: other[name], text: text! })
      const secrets = step.secrets?.[name]
      if (secrets === undefined) continue
      session.secrets[name].set(secrets.ourKeyId, exponent(secrets.ourPrivate)).set(secrets.ourKeyId - 1, exponent(secrets.ourOldPrivate))
    }
  }
  return sessions
}

function messagesOf({ what, lines }: RawStep): RecordedMessage[] {
  const found: RecordedMessage[] = []
  let pieces: string[] = []
  let text = ''
  for (const { from, line } of lines) {
    if (!line.startsWith('?OTR:') && !line.startsWith('?OTR,')) continue
    const piece = /^\?OTR,(\d+),(\d+),(.*),$/s.exec(line)
    pieces.push(line)
    text += piece === null ? line : piece[3]!
    if (piece !== null && piece[1] !== piece[2]) continue
    found.push({ what, from, bytes: new Uint8Array(Buffer.from(text.slice('?OTR:'.length, -1), 'base64')), lines: pieces })
    pieces = []
    text = ''
  }
  return found
}
