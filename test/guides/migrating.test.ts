import { expect } from 'chai'
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client, type AccountKeys } from '../../src/index.js'
import { GuideProject, readGuide } from '../support/guide.js'

const libotrKeys = readFileSync(new URL('../vectors/data/v3-libotr/keys/alice.private_key', import.meta.url), 'utf8')

/** As far as npm's otr is used here. It has no types. */
interface OldOtr {
  readonly DSA: { parsePrivate(text: string, libotr?: boolean): object, new (numbers: object): { packPrivate(): string, fingerprint(): string } }
  readonly OTR: {
    makeInstanceTag(): string
    new (options: object): {
      on(name: 'io', listener: (line: string) => void): void
      on(name: 'ui', listener: (text: string, encrypted: boolean) => void): void
      receiveMsg(line: string): void
      sendMsg(text: string): void
      sendQueryMsg(): void
      readonly msgstate: number
      readonly their_priv_pk?: { fingerprint(): string }
    }
  }
}
const { DSA, OTR } = createRequire(import.meta.url)('otr') as OldOtr

interface OldKey {
  readonly dsaOf: (packed: string) => AccountKeys['dsa']
  readonly tagOf: (tag: string) => number
}
interface Trusted {
  readonly takeOverTrust: (client: Client, verified: readonly { readonly peer: string, readonly fingerprint: string }[]) => Promise<void>
}

describe('the page for those who come from npm\'s otr', () => {
  it('takes over key, tag and trust; whoever still has the old package talks on, and is known', async () => {
    const project = await GuideProject.create(readGuide('migrating-from-otr.md'), [])
    try {
      const { dsaOf, tagOf } = await import(pathToFileURL(join(project.folder, 'old-key.mjs')).href) as OldKey
      const { takeOverTrust } = await import(pathToFileURL(join(project.folder, 'trusted.mjs')).href) as Trusted
      const old = new DSA(DSA.parsePrivate(libotrKeys, true))
      const tag = OTR.makeInstanceTag()
      const client = await Client.open({
        account: 'alice', clock: () => Date.now() / 1000, keys: { dsa: dsaOf(old.packPrivate()), instanceTag: tagOf(tag) },
      })
      expect(client.fingerprint3).to.equal(old.fingerprint())
      expect(client.keys.instanceTag).to.equal(Buffer.from(tag, 'latin1').readUInt32BE())

      // Bob still has the old package, and the key that is our own here: any will do.
      const bob = new OTR({ priv: old })
      await takeOverTrust(client, [{ peer: 'bob', fingerprint: old.fingerprint() }])
      const [read, told]: [string[], string[]] = [[], []]
      bob.on('io', (line) => { void client.receive('bob', line) })
      bob.on('ui', (text, encrypted) => { read.push(`${text} ${encrypted}`) })
      client.on('send', ({ message }) => { bob.receiveMsg(message) })
      client.on('message', ({ text, encrypted }) => { told.push(`${text} ${encrypted}`) })
      const conversation = client.conversation('bob')
      const isPrivate = (): boolean => conversation.status.sending === 'encrypted'
      let failed = 0
      client.on('notice', ({ code }) => { if (code === 'handshake-failed') failed++ })
      // One in sixteen key exchanges of the old package fails: it loses a zero at the beginning of its key. Ask again, as the page says.
      for (let tries = 0; tries < 20 && !isPrivate(); tries++) {
        await conversation.start()
        for (let n = 0; n < 500 && failed <= tries && !isPrivate(); n++) await new Promise((resolve) => { setTimeout(resolve, 10) })
      }
      expect(conversation.status.key).to.include({ trust: 'verified', version: 3 })
      await conversation.send('hello Bob, grüß dich')
      bob.sendMsg('hello Alice, 你好')
      for (let n = 0; n < 200 && (read.length === 0 || told.length === 0); n++) await new Promise((resolve) => { setTimeout(resolve, 10) })
      expect(read).to.deep.equal(['hello Bob, grüß dich true'])
      expect(told).to.deep.equal(['hello Alice, 你好 true'])
      await client.close()
    } finally {
      project.remove()
    }
  }).timeout(60_000)

  it('opens an account as it says', async () => {
    const project = await GuideProject.create(readGuide('migrating-from-otr.md'), [])
    try {
      const { openWithOldKey } = await import(pathToFileURL(join(project.folder, 'account.mjs')).href) as { readonly openWithOldKey: (account: string, packed: string) => Promise<Client> }
      const old = new DSA(DSA.parsePrivate(libotrKeys, true))
      const client = await openWithOldKey('alice', old.packPrivate())
      expect(client.fingerprint3).to.equal(old.fingerprint())
      await client.close()
    } finally {
      project.remove()
    }
  }).timeout(60_000)

  it('names each call and option that the old package documents', () => {
    const page = readFileSync(new URL('../../docs/migrating-from-otr.md', import.meta.url), 'utf8')
    const readme = readFileSync(createRequire(import.meta.url).resolve('otr/package.json').replace('package.json', 'readme.md'), 'utf8')
    const documented = new Set([
      ...Array.from(readme.matchAll(/\b(?:buddy|friend|myKey|DSA|OTR)\.([a-z]\w+)\(/g), ([, name]) => name),
      ...Array.from(readme.matchAll(/^ {4}([A-Z][A-Z_0-9]+) = /gm), ([, name]) => name),
      ...Array.from(readme.matchAll(/buddy\.on\('(\w+)'/g), ([, name]) => name),
      ...Array.from(readme.matchAll(/^ {6}(fragment_size|send_interval|priv):/gm), ([, name]) => name),
    ])
    expect(documented.size).to.be.greaterThan(18)
    for (const name of documented) if (name !== 'on') expect(page, name).to.match(new RegExp(`\\b${String(name)}\\b`))
  })
})

describe('the page for those who come from libotr', () => {
  it('takes over keys and fingerprints as it says', async () => {
    const project = await GuideProject.create(readGuide('migrating-from-libotr.md'), [])
    try {
      const own = libotrKeys.replace(/\(name [^)]*\)/, '(name "alice@example.org/")').replace(/\(protocol [^)]*\)/, '(protocol prpl-jabber)')
      writeFileSync(join(project.folder, 'otr.private_key'), own)
      await project.play()
    } finally {
      project.remove()
    }
  }).timeout(60_000)
})
