import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import { expect } from 'chai'
import { anchorInDatabase, openStore, type SealedStore } from '../../src/store/index.js'
import { anchorInFile, openDirectory, type DirectoryOptions } from '../../src/store/node/index.js'
import { sha256 } from '../../src/crypto/index.js'
import { hexEncode } from '../../src/wire/index.js'
import { encryptedPair } from '../support/network.js'
import { firstSave, noChanges, ordered, stateOf } from '../support/saved-states.js'
import { codeOf } from '../support/failing-disk.js'
import { imagesIn } from '../interop/memory/level-files.js'

const key = { key: new Uint8Array(32).fill(7) }
const cheap = { log2N: 10, r: 8, p: 1 }

describe('a store in a directory', () => {
  let root: string
  let directory: string
  const open = (options: Partial<DirectoryOptions> = {}): Promise<SealedStore> => openDirectory({ directory, secret: key, ...options })

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'otr4-store-'))
    directory = join(root, 'store')
  })

  afterEach(() => { rmSync(root, { recursive: true, force: true }) })

  /** Every file under a folder, with its contents. */
  function files(folder = root): Map<string, string> {
    return new Map(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [join(parentPath, name), hexEncode(sha256(readFileSync(join(parentPath, name))))]))
  }

  const { alice } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
  const state = structuredClone(stateOf(alice.core.exportState()))

  it('keeps no old states for whoever gets the files and the passphrase', async () => {
    let store = await open()
    await store.save(firstSave(state))
    const once = async (n: number): Promise<void> => { await store.save({ ...noChanges, nextEvent: 10 + n, records: [{ name: 'record', bytes: new Uint8Array(4000).fill(n) }] }) }
    /** How many images there are. A file may go away while the files are read. */
    const settled = async (): Promise<number> => {
      for (;;) {
        try {
          return imagesIn(join(directory, 'db')).length
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
          await new Promise((resolve) => { setTimeout(resolve, 5) })
        }
      }
    }
    for (let n = 0; n < 200; n++) await once(n)
    // Each save writes two images; some twenty saves fill 64 KiB, which is when a compaction begins. How much is appended while it runs depends on the machine, but
    // the next one takes that away too. Without compactions there would be more than 400 from here on.
    let least = Infinity
    for (let n = 200; n < 700 && least >= 150; n++) {
      await once(n)
      await new Promise((resolve) => { setTimeout(resolve, 10) })
      least = Math.min(least, await settled())
    }
    expect(least).to.be.above(5).and.below(150)
    await store.close()
    const names = (): string[] => imagesIn(join(directory, 'db')).map(({ key: name }) => hexEncode(name)).sort()
    expect(names().length).to.equal(new Set(names()).size)
    // A reader leaves the files as they are.
    const before = names()
    store = await open()
    await store.close()
    expect(names()).to.deep.equal(before)
  })

  it('W1: comes back, for its owner alone', async () => {
    const store = await open()
    expect(await store.load()).to.equal(undefined)
    await store.save(firstSave(state))
    await store.close()
    expect(statSync(directory).mode & 0o777).to.equal(0o700)
    expect(statSync(join(directory, 'header')).mode & 0o777).to.equal(0o600)
    expect(statSync(`${directory}.anchor`).mode & 0o777).to.equal(0o600)
    const again = await open({ create: false })
    expect(ordered(await again.load())).to.deep.equal(ordered(state))
    await again.close()
  })

  it('W1: comes back from any abstract-level database', async () => {
    const database = new MemoryLevel()
    const anchors = new MemoryLevel()
    const options = { database, anchor: anchorInDatabase(anchors), secret: key }
    const store = await openStore(options)
    await store.save(firstSave(state))
    await store.close()
    const again = await openStore(options)
    expect(ordered(await again.load())).to.deep.equal(ordered(state))
    await again.close()
  })

  it('H6: with a wrong passphrase or key, of a newer version, or of somebody else: one clear refusal, and not a byte changes on disk', async () => {
    await (await open({ secret: { passphrase: 'right', cost: cheap } })).close()
    const before = files()
    expect(await codeOf(open({ secret: { passphrase: 'wrong' } }))).to.equal('OTR_STORE_PASSPHRASE')
    expect(await codeOf(open())).to.equal('OTR_STORE_PASSPHRASE')
    expect(await codeOf(open({ secret: { passphrase: '' } }))).to.equal('OTR_ARGUMENT')
    expect(files()).to.deep.equal(before)

    const header = readFileSync(join(directory, 'header'))
    const newer = Buffer.from(header)
    newer[10] = 2
    writeFileSync(join(directory, 'header'), newer)
    const changed = files()
    expect(await codeOf(open({ secret: { passphrase: 'right' } }))).to.equal('OTR_STORE_NEWER')
    expect(files()).to.deep.equal(changed)
    writeFileSync(join(directory, 'header'), header)
    expect(await codeOf(open({ secret: { passphrase: 'right' } }))).to.equal('none')
  })

  it('H6: touches no directory that holds something else, and no file', async () => {
    mkdirSync(directory)
    writeFileSync(join(directory, 'otr.private_key'), '(privkeys)')
    const before = files()
    expect(await codeOf(open())).to.equal('OTR_STORE_FOREIGN')
    expect(await codeOf(openDirectory({ directory: join(directory, 'otr.private_key'), secret: key }))).to.equal('OTR_STORE_FOREIGN')
    expect(await codeOf(openDirectory({ directory: join(root, 'none'), secret: key, create: false }))).to.equal('OTR_STORE_MISSING')
    writeFileSync(join(directory, 'header'), 'not ours')
    writeFileSync(join(root, 'header'), 'not ours')
    expect(await codeOf(open())).to.equal('OTR_STORE_FOREIGN')
    rmSync(join(root, 'header'))
    rmSync(join(directory, 'header'))
    expect(files()).to.deep.equal(before)
  })

  it('has one owner: a second process gets a clear error, and one that was killed leaves no lock', async () => {
    const holder = fork(new URL('../support/hold-store-open.ts', import.meta.url).pathname, [directory], { execArgv: ['--import', 'tsx'], silent: true })
    await once(holder.stdout!, 'data')
    expect(await codeOf(open())).to.equal('OTR_STORE_LOCKED')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const store = await open()
    expect(await codeOf(open())).to.equal('OTR_STORE_LOCKED')
    await store.save(firstSave(state))
    await store.close()
    expect(await codeOf(store.save(noChanges))).to.equal('OTR_STORE_CLOSED')
  })

  it('opens under a new passphrase from then on, and not under the old one', async () => {
    const store = await open({ secret: { passphrase: 'old', cost: cheap } })
    await store.save(firstSave(state))
    await store.changePassphrase({ passphrase: 'new', cost: cheap })
    await store.save({ ...noChanges, nextEvent: 5 })
    await store.close()
    expect(await codeOf(open({ secret: { passphrase: 'old' } }))).to.equal('OTR_STORE_PASSPHRASE')
    const again = await open({ secret: { passphrase: 'new' } })
    expect((await again.load())?.nextEvent).to.equal(5)
    await again.changePassphrase(key)
    await again.close()
    expect(await codeOf(open())).to.equal('none')
  })

  it('D12: an older copy of the directory is refused; without its record of the generation too', async () => {
    let store = await open()
    await store.save(firstSave(state))
    // While it is open its files may be compacted, and go away during the copy.
    await store.close()
    cpSync(directory, join(root, 'copy'), { recursive: true })
    store = await open()
    await store.save({ ...noChanges, nextEvent: 2 })
    await store.close()
    rmSync(directory, { recursive: true })
    renameSync(join(root, 'copy'), directory)
    expect(await codeOf(open())).to.equal('OTR_STORE_ROLLBACK')
    rmSync(`${directory}.anchor`)
    expect(await codeOf(open())).to.equal('OTR_STORE_ROLLBACK')
    const begun = await open({ onRollback: 'new-sessions' })
    expect((await begun.load())?.conversations[0]?.sessions).to.deep.equal([])
    await begun.close()
    expect(await codeOf(open())).to.equal('none')
  })

  it('H5: a write that was cut short at any byte leaves the state before it', async function () {
    this.timeout(60_000)
    const store = await open()
    await store.save(firstSave(state))
    // The files are compacted in the background after the first write: then there is a table, and a new log.
    const ending = (end: string): string[] => readdirSync(join(directory, 'db')).filter((name) => name.endsWith(end))
    while (ending('.ldb').length !== 1 || ending('.log').length !== 1) await new Promise((resolve) => { setTimeout(resolve, 5) })
    const log = ending('.log')[0]!
    const from = statSync(join(directory, 'db', log)).size
    const anchor = readFileSync(`${directory}.anchor`)
    await store.save({ ...noChanges, conversations: [{ ...state.conversations[0]!, known: false }], nextEvent: 2 })
    const to = statSync(join(directory, 'db', log)).size
    const whole = join(root, 'whole')
    cpSync(directory, whole, { recursive: true })
    await store.close()
    expect(to).to.be.greaterThan(from + 1000)
    for (let size = from; size <= to; size += size < to - 8 ? 97 : 1) {
      const copy = join(root, `cut-${size}`)
      cpSync(whole, copy, { recursive: true })
      writeFileSync(`${copy}.anchor`, anchor)
      truncateSync(join(copy, 'db', log), size)
      const cut = await openDirectory({ directory: copy, secret: key })
      const found = await cut.load()
      expect(found?.nextEvent, String(size)).to.equal(size === to ? 2 : 1)
      expect(found?.conversations[0]?.known).to.equal(size !== to)
      await cut.close()
      rmSync(copy, { recursive: true })
    }
  })

  it('H6: a changed byte anywhere in the files gives a typed error or the whole state, never a part', async function () {
    this.timeout(120_000)
    const store = await open()
    await store.save(firstSave(state))
    await store.save({ ...noChanges, nextEvent: 1 })
    await store.close()
    const expected = ordered(state)
    const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    const codes = new Set<string>()
    for (const name of [...names, '../store.anchor']) {
      const bytes = readFileSync(join(directory, name))
      for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 16))) {
        const copy = join(root, 'copy', 'store')
        cpSync(directory, copy, { recursive: true })
        cpSync(`${directory}.anchor`, `${copy}.anchor`)
        const changed = Buffer.from(bytes)
        changed[at]! ^= 0x10
        writeFileSync(join(copy, name), changed)
        try {
          const opened = await openDirectory({ directory: copy, secret: key })
          expect(ordered(await opened.load())).to.deep.equal(expected)
          codes.add('whole')
          await opened.close()
        } catch (error) {
          const code = String((error as { code?: unknown }).code)
          expect(code, `${name} ${at}: ${String(error)}`).to.match(/^OTR_STORE_/)
          codes.add(code)
        }
        rmSync(join(root, 'copy'), { recursive: true })
      }
    }
    expect([...codes]).to.include.members(['OTR_STORE_PASSPHRASE', 'OTR_STORE_CORRUPT', 'whole'])
  })

  it('H6: says so where it cannot write, or where there is no room', async function () {
    // Only a user who may mount file systems can make such places.
    mkdirSync(join(root, 'small'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', join(root, 'small')], { stdio: 'ignore' })
    } catch {
      this.skip()
    }
    try {
      directory = join(root, 'small', 'store')
      const store = await open()
      await store.save(firstSave(state))
      const large = { name: 'large', bytes: new Uint8Array(512 * 1024) }
      expect(await codeOf(store.save({ ...noChanges, records: [large] }))).to.equal('OTR_STORE_FULL')
      await store.close().catch(() => undefined)
      execFileSync('mount', ['-o', 'remount,size=4m', join(root, 'small')])
      const again = await open()
      expect(ordered(await again.load())).to.deep.equal(ordered(state))
      await again.close()
      execFileSync('mount', ['-o', 'remount,ro', join(root, 'small')])
      const before = files(directory)
      expect(await codeOf(open())).to.equal('OTR_STORE_READ_ONLY')
      expect(await codeOf(openDirectory({ directory: join(root, 'small', 'other'), secret: key }))).to.equal('OTR_STORE_READ_ONLY')
      expect(files(directory)).to.deep.equal(before)
    } finally {
      execFileSync('umount', [join(root, 'small')])
    }
  })
})

describe('the file that keeps a generation', () => {
  it('holds the bytes before or the new ones, whatever a write leaves behind', async () => {
    const root = mkdtempSync(join(tmpdir(), 'otr4-anchor-'))
    const path = join(root, 'anchor')
    const bytes = (n: number): Uint8Array => new Uint8Array(40).fill(n)
    const readOnce = async (at: string): Promise<Uint8Array | undefined> => {
      const opened = anchorInFile(at)
      const read = await opened.read()
      await opened.close?.()
      return read
    }
    expect(await anchorInFile(path).read()).to.equal(undefined)
    expect(existsSync(path)).to.equal(false)
    const anchor = anchorInFile(path)
    for (let n = 1; n <= 5; n++) {
      const before = n > 1 ? readFileSync(path) : undefined
      await anchor.write(bytes(n))
      const after = readFileSync(path)
      expect(await readOnce(path)).to.deep.equal(bytes(n))
      if (before === undefined || n < 3) continue
      // A write that was cut short: some of its bytes are there.
      for (let cut = 0; cut <= 64; cut++) {
        const torn = Buffer.from(before)
        const at = (n - 1) % 2 * 64
        after.copy(torn, at, at, at + cut)
        writeFileSync(join(root, 'torn'), torn)
        const found = await readOnce(join(root, 'torn'))
        expect(found, `${n} ${cut}`).to.deep.equal(bytes(cut === 64 ? n : n - 1))
      }
    }
    await anchor.close?.()
    writeFileSync(path, 'nothing of ours')
    expect(await readOnce(path)).to.deep.equal(new Uint8Array(0))
    rmSync(root, { recursive: true })
  })
})
