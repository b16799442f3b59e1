import { expect } from 'chai'
import { openPostgresStore } from '../../src/prekey/store/index.js'
import { decodeToClient, prekeyText, prekeyTextBytes } from '../../src/prekey/messages.js'
import { tcpExchange, TcpUser } from '../support/prekey-tcp.js'
import { needsPostgres, PostgresServer } from './lib/postgres.js'
import { PrekeyLedger } from './lib/prekey-ledger.js'
import { generous, PrekeyProcess } from './lib/prekey-process.js'
import { Workplace } from './live/lib/programs.js'

const processes = 4
const owners = 40
/** Publications of each owner before and meanwhile, and prekey messages in each: fewer than are asked for, so that the last are fought over. */
const earlier = 4
const meanwhile = 4
const each = 10
const fetches = 10_000 - owners * meanwhile
/** Fetches that one connection carries, all written at once. */
const batch = 32

describe(`${processes} prekey servers on one PostgreSQL`, function () {
  this.timeout(600_000)
  let workplace: Workplace | undefined
  const servers: PrekeyProcess[] = []
  let url = ''

  before(async function () {
    needsPostgres(this)
    const place = workplace = new Workplace()
    url = await (await PostgresServer.start(place)).database('many')
    const args = ['--identity', 'prekey', '--store', url, '--key', place.path('key'), ...generous]
    // All at once, on a database and a key that are not there yet.
    servers.push(...await Promise.all(Array.from({ length: processes }, () => PrekeyProcess.start(args))))
  })

  after(async () => {
    await Promise.all(servers.map((server) => server.end('SIGTERM')))
    await workplace?.close()
  })

  it('have one key', () => {
    expect(new Set(servers.map(({ fingerprint }) => fingerprint)).size).to.equal(1)
  })

  it('O6: hand out each prekey message once under 10,000 fetches and publications at the same time, and lose none', async () => {
    const ledger = new PrekeyLedger()
    const port = (n: number): number => servers[n % processes]!.port
    // A key exchange belongs to one process; a person's next may go to another.
    let turn = 0
    const people = Array.from({ length: owners }, (_, n) => {
      const person = { server: n }
      return { person, user: new TcpUser(`owner-${n}`, n % 4, () => port(person.server), servers[0]!) }
    })
    const publish = (times: number): Promise<void>[] => people.map(async ({ person, user }) => {
      for (let n = 0; n < times; n++) {
        person.server = turn++
        expect(await user.publish(each)).to.equal(true)
        ledger.published(user.address, user.made, true)
      }
    })

    const asking = new TcpUser('asker', 3, () => port(0), servers[0]!)
    await Promise.all(publish(earlier))
    const began = performance.now()
    const publishing = publish(meanwhile)
    // A fetch that a server had no time for has no answer, and nothing is taken for it. How many that may be is no matter of the store.
    const open = new Map<string, number>()
    const count = (owner: string, by: number): void => { open.set(owner, (open.get(owner) ?? 0) + by) }
    const fetching = Array.from({ length: Math.ceil(fetches / batch) }, async (_, n) => {
      const questions = Array.from({ length: Math.min(batch, fetches - n * batch) }, (_unused, at) => {
        const owner = `owner-${(n * batch + at) % owners}`
        count(owner, 1)
        const query = prekeyText({ kind: 'prekey-query', senderTag: 0x1234, identity: owner, versions: '4' })
        return [`reader-${n}-${at}`, query] as const
      })
      for (const answer of await tcpExchange(port(n), questions)) {
        const message = decodeToClient(prekeyTextBytes(answer))
        if (message.kind === 'prekey-ensembles' || message.kind === 'prekey-none') count(message.identity, -1)
        if (message.kind === 'prekey-ensembles') ledger.handedOut(message.identity, message.ensembles)
      }
    })
    await Promise.all([...publishing, ...fetching])
    const seconds = Math.round((performance.now() - began) / 1000)

    // What is left, by the store itself.
    const store = await openPostgresStore(url)
    const taken = ledger.fetches
    for (const owner of ledger.owners) {
      for (;;) {
        const ensembles = await asking.fetch(owner)
        if (ensembles.length === 0) break
        ledger.handedOut(owner, ensembles)
      }
      expect(await store.take(owner, '4', Date.now() / 1000)).to.deep.equal([])
    }
    await store.close()
    const { lost, counts } = ledger.settle()
    console.log(`      ${fetches} fetches and ${owners * meanwhile} publications in ${seconds} s; ${taken} of the fetches had an ensemble`)
    const unanswered = [...open.values()].reduce((sum, one) => sum + one, 0)
    if (unanswered > 0) console.log(`      ${unanswered} fetches without an answer: ${servers.map(({ log }) => log()).join('')}`)
    expect(unanswered).to.be.below(fetches / 20)
    expect(ledger.twice).to.deep.equal([])
    expect(lost).to.deep.equal([])
    expect(counts).to.deep.include({ acknowledged: owners * (earlier + meanwhile), prekeys: owners * (earlier + meanwhile) * each, takenByNobody: 0 })
  })
})
