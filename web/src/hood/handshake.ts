import type { Hood, HoodLine } from './hood.js'

export type StepName = 'identity' | 'auth-r' | 'auth-i' | 'prekey' | 'non-interactive-auth' | 'dh-commit' | 'dh-key' | 'reveal-signature' | 'signature'

/** What a message of a key exchange proves of its sender. `one`: it convinces only the other side, who could have made it as well. `all`: it can be shown to others. */
export type Proof = 'nothing' | 'one' | 'all'

export interface HandshakeStep {
  readonly name: StepName
  readonly ours: boolean
  readonly proof: Proof
  /** The line, if it was seen since the account was opened. */
  readonly line?: HoodLine
}

export interface Handshake {
  readonly kind: 'none' | 'interactive' | 'non-interactive' | 'v3'
  /** Whether a private session stands. */
  readonly done: boolean
  readonly steps: readonly HandshakeStep[]
}

interface Canon {
  readonly name: StepName
  readonly opener: boolean
  readonly proof: Proof
}

const orders: Readonly<Record<Exclude<Handshake['kind'], 'none'>, readonly Canon[]>> = {
  'interactive': [
    { name: 'identity', opener: true, proof: 'nothing' }, { name: 'auth-r', opener: false, proof: 'one' }, { name: 'auth-i', opener: true, proof: 'one' },
  ],
  'non-interactive': [{ name: 'prekey', opener: false, proof: 'nothing' }, { name: 'non-interactive-auth', opener: true, proof: 'one' }],
  'v3': [
    { name: 'dh-commit', opener: true, proof: 'nothing' }, { name: 'dh-key', opener: false, proof: 'nothing' }, { name: 'reveal-signature', opener: true, proof: 'all' },
    { name: 'signature', opener: false, proof: 'all' },
  ],
}

const openings: Readonly<Record<string, Exclude<Handshake['kind'], 'none'>>> = { 'identity': 'interactive', 'non-interactive-auth': 'non-interactive', 'dh-commit': 'v3' }

/** The message of a key exchange that a line contains. */
function stepIn({ parts }: HoodLine): string | undefined {
  const kind = parts.at(-1)?.kind
  return kind === undefined || !/^v[234]-/.test(kind) || kind.endsWith('-data') ? undefined : kind.slice(3)
}

/** The key exchange of the session that stands, or else the last one that began. */
export function handshakeOf({ session, lines }: Hood): Handshake {
  const done = session?.state === 'encrypted'
  if (session !== undefined && done) {
    const kind = session.version !== 4 ? 'v3' : session.offline ? 'non-interactive' : 'interactive'
    return { kind, done, steps: stepsOf(kind, session.initiator, lines, true) }
  }
  const opening = lines.findLast((line) => openings[stepIn(line) ?? ''] !== undefined)
  const kind = opening === undefined ? undefined : openings[stepIn(opening) ?? '']
  if (opening === undefined || kind === undefined) return { kind: 'none', done, steps: [] }
  return { kind, done, steps: stepsOf(kind, opening.ours, lines, false) }
}

function stepsOf(kind: Exclude<Handshake['kind'], 'none'>, weOpened: boolean, lines: readonly HoodLine[], isComplete: boolean): HandshakeStep[] {
  const order = orders[kind]
  const isOurs = ({ opener }: Canon): boolean => opener === weOpened
  const isOf = (canon: Canon) => (line: HoodLine): boolean => line.ours === isOurs(canon) && stepIn(line) === canon.name
  const found: (HoodLine | undefined)[] = order.map(() => undefined)
  if (isComplete) {
    // From the end: the last message of it that was seen, and the ones before.
    let end = lines.length
    for (let at = order.length - 1; at >= 0; at--) {
      const canon = order[at]
      const place = canon === undefined ? -1 : lines.slice(0, end).findLastIndex(isOf(canon))
      if (place < 0) break
      found[at] = lines[place]
      end = place
    }
  } else {
    let start = 0
    order.forEach((canon, at) => {
      const place = at === 0 ? lines.findLastIndex(isOf(canon)) : lines.findIndex((line, index) => index >= start && isOf(canon)(line))
      if (place < 0) return
      found[at] = lines[place]
      start = place + 1
    })
  }
  return order.map((canon, at) => {
    const line = found[at]
    return { name: canon.name, ours: isOurs(canon), proof: canon.proof, ...line !== undefined && { line } }
  })
}

/** The lines since the key exchange of this session. All of them, if it was not seen. */
export function linesSince(hood: Hood): { readonly lines: readonly HoodLine[], readonly complete: boolean } {
  const last = handshakeOf(hood).steps.at(-1)?.line
  return last === undefined ? { lines: hood.lines, complete: false } : { lines: hood.lines.slice(hood.lines.indexOf(last) + 1), complete: true }
}
