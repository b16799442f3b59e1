import { linesSince } from './handshake.js'
import type { Hood, Part } from './hood.js'

/** `gone`: sent or read, and its key wiped. `kept`: it has not come yet, and its key is kept. `unseen`: before what the panel has seen. `missing`: it has not come, and its key is not kept either. */
export type MessageMark = 'gone' | 'kept' | 'unseen' | 'missing'

/** One chain of the ratchet; in versions 2 and 3 what was sent under one D-H key. */
export interface Chain {
  readonly ours: boolean
  readonly id: number
  /** Where the brace key of this chain comes from. Versions 2 and 3 have none. */
  readonly brace: 'exchange' | 'dh' | 'hash' | 'none'
  readonly messages: readonly MessageMark[]
  /** How many MAC keys its messages revealed. */
  readonly macKeys: number
  /** Whether more messages may come in it. */
  readonly current: boolean
}

export interface Chains {
  /** Oldest first. */
  readonly chains: readonly Chain[]
  /** How many chains were before these. */
  readonly earlier: number
  /** How many skipped keys are kept that belong to none of the marks. */
  readonly otherSkipped: number
}

/** More would not fit in a picture that somebody looks at. */
const mostChains = 8

interface DataLine {
  readonly ours: boolean
  readonly part: Part
}

/** The data messages of this session that were sent, or that the client accepted. */
export function dataLines(hood: Hood): readonly DataLine[] {
  return linesSince(hood).lines.flatMap(({ ours, effect, parts }) => {
    const part = parts.at(-1)
    return part === undefined || effect === 'none' || !part.kind.endsWith('-data') ? [] : [{ ours, part }]
  })
}

/** Which rotation is whose. The two sides rotate in turns; before them is the chain that the key exchange gave. */
export function ownerOf(rotation: number, initiator: boolean): boolean {
  return (rotation % 2 === 0) === initiator
}

/** The chains of the session, from its counters, and what its lines show of their messages. */
export function chainsOf(hood: Hood): Chains {
  const { session } = hood
  if (session?.state !== 'encrypted') return { chains: [], earlier: 0, otherSkipped: 0 }
  return session.ratchet === undefined ? keyPairs(hood) : ratchetChains(hood, session.ratchet, session)
}

function ratchetChains(
  hood: Hood, { i, j, k, pn, stored }: NonNullable<NonNullable<Hood['session']>['ratchet']>, { initiator, offline }: { readonly initiator: boolean, readonly offline: boolean },
): Chains {
  const first = offline ? 1 : 0
  const rotations = Array.from({ length: i - first }, (_, at) => first + at)
  const all: { ours: boolean, id: number, brace: Chain['brace'] }[] = [
    { ours: offline ? initiator : !initiator, id: 0, brace: 'exchange' },
    ...rotations.map((id) => ({ ours: ownerOf(id, initiator), id, brace: id % 3 === 0 ? 'dh' as const : 'hash' as const })),
  ]
  const shown = all.slice(-mostChains)
  const lines = dataLines(hood)
  let left = stored
  const newest = all.at(-1)
  const [ourNewest, ourLast] = all.filter(({ ours }) => ours).toReversed()
  const theirNewest = all.findLast(({ ours }) => !ours)
  /** pn is the length of our chain before the next or the newest one. */
  const countedIn = (chain: typeof newest): number => {
    if (chain === theirNewest) return k
    if (chain === ourNewest) return chain === newest ? j : pn
    return chain === ourLast && ourNewest === newest ? pn : 0
  }
  const chains = shown.toReversed().map((chain): Chain => {
    const { ours, id } = chain
    const mine = lines.filter((one) => one.ours === ours && one.part.facts.ratchetId === id)
    const seen = new Set(mine.map(({ part }) => part.facts.messageId ?? 0))
    // The sender's next chain says how long this one was.
    const next = lines.find((one) => one.ours === ours && (one.part.facts.ratchetId ?? 0) > id)?.part.facts.previousChain
    const length = Math.max(countedIn(chain), next ?? 0, ...[...seen].map((at) => at + 1))
    const hasSeenAll = linesSince(hood).complete
    const marks = Array.from({ length }, (_, at) => at).toReversed().map((at): MessageMark => {
      if (seen.has(at)) return 'gone'
      if (ours || !hasSeenAll) return 'unseen'
      if (left === 0) return 'missing'
      left--
      return 'kept'
    }).toReversed()
    const macKeys = mine.reduce((sum, { part }) => sum + (part.facts.macKeys ?? 0), 0)
    return { ...chain, messages: marks, macKeys, current: chain === theirNewest || (ours && chain === newest) }
  }).toReversed()
  return { chains, earlier: all.length - shown.length, otherSkipped: left }
}

/** Versions 2 and 3: what was sent under which D-H key, as the lines show it. */
function keyPairs(hood: Hood): Chains {
  const chains: { ours: boolean, id: number, messages: MessageMark[], macKeys: number }[] = []
  for (const { ours, part: { facts } } of dataLines(hood)) {
    const id = facts.keyId ?? 0
    const known = chains.find((chain) => chain.ours === ours && chain.id === id)
    const chain = known ?? { ours, id, messages: [], macKeys: 0 }
    if (known === undefined) chains.push(chain)
    chain.messages.push('gone')
    chain.macKeys += facts.macKeys ?? 0
  }
  const shown = chains.slice(-mostChains)
  const isLast = (chain: typeof chains[number]): boolean => chains.findLast(({ ours }) => ours === chain.ours) === chain
  return { chains: shown.map((chain) => ({ ...chain, brace: 'none', current: isLast(chain) })), earlier: chains.length - shown.length, otherSkipped: 0 }
}
