import type { PolicyChanges, TrustLevel, Version } from '../../src/index.js'
import type { KeyName } from './cast.js'
import { TEXT } from './rules.js'
import type { Stage } from './stage.js'
import type { World } from './world.js'

/** Something that may happen now. The names are unique within a world. */
export interface Move {
  readonly name: string
  readonly do: (stage: Stage) => void
}

/** What may happen in a world. */
export type Moves = (world: World) => readonly Move[]

/** All of them. */
export function together(...all: readonly Moves[]): Moves {
  return (world) => all.flatMap((moves) => moves(world))
}

function one(name: string, action: (stage: Stage) => void): Moves {
  const moves = [{ name, do: action }]
  return () => moves
}

/** The secret of the people who may verify each other. */
const SECRET = 'the secret of alice and bob'
/** The answer to a question that everybody could answer. */
const GUESS = 'what everybody knows'
/** The guess of somebody who does not know the secret. */
const WILD_GUESS = 'something'

// The actions of alice's user.

export const starts = (peer: string, how: 'query' | 'identity' = 'query'): Moves =>
  one(`alice starts with ${peer}${how === 'query' ? '' : ' by an Identity message'}`, (stage) => { stage.forAlice({ do: 'start', peer, how }) })

export const sends = (peer: string, to?: number | 'all'): Moves =>
  one(`alice sends to ${peer}${to === undefined ? '' : `, instance ${typeof to === 'number' ? to.toString(16) : to}`}`, (stage) => {
    const text = `${TEXT}${stage.texts}`
    stage.texts += 1
    stage.forAlice({ do: 'send', peer, text, ...(to !== undefined && { to }) })
  })

export const ends = (peer: string): Moves => one(`alice ends with ${peer}`, (stage) => { stage.forAlice({ do: 'end', peer }) })

export const closes: Moves = one('alice closes', (stage) => { stage.forAlice({ do: 'close' }) })

/** The program is started again. */
export const restarts: Moves = one('alice starts her program again', (stage) => { stage.forAlice({ do: 'resume' }) })

export const continues = (peer: string): Moves => one(`alice continues in plaintext with ${peer}`, (stage) => { stage.forAlice({ do: 'continue', peer }) })

export const trusts = (peer: string, key: KeyName, level: TrustLevel): Moves =>
  one(`alice says that ${key} of ${peer} is ${level}`, (stage) => { stage.forAlice({ do: 'trust', peer, key, level }) })

export const sets = (changes: PolicyChanges, peer?: string): Moves =>
  one(`alice sets ${Object.entries(changes).map(([field, value]) => `${field}: ${String(value)}`).join()}${peer === undefined ? '' : ` for ${peer}`}`, (stage) => {
    stage.forAlice({ do: 'policy', changes, ...(peer !== undefined && { peer }) })
  })

export const renames = (peer: string, to: string): Moves => one(`alice renames ${peer} to ${to}`, (stage) => { stage.forAlice({ do: 'rename', peer, to }) })

export const asksSecret = (peer: string): Moves =>
  one(`alice asks ${peer} for the secret`, (stage) => { stage.forAlice({ do: 'smpStart', peer, secret: SECRET }) })

export const answersSecret = (peer: string): Moves => (world) => world.actors[0]!.view.peers.get(peer)?.smpAsked === true
  ? [{ name: `alice answers ${peer} with the secret`, do: (stage) => { stage.forAlice({ do: 'smpAnswer', peer, secret: SECRET }) } }]
  : []

/** Like a person who is asked a question with an answer that everybody knows. */
export const answersQuestion = (peer: string): Moves => (world) => world.actors[0]!.view.peers.get(peer)?.smpAsked === true
  ? [{ name: `alice answers ${peer} with what anybody knows`, do: (stage) => { stage.forAlice({ do: 'smpAnswer', peer, secret: GUESS }) } }]
  : []

export const chooses = (peer: string, instance: number): Moves =>
  one(`alice chooses the device ${instance.toString(16)} of ${peer}`, (stage) => { stage.forAlice({ do: 'choose', peer, instance }) })

export const usesExtraKey = (peer: string): Moves => one(`alice uses an extra key with ${peer}`, (stage) => { stage.forAlice({ do: 'extraKey', peer }) })

/** Sends again what was lost. */
export const resends = (peer: string): Moves => (world) => (world.actors[0]!.view.peers.get(peer)?.lost ?? []).slice(0, 1).map((handle) => ({
  name: `alice sends a lost text to ${peer} again`, do: (stage) => { stage.forAlice({ do: 'resend', peer, handle }) },
}))

/** Writes to bob while he is away, with the prekeys that these actors published. */
export const sendsOffline = (peer: string, ...actors: readonly string[]): Moves => (world) => {
  if (world.published.every(({ actor }) => actor === 0)) return []
  return [{
    name: `alice sends to ${peer}, who is away, by what ${actors.join(' and ')} published`,
    do: (stage) => {
      const ensembles = actors.flatMap((actor) => stage.ensembleOf(stage.cast.indexOf(actor)))
      const text = `${TEXT}${stage.texts}`
      stage.texts += 1
      stage.forAlice({ do: 'sendOffline', peer, text, ensembles })
    },
  }]
}

// The actions of the others. `actor`: the name.

const by = (actor: string, what: string, action: (stage: Stage, index: number) => void): Moves =>
  one(`${actor} ${what}`, (stage) => { action(stage, stage.cast.indexOf(actor)) })

/** Begins a key exchange in a version; nothing of it is delivered. */
function open(stage: Stage, actor: number, version: Version): void {
  if (version === 4) stage.forOther(actor, { do: 'start', peer: stage.addressOf(0), how: 'identity' })
  else stage.forOther(actor, { do: 'receive', from: stage.addressOf(0), line: `?OTRv${version}?` })
}

export const opens = (actor: string, version: Version): Moves => by(actor, `begins a key exchange in version ${version}`, (stage, index) => { open(stage, index, version) })

/** A whole key exchange without interference of earlier lines, and everything that follows from it; `as`: the address that alice sees. */
export const exchanges = (actor: string, version: Version, as?: string): Moves =>
  by(actor, `does a key exchange in version ${version}${as === undefined ? '' : ` as ${as}`}`, (stage, index) => {
    stage.forget(index)
    open(stage, index, version)
    stage.run(index, as)
  })

export const queries = (actor: string): Moves =>
  by(actor, 'sends a query', (stage, index) => { stage.forOther(index, { do: 'start', peer: stage.addressOf(0), how: 'query' }) })

export const says = (actor: string): Moves =>
  by(actor, 'writes', (stage, index) => { stage.forOther(index, { do: 'send', peer: stage.addressOf(0), text: `from ${actor}` }) })

export const leaves = (actor: string): Moves => by(actor, 'ends', (stage, index) => { stage.forOther(index, { do: 'end', peer: stage.addressOf(0) }) })

/** Ends the session, and alice receives that. */
export const endsAtOnce = (actor: string): Moves => by(actor, 'ends, and alice hears it', (stage, index) => {
  stage.forOther(index, { do: 'end', peer: stage.addressOf(0) })
  stage.run(index)
})

/** Begins SMP with alice: with the secret or, without knowing it, a guess; or with a question whose answer everybody knows. */
export const asks = (actor: string, knows: boolean, question?: string): Moves => by(actor, question === undefined ? 'asks for the secret' : 'asks a question', (stage, index) => {
  const secret = question !== undefined ? GUESS : knows ? SECRET : WILD_GUESS
  stage.forOther(index, { do: 'smpStart', peer: stage.addressOf(0), secret, ...(question !== undefined && { question }) })
  stage.run(index)
})

/** Answers alice's SMP, with the secret or, without knowing it, a guess. */
export const answers = (actor: string, knows: boolean): Moves => by(actor, 'answers', (stage, index) => {
  stage.forOther(index, { do: 'smpAnswer', peer: stage.addressOf(0), secret: knows ? SECRET : WILD_GUESS })
  stage.run(index)
})

/** Everything that waits between alice and an actor arrives; `as`: from that address. */
export const arrives = (actor: string, as?: string): Moves =>
  by(actor, `and alice get what waits for them${as === undefined ? '' : ` as ${as}`}`, (stage, index) => { stage.run(index, as) })

/** Makes prekeys, which anybody may have. */
export const publishes = (actor: string): Moves => by(actor, 'publishes prekeys', (stage, index) => { stage.publish(index) })

/** Writes to alice while she is away. */
export const writesOffline = (actor: string): Moves => by(actor, 'writes to alice, who is away', (stage, index) => {
  const ensembles = stage.ensembleOf(0)
  stage.forOther(index, { do: 'sendOffline', peer: stage.addressOf(0), text: `from ${actor}`, ensembles })
})

/** Uses another address from now on. */
export const movesTo = (actor: string, address: string): Moves => by(actor, `goes by ${address} now`, (stage, index) => {
  stage.addresses = stage.addresses.with(index, address)
})

// The actions of the network.

/** The network says that an actor's program has left, whether or not that is true. */
export const reportsGone = (actor: string): Moves => by(actor, 'seems to leave the network', (stage, index) => {
  stage.forAlice({ do: 'gone', peer: stage.addressOf(index), instances: [stage.cast.actors[index]!.tag] })
})

/** Delivers one waiting line to one of its receivers. */
export const delivers = (): Moves => (world) => world.wire.flatMap(({ line, pending }, at) => world.actors.flatMap((_, actor): Move[] =>
  (pending & (1 << actor)) === 0 ? [] : [{
    name: `the network delivers line ${at} (${line.kind}) to ${actor}`, do: (stage) => { stage.deliver(line, actor) },
  }]))

/** Delivers a line of somebody else to alice as if from an address, whether or not it was delivered before. */
export const forwards = (as: string): Moves => (world) => world.wire.flatMap(({ line }, at): Move[] => line.origin === 0 ? [] : [{
  name: `the network delivers line ${at} (${line.kind}) to alice as from ${as}`, do: (stage) => { stage.deliver(line, 0, as) },
}])

/** Delivers a line a second time. */
export const repeats = (): Moves => (world) => world.wire.flatMap(({ line, pending }, at): Move[] => line.origin === 0 || (pending & 1) !== 0 ? [] : [{
  name: `the network delivers line ${at} (${line.kind}) to alice once more`, do: (stage) => { stage.deliver(line, 0) },
}])

/** Loses a line for good. */
export const loses = (): Moves => (world) => world.wire.flatMap(({ line, pending }, at): Move[] => pending === 0 ? [] : [{
  name: `the network loses line ${at} (${line.kind})`, do: (stage) => { stage.lose(line) },
}])

/** Somebody without keys writes to alice. */
export const injects = (from: string, text: string): Moves =>
  one(`somebody writes as ${from}: ${JSON.stringify(text)}`, (stage) => { stage.inject(from, text) })

export const waits = (seconds: number): Moves => one(`${seconds} seconds pass`, (stage) => { stage.wait(stage.now + seconds) })

/** Time passes until something is due in alice's client. */
export const waitsForTimer: Moves = (world) => {
  const { nextTimer } = world.actors[0]!.view
  return nextTimer === undefined || nextTimer > world.now + 100_000 ? [] : [{ name: 'time passes until something is due', do: (stage) => { stage.wait(Math.max(nextTimer, stage.now)) } }]
}
