import type { Call, Published } from './call.js'
import type { Cast } from './cast.js'
import type { Oracle } from './oracle.js'
import { checkAfter, checkBefore, type Watch } from './rules.js'
import type { Snapshot, StepResult, Stepper } from './snapshot.js'
import { touched } from './view.js'
import { Tokens } from './tokens.js'
import { lineId, newLine, type Line, type Posted, type World } from './world.js'

/** A rule that was broken. */
export interface Violation {
  /** The invariant: I1 to I8. */
  readonly rule: string
  readonly what: string
}

/** Counts with which the check shows that it checked something. */
export interface Tally {
  /** Alice's texts, extra keys and answers that somebody decrypted, and those that nobody could decrypt any more. */
  read: number
  unread: number
  /** A key exchange crossed another one: who yields depends on the arithmetic. */
  crossed: number
}

/** The lines that begin a key exchange. */
const openers: ReadonlySet<string> = new Set(['v2-dh-commit', 'v3-dh-commit', 'v4-identity'])

/** The lines of a step, by the line that caused it: steps are cached, and so are these. */
const linesOf = new WeakMap<StepResult, Map<Line | undefined, readonly (Line | undefined)[]>>()

/** Lines that the network remembers. */
const MEMORY = 12
/** Deliveries in one go. */
const MOST_DELIVERIES = 40

/** A world during a move: the result is the next world. */
export class Stage {
  readonly #stepper: Stepper
  readonly #tokens: Tokens
  readonly tally: Tally
  readonly violations: Violation[] = []
  /** Called with a description of each step, if set. */
  readonly tell: ((line: string) => void) | undefined
  snapshots: Snapshot[]
  wire: readonly Posted[]
  oracle: Oracle
  now: number
  addresses: readonly string[]
  texts: number
  past: readonly (readonly Snapshot[])[]
  published: readonly Published[]

  constructor(world: World, stepper: Stepper, tokens: Tokens, tally: Tally, tell?: (line: string) => void) {
    this.#stepper = stepper
    this.#tokens = tokens
    this.tally = tally
    this.tell = tell
    this.snapshots = [...world.actors]
    this.wire = world.wire
    this.oracle = world.oracle
    this.now = world.now
    this.addresses = world.addresses
    this.texts = world.texts
    this.past = world.past
    this.published = world.published
  }

  get cast(): Cast {
    return this.#stepper.cast
  }

  get alice(): Snapshot {
    return this.snapshots[0]!
  }

  addressOf(actor: number): string {
    return this.addresses[actor]!
  }

  /** The current world. */
  world(): World {
    const { now, snapshots, addresses, wire, oracle, texts, past, published } = this
    return { now, actors: snapshots, addresses, wire, oracle, texts, past, published }
  }

  violate(rule: string, what: string): void {
    this.violations.push({ rule, what })
  }

  /** The result of a trial step, which does not count. */
  imagine(actor: number, from: Snapshot, call: Call, line = 0): StepResult {
    return this.#stepper.imagine(actor, from, this.now, call, this.addressOf(actor), line)
  }

  #step(actor: number, from: Snapshot, call: Call, line = 0): StepResult {
    return this.#stepper.step(actor, from, this.now, call, this.addressOf(actor), line)
  }

  /** Alice does something, or something happens to her; the rules check it. */
  forAlice(call: Call, watch: Watch = {}): StepResult {
    const before = this.alice
    checkBefore(this, call)
    const result = this.#step(0, before, call, watch.line?.id)
    this.tell?.(describe('alice', call, result, watch))
    this.snapshots[0] = result.after
    const lines = this.#linesOf(0, result, before, watch.line)
    checkAfter(this, call, watch, before, result, lines)
    for (const line of lines) if (line !== undefined) this.#post(line)
    return result
  }

  /** One of the others does something, or something happens to them. */
  forOther(actor: number, call: Call, line?: Line): StepResult {
    const before = this.snapshots[actor]!
    const result = this.#step(actor, before, call, line?.id)
    this.tell?.(describe(this.cast.actors[actor]!.name, call, result, line === undefined ? {} : { line }))
    this.snapshots[actor] = result.after
    if (lostSession(before, result.after)) this.past = this.past.with(actor, [...this.past[actor]!.slice(-1), before])
    for (const sent of this.#linesOf(actor, result, before, line)) if (sent !== undefined) this.#post(sent)
    return result
  }

  /** Somebody publishes one more prekey message, with its profiles. */
  publish(actor: number): void {
    const { after, ensembles = [] } = this.#step(actor, this.snapshots[actor]!, { do: 'publish' })
    this.snapshots[actor] = after
    this.published = [...this.published, ...ensembles.map((ensemble) => {
      const tokens = this.#tokens.of(actor, ensemble)
      return { id: lineId(tokens.join()), actor, ensemble, tokens }
    })]
  }

  /** The newest ensemble that somebody published. */
  ensembleOf(actor: number): readonly Published[] {
    return this.published.filter((one) => one.actor === actor).slice(-1)
  }

  /** The lines that a step sends; `undefined` for every other event. */
  #linesOf(origin: number, result: StepResult, before: Snapshot, cause: Line | undefined): readonly (Line | undefined)[] {
    let known = linesOf.get(result)
    if (known === undefined) linesOf.set(result, known = new Map<Line | undefined, readonly (Line | undefined)[]>())
    let lines = known.get(cause)
    if (lines === undefined) {
      const sessions = [...before.view.peers.keys()].flatMap((peer) => touched(peer, before, result.after))
      known.set(cause, lines = result.events.map((event) => {
        if (event.type !== 'send') return undefined
        const { to, message } = event
        const tag = message.startsWith('?OTR:') ? tagIn(message) : undefined
        return newLine(this.#tokens, origin, to, message, sessions.find((session) => session.tag === tag)?.ssid, cause)
      }))
    }
    return lines
  }

  /** The network accepts a line. The actors with that address are its receivers. */
  #post(line: Line): void {
    const pending = this.addresses.reduce((bits, address, actor) => address === line.to && actor !== line.origin ? bits | (1 << actor) : bits, 0)
    // A copy: the same step from the same state yields the same line objects, but each is a separate line on its way.
    const wire = [...this.wire, { line: { ...line }, pending, heard: false }]
    if (wire.length > MEMORY) {
      const idle = wire.findIndex((one) => one.pending === 0)
      wire.splice(Math.max(idle, 0), 1)
    }
    this.wire = wire
  }

  /** Delivers a line that the network remembers; to alice `as` if from an address. */
  deliver(line: Line, to: number, as?: string): StepResult {
    const bit = 1 << to
    const genuine = line.origin !== 0 && (as === undefined || as === this.addressOf(line.origin))
    const posted = this.wire.find((one) => one.line === line)
    const fresh = posted !== undefined && (posted.pending & bit) !== 0
    // A line from another address is a copy: the genuine one is still under way.
    if (fresh && (genuine || to !== 0)) this.wire = this.#afterDelivery(posted, bit)
    if (openers.has(line.kind) && this.wire.some((one) => one.line.origin === to && one.line.kind === line.kind)) this.tally.crossed += 1
    const from = as ?? this.addressOf(line.origin)
    if (to === 0) {
      const isNew = posted?.heard !== true
      if (isNew) this.wire = this.wire.map((one) => one.line === line ? { ...one, heard: true } : one)
      return this.forAlice({ do: 'receive', from, line: line.text }, { line, fresh: isNew })
    }
    return this.forOther(to, { do: 'receive', from, line: line.text }, line)
  }

  #afterDelivery(posted: Posted, bit: number): readonly Posted[] {
    const pending = posted.pending & ~bit
    // Receiving these again reveals nothing that anybody could not write.
    if (pending === 0 && !posted.line.kind.startsWith('v')) return this.wire.filter((one) => one !== posted)
    return this.wire.map((one) => one === posted ? { ...posted, pending } : one)
  }

  /** Somebody without any keys writes to alice. */
  inject(from: string, text: string): StepResult {
    return this.forAlice({ do: 'receive', from, line: text }, { line: { ...newLine(this.#tokens, -1, this.addressOf(0), text, undefined, undefined), id: lineId(text) } })
  }

  /** Delivers the waiting lines between alice and another actor, in order, until none is left. */
  run(actor: number, as?: string): void {
    for (let count = 0; count < MOST_DELIVERIES; count++) {
      const next = this.wire.find(({ line, pending }) =>
        (line.origin === actor && (pending & 1) !== 0) || (line.origin === 0 && (pending & (1 << actor)) !== 0))
      if (next === undefined) return
      if (next.line.origin === 0) this.deliver(next.line, actor)
      else this.deliver(next.line, 0, as)
      if (as !== undefined && next.line.origin !== 0) this.#take(next.line)
    }
  }

  /** The waiting lines between alice and another actor never arrive; the network may remember them. */
  forget(actor: number): void {
    const bits = 1 << actor
    this.wire = this.wire.flatMap((posted) => {
      const { line, pending } = posted
      const rest = line.origin === actor ? pending & ~1 : pending & ~bits
      return rest === pending ? [posted] : rest === 0 && !line.kind.startsWith('v') ? [] : [{ ...posted, pending: rest }]
    })
  }

  /** A line that was delivered under another name will not be delivered under its own. */
  #take(line: Line): void {
    const posted = this.wire.find((one) => one.line === line)
    if (posted !== undefined) this.wire = this.#afterDelivery(posted, 1)
  }

  /** The network loses a line for good. */
  lose(line: Line): void {
    this.wire = this.wire.filter((one) => one.line !== line)
  }

  /** Time passes, and every client with something due reads the clock. */
  wait(until: number): void {
    this.now = until
    for (const [actor, { view: { nextTimer } }] of this.snapshots.entries()) {
      if (nextTimer === undefined || nextTimer > until) continue
      if (actor === 0) this.forAlice({ do: 'tick' })
      else this.forOther(actor, { do: 'tick' })
    }
  }
}

/** The receiver tag of an encoded message; 0 in version 2, which has none. */
function tagIn(message: string): number {
  const bytes = Buffer.from(message.slice(5, 25), 'base64')
  return bytes.readUInt16BE(0) === 2 ? 0 : bytes.readUInt32BE(7)
}

function lostSession(before: Snapshot, after: Snapshot): boolean {
  if (before === after) return false
  const ssids = (snapshot: Snapshot): string[] => [...snapshot.view.peers.values()].flatMap(({ sessions }) => sessions.map(({ ssid }) => ssid))
  const kept = ssids(after)
  return ssids(before).some((ssid) => !kept.includes(ssid))
}

/** One step, for people. */
function describe(who: string, call: Call, { events, error }: StepResult, { line }: Watch): string {
  const what = call.do === 'receive'
    ? `receives from ${call.from}: ${line === undefined || !line.kind.startsWith('v') ? JSON.stringify(call.line) : line.kind}`
    : call.do === 'sendOffline' ? `sendOffline ${call.peer} ${call.text}`
      : Object.values(call).map((value) => typeof value === 'object' ? JSON.stringify(value) : String(value)).join(' ')
  const told = events.map((event) => {
    switch (event.type) {
      case 'send': return `sends to ${event.to} ${event.message.startsWith('?OTR:') ? 'an encoded message' : JSON.stringify(event.message.slice(0, 40))}`
      case 'notice': return `(${event.code})`
      case 'message': return `shows ${JSON.stringify(event.text)} from ${event.from}${event.encrypted ? '' : ' in clear'}`
      case 'state': return `${event.state} with ${event.peer}/${event.instance.toString(16)} v${event.version}${event.trust === undefined ? '' : ` (${event.trust}, ${event.key ?? ''})`}`
      case 'smp': return `verification ${event.event}`
      case 'outbox': return `${event.event} a text`
      default: return event.type
    }
  })
  const problem = error instanceof Error ? [`throws ${'code' in error ? String(error.code) : error.message}`] : []
  return `    ${who} ${what}${[...told, ...problem].length === 0 ? '' : ` => ${[...told, ...problem].join('; ')}`}`
}
