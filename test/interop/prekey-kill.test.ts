import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { TcpUser, Unanswered } from '../support/prekey-tcp.js'
import { needsPostgres, PostgresServer } from './lib/postgres.js'
import { PrekeyLedger } from './lib/prekey-ledger.js'
import { generous, PrekeyProcess } from './lib/prekey-process.js'
import { Workplace } from './live/lib/programs.js'

/** How often a server is killed on each store. */
const kills = Number(process.env['OTR4_KILLS'] ?? 200)
/** Servers that are killed side by side, each with a store of its own. */
const lanes = 3
const publishers = 2
const fetchers = 3
/** Publications after which a person is replaced by another: nobody's vault holds any number. */
const publicationsEach = 40
/** Prekey messages in a publication. */
const each = 3

/** One store and its server, which is killed again and again while people use it. */
class Lane {
  readonly ledger = new PrekeyLedger()
  readonly #name: string
  readonly #args: readonly string[]
  #server: PrekeyProcess | undefined
  #users = 0
  readonly #people: string[] = []
  #over = false
  #failed = false
  #answers = 0

  constructor(name: string, args: readonly string[]) {
    this.#name = name
    this.#args = args
  }

  async run(count: number, killed: () => void): Promise<void> {
    this.#server = await this.#start()
    const working = Promise.all([...Array.from({ length: publishers }, () => this.#publish()), ...Array.from({ length: fetchers }, () => this.#fetch())])
    working.catch(() => { this.#failed = true })
    for (let n = 0; n < count; n++) {
      // As soon as it has given a few answers, in the middle of the next.
      const answers = this.#answers + 1 + Math.floor(Math.random() ** 2 * 40)
      while (this.#answers < answers && !this.#failed) await sleep(1)
      await sleep(Math.random() * 10)
      await this.#server.end()
      killed()
      this.#server = await this.#start()
    }
    this.#over = true
    await working
    await this.#drain()
    await this.#server.end('SIGTERM')
  }

  #isGoing(): boolean {
    return !this.#over
  }

  #start(): Promise<PrekeyProcess> {
    return PrekeyProcess.start(['--identity', 'prekey', ...this.#args, ...generous])
  }

  #user(): TcpUser {
    const server = this.#server
    if (server === undefined) throw new Error('not started')
    return new TcpUser(`${this.#name}-${this.#users++}`, this.#users % 4, () => this.#server?.port ?? 1, server)
  }

  async #publish(): Promise<void> {
    while (this.#isGoing()) {
      const user = this.#user()
      this.#people.push(user.address)
      for (let n = 0; n < publicationsEach && this.#isGoing(); n++) {
        try {
          const stored = await user.publish(each)
          this.#answers++
          this.ledger.published(user.address, user.made, stored)
        } catch (error) {
          if (!(error instanceof Unanswered)) throw error
          this.ledger.published(user.address, user.made, false)
          user.reset()
          if (error.refused) await sleep(40)
        }
      }
    }
  }

  async #fetch(): Promise<void> {
    const user = this.#user()
    while (this.#isGoing()) {
      const owner = this.#people[Math.floor(Math.random() * this.#people.length)]
      if (owner !== undefined) await this.#fetchOf(user, owner)
      await sleep(Math.random() * 8)
    }
  }

  async #fetchOf(user: TcpUser, owner: string): Promise<boolean> {
    try {
      const ensembles = await user.fetch(owner)
      this.#answers++
      this.ledger.handedOut(owner, ensembles)
      return ensembles.length > 0
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      if (!error.refused) this.ledger.unanswered(owner)
      user.reset()
      if (error.refused) await sleep(40)
      return true
    }
  }

  /** Everything that is left. */
  async #drain(): Promise<void> {
    const user = this.#user()
    for (const owner of this.ledger.owners) while (await this.#fetchOf(user, owner));
  }
}

describe(`a prekey server that is killed ${kills} times on each store`, function () {
  this.timeout(1_200_000)
  let workplace: Workplace | undefined

  before(() => { workplace = new Workplace() })
  after(() => workplace?.close())

  const place = (): Workplace => {
    if (workplace === undefined) throw new Error('no workplace')
    return workplace
  }

  async function kill(store: string, argsOf: (lane: number) => Promise<readonly string[]> | readonly string[]): Promise<void> {
    let killed = 0
    const began = performance.now()
    const tell = (): void => {
      killed++
      if (killed % 50 === 0) console.log(`      ${store}: killed ${killed} times in ${Math.round((performance.now() - began) / 1000)} s`)
    }
    const all = await Promise.all(Array.from({ length: lanes }, async (_, n) => {
      const lane = new Lane(`${store}-${n}`, await argsOf(n))
      await lane.run(Math.ceil(kills / lanes), tell)
      return lane
    }))
    for (const { ledger } of all) {
      const { lost, half, counts } = ledger.settle()
      console.log(`      ${store}: ${JSON.stringify({ fetches: ledger.fetches, ...counts })}`)
      expect(ledger.twice, 'handed out twice').to.deep.equal([])
      expect(lost, 'lost after Success').to.deep.equal([])
      expect(half, 'half a publication').to.deep.equal([])
      expect(counts.acknowledged).to.be.above(0)
      expect(counts.prekeys).to.be.above(0)
    }
  }

  it('O6: hands out nothing twice and loses nothing on PGlite', async () => {
    await kill('pglite', (lane) => ['--store', place().path(`pglite-${lane}`)])
  })

  it('O6: hands out nothing twice and loses nothing on PostgreSQL', async function () {
    needsPostgres(this)
    const postgres = await PostgresServer.start(place())
    await kill('postgres', async (lane) => ['--store', await postgres.database(`kill${lane}`), '--key', place().path(`key-${lane}`)])
  })
})
