import { expect } from 'chai'
import { openPostgresStore } from '../../src/prekey/store/index.js'
import { openPostgres } from '../../src/prekey/store/postgres.js'
import type { PrekeyStore } from '../../src/prekey/store.js'
import { prekeyStoreSuite } from '../support/prekey-store-suite.js'
import { limits, newIdentity, now, publication, range, some, storeSuite, takeIdentifiers } from '../support/prekey-store.js'
import { needsPostgres, PostgresServer } from './lib/postgres.js'
import { Workplace } from './live/lib/programs.js'

describe('the prekey store on PostgreSQL', () => {
  let workplace: Workplace | undefined
  let server: PostgresServer | undefined
  let url = ''
  let store: PrekeyStore | undefined
  const open = (): PrekeyStore => {
    if (store === undefined) throw new Error('not open')
    return store
  }

  before(async function () {
    needsPostgres(this)
    workplace = new Workplace()
    server = await PostgresServer.start(workplace)
    url = await server.database('prekeys')
    store = await openPostgresStore(url)
  })

  after(async () => {
    await store?.close()
    await workplace?.close()
  })

  storeSuite(open)
  let databases = 0
  prekeyStoreSuite('PostgreSQL', async () => openPostgresStore(await server?.database(`suite${databases++}`) ?? ''))

  it('is made once by eight programs that start in the same moment', async () => {
    const fresh = await server?.database('fresh') ?? ''
    const stores = await Promise.all(range(0, 8).map(() => openPostgresStore(fresh, { connections: 2 })))
    const who = newIdentity()
    await stores[0]?.publish(publication(who, { identifiers: [1, 2, 3] }), limits, now)
    expect(await takeIdentifiers(stores[7]!, who)).to.deep.equal([1])
    await Promise.all(stores.map((one) => one.close()))
  })

  it('hands out each prekey message once over four connection pools, and loses none', async () => {
    const stores = await Promise.all(range(0, 4).map(() => openPostgresStore(url, { connections: 8 })))
    const who = newIdentity()
    await open().publish(publication(who, { identifiers: range(0, 300) }), limits, now)
    const takers = range(0, 32).map(async (at) => {
      const own: number[] = []
      for (let misses = 0; misses < 20;) {
        const got = await takeIdentifiers(stores[at % 4]!, who)
        own.push(...got)
        misses = got.length === 0 ? misses + 1 : 0
      }
      return own
    })
    expect((await Promise.all(takers)).flat().sort((a, b) => a - b)).to.deep.equal(range(0, 300))
    await Promise.all(stores.map((one) => one.close()))
  })

  it('does the work again that PostgreSQL undid because of another', async () => {
    const strict = await server?.database('strict') ?? ''
    const database = await openPostgres(strict)
    await database.run('', "ALTER DATABASE strict SET default_transaction_isolation = 'serializable'")
    await database.close()
    const one = await openPostgresStore(strict, { connections: 8 })
    const who = newIdentity()
    await one.publish(publication(who, { identifiers: range(0, 40) }), limits, now)
    const taken: number[] = []
    for (let round = 0; round < 20; round++) {
      const results = await Promise.allSettled(range(0, 4).map(() => takeIdentifiers(one, who)))
      for (const result of results) if (result.status === 'fulfilled') taken.push(...result.value)
    }
    expect(new Set(taken).size).to.equal(taken.length)
    expect(await one.count(who, 0x101, some(1), now)).to.equal(40 - taken.length)
    await one.close()
  })

  it('says what is wrong without the password', async () => {
    const error = await openPostgresStore('postgres://otr4:secret-word@127.0.0.1:1/x').then(() => undefined, (reason: unknown) => reason as Error)
    expect(error).to.have.property('code', 'OTR_PREKEY_STORE')
    expect(error?.message).to.include('ECONNREFUSED').and.not.include('secret-word')
  })

  it('will not work with a database that says "done" too early', async () => {
    const hasty = await server?.database('hasty') ?? ''
    const database = await openPostgres(hasty)
    await database.run('', 'ALTER DATABASE hasty SET synchronous_commit = off')
    await database.close()
    const error = await openPostgresStore(hasty).then(() => undefined, (reason: unknown) => reason as Error)
    expect(error?.message).to.include('synchronous_commit')
  })
})
