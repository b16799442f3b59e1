import { expect } from 'chai'
import { ClientCore, type ClientState } from '../../src/index.js'
import { decodeRecord, encodeRecord } from '../../src/store/record.js'
import { Network, testAccount, type Party, type PartyOptions } from '../support/network.js'
import { firstSave, ordered, stateOf } from '../support/saved-states.js'
import { seededRandom } from '../support/seeded.js'
import { Disk } from '../support/failing-disk.js'

/** A client that is stopped and started again from its stored state before every call. */
class Restarting {
  readonly party: Party
  readonly #start: (state: ClientState) => ClientCore

  constructor(network: Network, name: string, options: PartyOptions & { readonly tag: number, readonly key: number }) {
    const account = testAccount(name, options.tag, options.key, options.versions ?? '34', network.now)
    const random = seededRandom(name)
    this.#start = (state) => new ClientCore({ account, clock: () => network.now, random, state })
    this.party = network.add(name, { ...options, random })
  }

  restart(): void {
    Object.assign(this.party, { core: this.#start(throughRecords(this.party.core.exportState())) })
  }
}

/** Encoded and decoded, record by record. */
function throughRecords(state: ClientState): ClientState {
  const conversations = state.conversations.map((conversation) => {
    const { kind, value } = decodeRecord(encodeRecord({ kind: 'conversation', value: conversation }))
    if (kind !== 'conversation') throw new Error(kind)
    // Fragments are records of their own.
    const { fragments } = conversation
    expect(value.fragments.open.map((message) => ({ ...message, pieces: [], received: 0 })))
      .to.deep.equal(fragments.open.map((message) => ({ ...message, pieces: [], received: 0 })))
    expect({ ...value, fragments }).to.deep.equal(conversation)
    return { ...value, fragments }
  })
  return { policy: state.policy, conversations, ...(state.prekeys && { prekeys: state.prekeys }) }
}

/** The words that distinguish variants and that occur anywhere in a state. */
function variantsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found
  for (const [name, inside] of Object.entries(value)) {
    if ((name === 'kind' || name === 'state' || name === 'turn') && typeof inside === 'string') found.add(`${name} ${inside}`)
    variantsIn(inside, found)
  }
  return found
}

describe('stored conversations', () => {
  for (const versions of ['3', '4'] as const) {
    it(`W1: of version ${versions} go on from their records after every single step`, () => {
      const network = new Network()
      const alice = new Restarting(network, 'alice', { tag: 0x1001, key: 1, versions })
      const bob = new Restarting(network, 'bob', { tag: 0x2001, key: 2, versions })
      const seen = new Set<string>()
      const both = [alice, bob]
      const restart = (): void => {
        for (const one of both) {
          one.restart()
          variantsIn(one.party.core.exportState(), seen)
        }
      }
      const settle = (): void => {
        restart()
        while (network.queue.length > 0) {
          network.deliver()
          restart()
        }
      }
      const a = alice.party
      const b = bob.party

      a.send('bob', 'in clear')
      settle()
      // Both begin at once, and the lines cross.
      a.start('bob')
      b.start('alice')
      restart()
      settle()
      expect(a.ssid('bob')).to.be.a('string').and.equal(b.ssid('alice'))
      const said: string[] = []
      for (let i = 0; i < 12; i++) {
        const text = `message ${i}`
        said.push(text)
        ;(i % 5 < 3 ? a : b).send(i % 5 < 3 ? 'bob' : 'alice', text)
        settle()
      }
      // Out of order, with some lost.
      for (let i = 0; i < 4; i++) a.send('bob', `late ${i}`)
      network.queue.splice(1, 1)
      network.queue.reverse()
      settle()
      a.take(a.core.conversation('bob').verify('the bridge', { question: 'where?' }))
      settle()
      b.take(b.core.conversation('alice').answer('the bridge'))
      settle()
      expect(a.all('smp').at(-1)).to.include({ event: 'succeeded' })
      b.take(b.core.conversation('alice').verify('the bridge'))
      settle()
      a.take(a.core.conversation('bob').answer('another'))
      settle()
      expect(a.all('smp').at(-1)).to.include({ event: 'failed' })
      // Renewed in the middle of it; messages that were under way are read in the old session.
      b.send('alice', 'under way')
      const [late] = network.queue.splice(0)
      b.start('alice')
      settle()
      a.receive('bob', late!.line)
      settle()
      expect(a.texts.at(-1)).to.equal('under way')
      a.send('bob', 'renewed')
      settle()
      expect(b.texts).to.include.members(['renewed', ...said.filter((_, i) => i % 5 < 3)])
      expect(a.texts).to.include.members(said.filter((_, i) => i % 5 >= 3))
      b.end('alice')
      settle()
      expect(a.core.conversation('bob').status.sessions[0]?.state).to.equal('finished')
      a.send('bob', 'held until the next time')
      restart()
      expect(a.core.conversation('bob').outbox).to.have.length(1)
      a.start('bob')
      settle()
      expect(b.texts).to.include('held until the next time')
      expect(a.notices).not.to.include('unreadable')

      const expected = ['state plaintext', 'state encrypted', 'state finished', 'state expect1', 'state asked', 'state expect2', 'state expect3', 'state expect4']
      const handshakes = versions === '3'
        ? ['kind none', 'kind awaiting-dh-key', 'kind awaiting-reveal-signature', 'kind awaiting-signature']
        : ['kind none', 'kind awaiting-auth-r', 'kind awaiting-auth-i', 'turn ours', 'turn theirs']
      expect([...seen]).to.include.members([...expected, ...handshakes])
    })
  }

  it('W1: come back from a store with all that belongs to them', async () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    const bob = network.add('bob', { versions: '34', policy: { maxMessageLength: 200 } })
    const carol = network.add('carol', { versions: '3' })
    alice.start('bob')
    network.run()
    carol.start('alice')
    network.run()
    alice.core.ensemble(3)
    alice.take(alice.core.conversation('bob').setPolicy({ sendTo: 'all', maxSkip: 50 }))
    alice.take(alice.core.conversation('bob').trust('verified'))
    bob.send('alice', 'a long text '.repeat(40))
    while (network.queue.length > 3) network.deliver()
    bob.send('dora', 'x')
    const disk = new Disk()
    const store = await disk.open()
    const state = stateOf(alice.core.exportState())
    expect(state.conversations.some(({ fragments }) => fragments.open.length > 0)).to.equal(true)
    await store.save(firstSave(state))
    await store.close()
    const again = await disk.open()
    expect(ordered(await again.load())).to.deep.equal(ordered(state))
    expect(await again.load()).to.equal(undefined)
    expect(await again.check()).to.deep.include({ correspondents: 2, incomplete: 1, prekeys: 3, keys: { seen: 2, verified: 1 } })
  })
})
