import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import { plainLine } from '../../src/cli/chat/plain-line.js'
import { worded } from '../../src/cli/chat/wording.js'
import { deriveDsaPublicKey } from '../../src/crypto/index.js'
import { generateEd448Keys, generateInstanceTag, systemRandom, type AccountKeys, type PolicyChanges } from '../../src/index.js'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { Person } from '../support/chat-person.js'
import { rfc6979Key } from '../support/dsa.js'
import { contentOf } from '../support/memory-carrier.js'

const keysBy = (number: number): AccountKeys => {
  const x = Uint8Array.of(9, number)
  return { dsa: { ...deriveDsaPublicKey(rfc6979Key, x), x }, ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom) }
}
const isPrivate = (event: ChatEvent): boolean => event.type === 'state' && event.state === 'private'
const isFile = (wanted: string, number = 1) => (event: ChatEvent): boolean => event.type === 'file' && event.event === wanted && event.number === number

describe('otr4 chat: files', () => {
  let folder: string
  let server: RelayServer
  const open: Person[] = []

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chat-files-'))
    server = await RelayServer.listen({ files: {} })
  })

  afterEach(async () => {
    for (const person of open.splice(0)) await person.leave()
    await server.close()
    rmSync(folder, { recursive: true })
  })

  async function privately(policy: PolicyChanges = {}): Promise<readonly [Person, Person]> {
    const sit = async (name: string, peer: string, number: number): Promise<Person> => {
      const person = await Person.sit(new RelayTransport({ url: server.url, name }), { keys: keysBy(number), peer, policy })
      open.push(person)
      return person
    }
    const [alice, bob] = [await sit('alice', 'bob', 1), await sit('bob', 'alice', 2)]
    alice.type('/otr start')
    for (const person of [alice, bob]) await person.sees(isPrivate, 'private')
    return [alice, bob]
  }

  for (const policy of [{ allowV3: false }, { allowV4: false }] satisfies PolicyChanges[]) {
    it(`goes to the other, who is asked first and loses no file of theirs (${'allowV3' in policy ? 'version 4' : 'version 3'})`, async () => {
      const [alice, bob] = await privately(policy)
      const content = contentOf(300_000)
      const path = join(folder, 'm\u00f6hre.bin')
      writeFileSync(path, content)
      alice.type(`/send ${path}`)
      const offer = await bob.sees(isFile('offered'), 'an offer')
      expect(plainLine(offer)).to.equal('file alice offered 1 300000 unverified m\u00f6hre.bin')
      expect(worded(offer)?.text).to.include('whom nobody has verified').and.include('/get 1')
      await alice.sees(isFile('sent'), 'sent')
      expect(readdirSync(folder), 'nothing comes unasked').to.deep.equal(['m\u00f6hre.bin'])
      bob.type(`/get 1 ${folder}`)
      await bob.sees(isFile('received'), 'received')
      expect(readdirSync(folder).sort()).to.deep.equal(['m\u00f6hre (2).bin', 'm\u00f6hre.bin'])
      const received = join(folder, 'm\u00f6hre (2).bin')
      expect([readFileSync(received).equals(content), statSync(received).mode & 0o777]).to.deep.equal([true, 0o600])
      expect(bob.shown.some(({ type }) => type === 'progress')).to.equal(true)
    })
  }

  it('can be refused, and a place that is taken is not overwritten', async () => {
    const [alice, bob] = await privately()
    const path = join(folder, 'a')
    writeFileSync(path, 'a')
    alice.type(`/send ${path}`)
    await bob.sees(isFile('offered'), 'an offer')
    bob.type(`/get 1 ${path}`)
    expect(worded(await bob.sees(isFile('failed'), 'failed'))?.text).to.include('nothing is overwritten')
    bob.type('/refuse')
    await bob.sees(isFile('refused'), 'refused')
    bob.type('/get 1')
    await bob.sees((event) => event.type === 'error' && event.text.includes('/files'), 'no such file')
    expect([readdirSync(folder), readFileSync(path, 'utf8')]).to.deep.equal([['a'], 'a'])
  })

  it('stops and goes on; what is given up leaves nothing behind', async () => {
    const [alice, bob] = await privately()
    const path = join(folder, 'big')
    const content = contentOf(5_000_000)
    writeFileSync(path, content)
    alice.type(`/send ${path}`)
    await alice.sees(isFile('sending'), 'sending')
    alice.type('/stop')
    await alice.sees(isFile('stopped'), 'stopped')
    await bob.sees(isFile('offered'), 'an offer')
    bob.type(`/get ${folder}`)
    await bob.sees(isFile('receiving'), 'receiving')
    bob.type('/stop')
    await bob.sees(isFile('stopped'), 'stopped')
    alice.type('/resume')
    await alice.sees(isFile('sent'), 'sent')
    bob.type('/resume')
    await bob.sees(isFile('received'), 'received')
    expect(readFileSync(join(folder, 'big (2)')).equals(content)).to.equal(true)
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).to.deep.equal([])
  })

  it('are not sent in clear, and say so', async () => {
    const person = await Person.sit(new RelayTransport({ url: server.url, name: 'carol' }), { keys: keysBy(3), peer: 'dave' })
    open.push(person)
    writeFileSync(join(folder, 'a'), 'a')
    person.type(`/send ${join(folder, 'a')}`)
    await person.sees((event) => event.type === 'error', 'refused')
    person.type(`/send ${join(folder, 'nothing')}`)
    await person.sees((event) => event.type === 'error' && event.text.includes('cannot be read'), 'no such file')
    expect(server.fileBytes).to.equal(0)
  })
})
