import { chainsOf, dataLines, ownerOf } from './chains.js'
import type { Hood } from './hood.js'

export type SecretName =
  | 'one-time' | 'root' | 'brace' | 'dh' | 'ecdh' | 'sending' | 'receiving' | 'message' | 'skipped' | 'mac'
  | 'v3-keys' | 'v3-session' | 'v3-mac'

/** One kind of secret of the session: whether it exists now, and the number that says which or how many. */
export interface SecretRow {
  readonly name: SecretName
  readonly held: boolean
  /** Of the rotation, the message, or how many there are: see the words. */
  readonly number?: number
}

/** Which secrets of the session exist now. It follows from the counters: no key is looked at. */
export function secretsOf(hood: Hood): readonly SecretRow[] {
  const { session } = hood
  if (session?.state !== 'encrypted') return []
  if (session.ratchet === undefined) return secretsOfVersion3(hood)
  const { i, j, k, stored } = session.ratchet
  const { initiator, offline } = session
  const { chains } = chainsOf(hood)
  const isOurs = chains.at(-1)?.ours === true
  // The secret of our DH key lives until it was combined with their next DH key.
  const lastDh = Math.floor((i - 1) / 3) * 3
  const first = offline ? 1 : 0
  const holdsDh = i > first && lastDh >= first ? ownerOf(lastDh, initiator) : offline ? initiator : !initiator
  return [
    { name: 'one-time', held: false },
    { name: 'root', held: true, number: i },
    { name: 'brace', held: true, number: Math.ceil(i / 3) * 3 },
    { name: 'dh', held: holdsDh },
    { name: 'ecdh', held: isOurs },
    { name: 'sending', held: isOurs, number: j },
    { name: 'receiving', held: chains.some(({ ours }) => !ours), number: k },
    { name: 'message', held: false },
    { name: 'skipped', held: stored > 0, number: stored },
    macRow(hood),
  ]
}

/** MAC keys of what was read wait for our next chain. */
function macRow(hood: Hood): SecretRow {
  const lines = dataLines(hood)
  const last = lines.findLastIndex(({ ours, part: { facts } }) => ours && facts.messageId === 0 && (facts.ratchetId ?? 0) > 0)
  const waiting = lines.slice(last + 1).filter(({ ours }) => !ours).length
  return { name: 'mac', held: waiting > 0, number: waiting }
}

function secretsOfVersion3(hood: Hood): SecretRow[] {
  const revealed = dataLines(hood).filter(({ ours }) => ours).reduce((sum, { part }) => sum + (part.facts.macKeys ?? 0), 0)
  return [{ name: 'one-time', held: false }, { name: 'v3-keys', held: true }, { name: 'v3-session', held: true }, { name: 'v3-mac', held: false, number: revealed }]
}
