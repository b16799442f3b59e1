import { expect } from 'chai'
import fc from 'fast-check'
import { Deliveries } from '../../src/transport/irc/deliveries.js'
import type { OutgoingLine } from '../../src/transport/irc/outgoing.js'

/** A server that handles its input in order, with two people on it who change their nicks. Lines take time in both directions. */
class World {
  readonly deliveries: Deliveries
  readonly told: { readonly who: string, readonly text: string }[] = []
  readonly lost: string[] = []
  readonly #toServer: string[] = []
  readonly #toUs: string[] = []
  /** Who has which nick, for the server. */
  readonly #nicks = new Map([['bob', 'Bob'], ['carol', 'Carol']])
  /** Under which key we know somebody. */
  readonly keys = new Map([['Bob', 'bob'], ['Carol', 'carol']])
  #fresh = 0

  constructor() {
    this.deliveries = new Deliveries({
      pace: { burst: 100_000, intervalMs: 1 }, spelling: (key) => key, room: () => 400, write: (line) => { this.#toServer.push(line) }, kept: () => undefined,
    })
    this.deliveries.open()
  }

  send(who: string, text: string): void {
    const line: OutgoingLine = { to: this.keys.get(who) ?? '', text, form: 'whole' }
    this.deliveries.push([line]).catch(() => undefined)
  }

  /** Gives somebody another nick, and tells those who share a channel with them. */
  rename(who: string, isTold = true): string {
    const [from = ''] = [...this.#nicks].find(([, person]) => person === who) ?? []
    const to = `guest${++this.#fresh}`
    this.#nicks.delete(from)
    this.#nicks.set(to, who)
    if (isTold) this.#toUs.push(`NICK ${from} ${to}`)
    return to
  }

  /** The server handles its next line. */
  handle(): boolean {
    const line = this.#toServer.shift()
    if (line === undefined) return false
    const [command, target = '', text = ''] = line.split(' ')
    if (command === 'PING') this.#toUs.push(`PONG ${target.slice(1)}`)
    else {
      const who = this.#nicks.get(target)
      if (who === undefined) this.#toUs.push(`401 ${target}`)
      else this.told.push({ who, text: text.slice(1) })
    }
    return true
  }

  /** We read our next line. */
  read(): boolean {
    const line = this.#toUs.shift()
    if (line === undefined) return false
    const [command, first = '', second = ''] = line.split(' ')
    if (command === 'PONG') this.deliveries.answered(first)
    else if (command === '401') {
      const about = this.deliveries.nobody(first)
      if (about !== undefined) this.lost.push(about)
    } else {
      for (const [who, key] of this.keys) if (key === first) this.keys.set(who, second)
      this.deliveries.renamed(first, second)
    }
    return true
  }

  settle(): void {
    for (let busy = true; busy;) busy = [this.handle(), this.read()].some(Boolean)
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'send', who: 'Bob' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'send', who: 'Carol' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'handle' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'read' } as const) },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'rename', who: 'Bob' } as const, { do: 'rename', who: 'Carol' } as const) },
)

describe('irc: nicks that change at any moment', () => {
  it('every line arrives once, in order, at its receiver, and none is reported as lost', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = new World()
      const sent: Record<string, string[]> = { Bob: [], Carol: [] }
      try {
        for (const [at, one] of steps.entries()) {
          if (one.do === 'send') {
            sent[one.who]?.push(String(at))
            world.send(one.who, String(at))
          } else if (one.do === 'handle') world.handle()
          else if (one.do === 'read') world.read()
          else world.rename(one.who)
        }
        world.settle()
        for (const who of ['Bob', 'Carol']) expect(world.told.filter((line) => line.who === who).map(({ text }) => text), who).to.deep.equal(sent[who])
        expect(world.lost).to.deep.equal([])
      } finally {
        world.deliveries.end()
      }
    }), { numRuns: 2000 })
  })

  it('if the new nick is not announced, every line of OTR arrives once, in order, when the person has said where they are; it is reported that they were not reached', () => {
    const moments = fc.array(fc.constantFrom('send', 'handle', 'read'), { maxLength: 25 })
    fc.assert(fc.property(moments, moments, moments, (before, between, after) => {
      const world = new World()
      let sent = 0
      const go = (steps: readonly string[]): void => {
        for (const one of steps) {
          if (one === 'send') world.send('Bob', String(sent++))
          else if (one === 'handle') world.handle()
          else world.read()
        }
      }
      try {
        go(before)
        const to = world.rename('Bob', false)
        go(between)
        world.keys.set('Bob', to)
        const kept = world.deliveries.follow('bob', to)
        go(after)
        world.settle()
        expect(world.told.map(({ text }) => Number(text))).to.deep.equal(Array.from({ length: sent }, (_, at) => at))
        expect(world.lost.every((key) => key === 'bob')).to.equal(true)
        expect(kept).to.be.at.most(sent)
      } finally {
        world.deliveries.end()
      }
    }), { numRuns: 2000 })
  })
})
