/** Lives of secrets that end outside of the protocol: a client is closed, a disk fails, a store is closed while somebody works in it. */
import { expect } from 'chai'
import { hmacSha256, scryptKey, systemRandom } from '../../src/crypto/index.js'
import { expandSecret } from '../../src/crypto/scalars.js'
import { Client, OtrError, type Persistence, type StateChanges } from '../../src/index.js'
import { openHeader } from '../../src/store/header.js'
import { hexEncode, utf8Encode } from '../../src/wire/index.js'
import { codeOf, Disk } from '../support/failing-disk.js'
import { MemoryDisk } from '../support/memory-persistence.js'
import { isWiped, overwrittenIn, watchedRandom, watchSecrets, type Seen } from '../support/secrets.js'
import { encryptedPair } from '../support/v4-parties.js'
import { noChanges } from '../support/saved-states.js'

const versions = [['4', { allowV3: false }], ['3', { allowV4: false }]] as const

/** Two clients that have talked, verified each other, lost some lines, and begun another key exchange; all that was drawn and computed for it. */
async function talked(policy: (typeof versions)[number][1], seen: Seen[], persistence?: Persistence): Promise<{ readonly alice: Client, readonly bob: Client, readonly keys: ReadonlySet<string> }> {
  const open = (account: string, more: { persistence?: Persistence } = {}): Promise<Client> =>
    Client.open({ account, clock: () => 1_700_000_000, random: watchedRandom(systemRandom, seen), policy, ...more })
  const alice = await open('alice', persistence && { persistence })
  const bob = await open('bob')
  const clients: Readonly<Record<string, Client>> = { alice, bob }
  let isLost = false
  let under: Promise<unknown> = Promise.resolve()
  for (const [name, client] of Object.entries(clients)) {
    client.on('send', ({ to, message }) => { if (!isLost) under = under.then(() => clients[to]?.receive(name, message)) })
    client.on('smp', ({ event }) => { if (event === 'asked') under = under.then(() => client.conversation('alice').answer('the pier')) })
  }
  const rest = async (): Promise<void> => {
    for (let before; before !== under;) {
      before = under
      await before
    }
  }
  // What was drawn until now is the account's own.
  seen.length = 0
  const [ours, theirs] = [alice.conversation('bob'), bob.conversation('alice')]
  await ours.start()
  await rest()
  for (let n = 0; n < 3; n++) {
    isLost = n === 1
    await ours.send('lost, or not')
    isLost = false
    await theirs.send('an answer')
    await rest()
  }
  await ours.verify('the pier')
  await rest()
  expect(ours.status.sessions[0]?.trust).to.equal('verified')
  await alice.conversation('carol').start()
  await ours.start()
  const keys = [alice, bob].flatMap(({ keys: { dsa, ed448 } }) => ed448 === undefined ? [] : [dsa.x, ed448.symmetricKey, expandSecret(ed448.symmetricKey).scalar])
  return { alice, bob, keys: new Set(keys.map(hexEncode)) }
}

/** What is still there. The keys of the accounts belong to the program. */
const left = (seen: readonly Seen[], keys: ReadonlySet<string>): string[] =>
  [...new Set(seen.filter(({ bytes }) => bytes.length >= 16 && !isWiped(bytes) && !keys.has(hexEncode(bytes))).map(({ what, bytes }) => `${what}, ${bytes.length}`))]

describe('V7: secrets of clients and stores', function () {
  this.timeout(60_000)
  const seen = watchSecrets()

  for (const [version, policy] of versions) {
    it(`V7: closed clients of version ${version} have overwritten everything that they drew and computed, whether a store keeps their sessions or not`, async () => {
      for (const persistence of [undefined, new MemoryDisk().open()]) {
        seen.length = 0
        const { alice, bob, keys } = await talked(policy, seen, persistence)
        expect(left(seen, keys), 'while they are open').to.not.deep.equal([])
        await bob.close()
        await alice.close()
        expect(seen.length).to.be.above(20)
        expect(left(seen, keys)).to.deep.equal([])
      }
    })

    it(`V7: a client of version ${version} whose disk is full overwrites everything at once, before it is closed`, async () => {
      const disk = new MemoryDisk()
      const { alice, bob, keys } = await talked(policy, seen, disk.open())
      await bob.close()
      disk.fail = () => new OtrError('OTR_STORE_FULL', 'the disk is full')
      expect(await codeOf(alice.conversation('bob').send('this fails'))).to.equal('OTR_STORE_FULL')
      expect(left(seen, keys)).to.deep.equal([])
    })
  }

  it('V7: MAC keys of version 4 go with the message that reveals them, and those of each message with the message', () => {
    const { alice, bob } = encryptedPair('MAC keys')
    const known = new Set<Uint8Array>()
    let revealed = 0
    for (let n = 0; n < 200; n++) {
      const [from, to] = n % 90 < 80 ? [alice, bob] : [bob, alice]
      from.send('x')
      const message = from.takeOne('v4-data')
      revealed += message.revealedMacKeys.length / 64
      to.receive(message)
      const live = new Set<Uint8Array>([alice, bob].flatMap((party) => party.encrypted.ratchet.macKeysToReveal))
      for (const one of live) known.add(one)
      expect([...known].filter((one) => !live.has(one) && !isWiped(one)).length, `message ${n}`).to.equal(0)
    }
    // Of 64 single keys a block is made.
    expect(Math.max(...[...known].map(({ length }) => length))).to.equal(64 * 64)
    expect(revealed).to.be.above(80)
    expect(seen.filter(({ what, bytes }) => ['mkMac', 'mkEnc'].includes(what) && !isWiped(bytes))).to.deep.equal([])
  })

  it('V7: the key of a passphrase is overwritten once the header was opened, the keys of the store when it is closed', async () => {
    const secret = { passphrase: 'open sesame', cost: { log2N: 10, r: 8, p: 1 } }
    let header: Uint8Array | undefined
    const place = { read: () => Promise.resolve(header), write: (bytes: Uint8Array) => { header = bytes; return Promise.resolve() } }
    const disk = new Disk()
    await (await disk.open({ secret, header: place })).close()
    const { master, storeId } = await openHeader(header!, secret)
    const names = ['record', 'name', 'manifest', 'anchor'].map((use) => hexEncode(hmacSha256(master, utf8Encode(`otr4-store ${use}`), storeId)))
    const ofPassphrase = hexEncode(await scryptKey(utf8Encode(secret.passphrase), header!.subarray(31, 47), secret.cost))
    const count = (of: readonly string[]): number[] => [hexEncode(master), ...names].map((name) => of.filter((one) => one === name).length)
    let open: readonly number[] = []
    const overwritten = await overwrittenIn(async (seenBy) => {
      const store = await disk.open({ secret, header: place })
      expect(seenBy()).to.include(ofPassphrase)
      open = count(seenBy())
      await store.close()
    })
    // What derived the four has overwritten its own copies before.
    expect(open).to.deep.equal([0, 1, 1, 1, 1])
    expect(count(overwritten)).to.deep.equal([1, 2, 2, 2, 2])
  })

  it('V7: a store that cannot be made leaves no key behind, whichever write fails, or the passphrase', async () => {
    for (const broken of ['anchor', 'header', 'passphrase', 'none'] as const) {
      const fail = (what: string): Promise<void> => what === broken ? Promise.reject(new Error('I/O error')) : Promise.resolve()
      const drawn: Seen[] = []
      const disk = new Disk()
      const anchor = { read: () => disk.anchor().read(), write: (bytes: Uint8Array) => fail('anchor').then(() => disk.anchor().write(bytes)) }
      const header = { read: () => Promise.resolve(undefined), write: () => fail('header') }
      const secret = { passphrase: broken === 'passphrase' ? '' : 'open sesame', cost: { log2N: 10, r: 8, p: 1 } }
      let masters: string[] = []
      const random = watchedRandom((length) => {
        const bytes = systemRandom(length)
        if (length === 48) masters = [hexEncode(bytes.subarray(0, 32))]
        return bytes
      }, drawn)
      let closing: Promise<void> | undefined
      const overwritten = await overwrittenIn(async () => {
        const opened = await disk.open({ secret, anchor, header, random }).catch(() => undefined)
        closing = opened?.close()
        await closing
      })
      expect(closing === undefined).to.equal(broken !== 'none')
      expect(masters).to.have.length(1)
      // Twice where keys were made of it: the drawn one with the store's id after it, and the copy.
      expect(overwritten.filter((one) => one === masters[0]), broken).to.have.length(1)
    }
  })

  it('V7: a store that is closed while its passphrase changes, or while it is checked, wipes its keys after that', async () => {
    const disk = new Disk()
    let header: Uint8Array | undefined
    const place = { read: () => Promise.resolve(header), write: (bytes: Uint8Array) => { header = bytes; return Promise.resolve() } }
    const store = await disk.open({ header: place })
    const account = { address: 'alice', keys: { instanceTag: 0x1000 } } as unknown as NonNullable<StateChanges['account']>
    await store.save({ ...noChanges, account, policy: {}, nextEvent: 7 })
    const checked = store.check()
    const changed = store.changePassphrase({ passphrase: 'another', cost: { log2N: 10, r: 8, p: 1 } })
    await store.close()
    expect(await codeOf(checked)).to.equal('none')
    await changed
    const again = await disk.open({ header: place, secret: { passphrase: 'another' } })
    expect((await again.load())?.nextEvent).to.equal(7)
    await again.close()
    expect(await codeOf(again.check())).to.equal('OTR_STORE_CLOSED')
    expect(await codeOf(again.changePassphrase({ passphrase: 'a third' }))).to.equal('OTR_STORE_CLOSED')
  })
})
