import { createRequire } from 'node:module'
import { measure, type Result } from './measure.js'

/** The parts of the package that we use; it has no types. */
interface NpmOtr {
  on(event: 'io' | 'ui' | 'error' | 'smp' | 'status', listener: (...args: unknown[]) => void): void
  sendQueryMsg(): void
  sendMsg(text: string): void
  receiveMsg(message: string): void
  smpSecret(secret: string): void
  endOtr(): void
  msgstate: number
}

interface NpmOtrModule {
  readonly OTR: new (options: { priv: object, fragment_size?: number }) => NpmOtr
  readonly DSA: new () => object
}

const { OTR, DSA } = createRequire(import.meta.url)('otr') as NpmOtrModule

let keys: [object, object] | undefined

/** Two of the package's clients in one process. */
class Pair {
  readonly alice: NpmOtr
  readonly bob: NpmOtr
  readonly read: string[] = []
  smpDone = 0
  readonly #underWay: [NpmOtr, string][] = []

  constructor() {
    keys ??= [new DSA(), new DSA()]
    this.alice = new OTR({ priv: keys[0] })
    this.bob = new OTR({ priv: keys[1] })
    for (const [from, to] of [[this.alice, this.bob], [this.bob, this.alice]] as const) {
      from.on('io', (message) => { this.#underWay.push([to, message as string]) })
      from.on('ui', (text) => { this.read.push(text as string) })
      from.on('error', () => undefined)
      from.on('smp', (type) => {
        if (type === 'question') from.smpSecret('where we met')
        else if (type === 'trust') this.smpDone += 1
      })
    }
  }

  /** Delivers lines until there are none. The package sends each line from a timer; here timers run at once, so that waiting is not measured. */
  carry(act: () => void): void {
    const waiting: (() => void)[] = []
    const { setTimeout } = globalThis
    globalThis.setTimeout = ((work: () => void) => waiting.push(work)) as unknown as typeof setTimeout
    try {
      act()
      for (;;) {
        const work = waiting.shift()
        const next = work === undefined ? this.#underWay.shift() : undefined
        if (work !== undefined) work()
        else if (next !== undefined) next[0].receiveMsg(next[1])
        else return
      }
    } finally {
      globalThis.setTimeout = setTimeout
    }
  }

  /** The package drops a leading zero of one value, so about one key exchange in 16 fails through its own fault. Then it is begun again. */
  start(): void {
    for (let tries = 0; tries < 10; tries++) {
      this.carry(() => { this.alice.sendQueryMsg() })
      if (this.alice.msgstate === 1 && this.bob.msgstate === 1) return
    }
    throw new Error('no session')
  }

  send(from: NpmOtr, text: string): void {
    this.read.length = 0
    this.carry(() => { from.sendMsg(text) })
    if (this.read[0] !== text) throw new Error('a message was lost')
  }
}

/** Measures a row with the package; returns undefined for rows that it cannot do. */
export function measureNpmOtr(bench: string): Result | undefined {
  const implementation = 'npm-otr'
  let pair = new Pair()
  const text = 'x'.repeat(bench === 'v3-message-1000' ? 1000 : 20)
  switch (bench) {
    case 'v3-ake':
      return measure({ bench, implementation, runs: 3, before: () => { pair = new Pair() }, run: () => { pair.start() } })
    case 'v3-message-20':
    case 'v3-message-1000':
      pair.start()
      return measure({ bench, implementation, runs: 3, count: 100, run: () => { for (let i = 0; i < 100; i++) pair.send(pair.alice, text) } })
    case 'v3-pingpong':
      pair.start()
      return measure({ bench, implementation, runs: 3, count: 10, run: () => { for (let i = 0; i < 10; i++) pair.send(i % 2 === 0 ? pair.alice : pair.bob, text) } })
    case 'v3-smp':
      pair.start()
      return measure({
        bench, implementation, runs: 3,
        run: () => {
          pair.smpDone = 0
          pair.carry(() => { pair.alice.smpSecret('where we met') })
          if (pair.smpDone !== 2) throw new Error('SMP did not succeed')
        },
      })
    default:
      return undefined
  }
}
