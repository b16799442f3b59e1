import { expect } from 'chai'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/prekey/store/database.js'
import { openPglite } from '../../src/prekey/store/pglite.js'
import { MemoryPrekeyStore, openEmbeddedStore, schemaText } from '../../src/prekey/store/index.js'
import { SqlPrekeyStore } from '../../src/prekey/store/sql-store.js'
import type { PrekeyStore } from '../../src/prekey/store.js'
import { temporaryFolder } from '../support/cli.js'
import { prekeyStoreSuite } from '../support/prekey-store-suite.js'
import { limits, newIdentity, now, publication, storeSuite, takeIdentifiers } from '../support/prekey-store.js'

describe('the prekey store in memory', () => {
  const store = new MemoryPrekeyStore()
  storeSuite(() => store)
})

describe('the prekey store on PGlite', function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  let store: PrekeyStore | undefined
  const open = (): PrekeyStore => {
    if (store === undefined) throw new Error('not open')
    return store
  }

  before(async () => { store = await openEmbeddedStore(join(folder.path, 'store')) })
  after(async () => {
    await store?.close()
    folder.remove()
  })
  storeSuite(open)

  it('handles many first requests at once', async () => {
    const fresh = await openEmbeddedStore()
    try {
      const [who, others] = [newIdentity(), Array.from({ length: 5 }, newIdentity)]
      await Promise.all([
        fresh.publish(publication(who, { identifiers: [1, 2, 3] }), limits, now),
        ...others.map((other) => fresh.publish(publication(other, { identifiers: [1] }), limits, now)),
        ...others.map((other) => takeIdentifiers(fresh, newIdentity()).then(() => takeIdentifiers(fresh, other))),
      ])
      const taken = await Promise.all([1, 2, 3, 4].map(() => takeIdentifiers(fresh, who)))
      expect(taken.flat().sort()).to.deep.equal([1, 2, 3])
    } finally {
      await fresh.close()
    }
  })

  it('is there again after the program ended', async () => {
    const who = newIdentity()
    await open().publish(publication(who, { identifiers: [1, 2, 3] }), limits, now)
    expect(await takeIdentifiers(open(), who)).to.deep.equal([1])
    await open().close()
    store = await openEmbeddedStore(join(folder.path, 'store'))
    expect(await takeIdentifiers(store, who)).to.deep.equal([2])
  })

  it('is opened by one process at a time, and by another when that one is gone', async () => {
    const path = join(folder.path, 'store')
    await rejects(openEmbeddedStore(path), 'OTR_PREKEY_STORE_BUSY', `${process.pid}`)
    await open().close()
    const lock = join(path, 'lock')
    // Left by a process that is no more, by one whose number another has now, and by nobody one could ask.
    for (const stale of ['999999999 x/1', `${process.ppid} another-start/1`, 'no lock at all', '']) {
      writeFileSync(lock, stale)
      store = await openEmbeddedStore(path)
      expect(readFileSync(lock, 'utf8')).to.match(new RegExp(`^${process.pid} `))
      await store.close()
    }
    store = await openEmbeddedStore(path)
  })

  it('is closed for good when it was closed', async () => {
    const other = await openEmbeddedStore()
    await other.close()
    await other.close()
    await rejects(other.take('a', '4', now), 'OTR_PREKEY_STORE_CLOSED')
    await rejects(other.publish(publication('a'), limits, now), 'OTR_PREKEY_STORE_CLOSED')
  })

  it('says why a folder cannot be one', async () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, 'not a folder')
    await rejects(openEmbeddedStore(file), 'OTR_PREKEY_STORE', 'cannot be made a folder')
    chmodSync(file, 0o600)
  })
})

describe('one PGlite after another', function () {
  this.timeout(60_000)
  // To start it takes a second or two: one is enough, emptied for each test.
  let shared: Database | undefined
  before(async () => { shared = await openPglite() })
  after(() => shared?.close())
  prekeyStoreSuite('PGlite', async () => {
    if (shared === undefined) throw new Error('not open')
    const database = { ...shared, close: () => Promise.resolve() }
    const store = await SqlPrekeyStore.open(database)
    for (const table of ['owner', 'instance', 'message']) await shared.run('', `DELETE FROM otr4_prekey_${table}`)
    return store
  })
})

describe('the schema of the prekey store', function () {
  this.timeout(60_000)

  it('keys every table by the identity first', () => {
    const tables = schemaText().match(/CREATE TABLE \w+ \([^;]*\)/g) ?? []
    expect(tables).to.have.length(4)
    for (const table of tables.filter((text) => !text.includes('otr4_prekey_schema'))) expect(table).to.match(/PRIMARY KEY \(identity\b/)
    expect(schemaText()).not.to.match(/REFERENCES|UNIQUE/)
  })

  it('may be created by hand from its text', async () => {
    const database = await openPglite()
    for (const statement of schemaText().split(';\n').filter((text) => text.trim() !== '')) await database.run('', statement)
    const store = await SqlPrekeyStore.open(database)
    const who = newIdentity()
    await store.publish(publication(who, { identifiers: [4] }), limits, now)
    expect(await takeIdentifiers(store, who)).to.deep.equal([4])
    await store.close()
  })

  it('is not touched when a newer program made it', async () => {
    const database = await openPglite()
    await SqlPrekeyStore.open(database)
    await database.run('', 'INSERT INTO otr4_prekey_schema (version) VALUES (99)')
    await rejects(SqlPrekeyStore.open(database), 'OTR_PREKEY_STORE_NEWER', 'version 99')
    await database.close()
  })

  it('is made whole or not at all', async () => {
    const database = await openPglite()
    // Somebody else's table is in the way of the last one.
    await database.run('', 'CREATE TABLE otr4_prekey_message (a bigint)')
    let failed = ''
    await SqlPrekeyStore.open(database).catch((error: unknown) => { failed = (error as Error).message })
    expect(failed).to.include('otr4_prekey_message')
    const tables = await database.run('', "SELECT tablename FROM pg_tables WHERE tablename LIKE 'otr4%'")
    expect(tables).to.have.length(1)
    await database.close()
  })
})

async function rejects(promise: Promise<unknown>, code: string, text = ''): Promise<void> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason)
  expect(error).to.be.instanceOf(Error).with.property('code', code)
  expect((error as Error).message).to.include(text)
}
