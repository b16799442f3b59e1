import { expect } from 'chai'
import { Client, generateEd448Keys, type ClientEvent } from '../../src/index.js'
import { testAccount } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

/** The lines emitted in one task of the event loop: no timer, input or drawing can happen between them. */
class Tasks {
  readonly #tasks: string[][] = []
  #open: string[] | undefined

  note(line: string): void {
    if (this.#open === undefined) {
      this.#open = []
      this.#tasks.push(this.#open)
      void this.#endWithTheTask()
    }
    this.#open.push(line)
  }

  /** All promises that can be fulfilled in this task are, long before so many turns of their queue are over. */
  async #endWithTheTask(): Promise<void> {
    for (let turns = 0; turns < 1000; turns++) await Promise.resolve()
    this.#open = undefined
  }

  get all(): readonly (readonly string[])[] {
    return this.#tasks
  }
}

/** Both sides in one program, each line given to the other at once: README.md's first example. */
function two(tasks: Tasks, version: 3 | 4): { readonly alice: Client, readonly bob: Client } {
  const open = (account: string, key: number): Client => new Client({
    account, keys: { dsa: testAccount(account, 0x100, key, '3', 0).v3!.dsa, instanceTag: 0x1000 + key, ed448: generateEd448Keys(seededRandom(account)) },
    clock: () => 1_700_000_000, random: seededRandom(account), policy: { allowV3: version === 3, allowV4: version === 4 },
  })
  const [alice, bob] = [open('alice', 1), open('bob', 2)]
  const carry = (from: string, to: Client) => ({ message }: Extract<ClientEvent, { type: 'send' }>) => {
    tasks.note(message.slice(0, 9))
    return to.receive(from, message)
  }
  alice.on('send', carry('alice', bob))
  bob.on('send', carry('bob', alice))
  return { alice, bob }
}

const encrypted = (client: Client): Promise<void> => new Promise((resolve) => {
  client.on('state', ({ state }) => { if (state === 'encrypted') resolve() })
})

for (const version of [3, 4] as const) {
  describe(`a page that holds both sides of a conversation of version ${version}`, () => {
    it('lives between the steps of a key exchange and of a verification', async () => {
      const tasks = new Tasks()
      const { alice, bob } = two(tasks, version)
      const stands = Promise.all([encrypted(alice), encrypted(bob)])
      await alice.conversation('bob').start()
      await stands
      const exchange = tasks.all.length
      // The query may share its task only with what it causes first; each of the three or four messages has a task of its own.
      expect(tasks.all.flat().length).to.be.at.least(4)
      for (const lines of tasks.all) expect(lines).to.have.length(1)

      bob.on('smp', ({ event, peer }) => event === 'asked' ? bob.conversation(peer).answer('under the bridge') : undefined)
      const verified = new Promise<void>((resolve) => { alice.on('smp', ({ event }) => { if (event === 'succeeded') resolve() }) })
      await alice.conversation('bob').verify('under the bridge', { question: 'Where?' })
      await verified
      const steps = tasks.all.slice(exchange)
      expect(steps.flat().length).to.be.at.least(4)
      for (const lines of steps) expect(lines).to.have.length(1)
    })

    it('emits all events in order all the same: quick work waits behind slow work', async () => {
      const { alice, bob } = two(new Tasks(), version)
      const seen: string[] = []
      bob.on('state', ({ state }) => { seen.push(state) })
      bob.on('message', ({ text }) => { seen.push(text) })
      bob.on('smp', ({ event }) => { seen.push(event) })
      const stands = Promise.all([encrypted(alice), encrypted(bob)])
      await alice.conversation('bob').start()
      void alice.conversation('bob').send('first')
      void alice.conversation('bob').send('second')
      await stands
      // Made side by side: the text and the end take no time, and must not overtake the verification.
      const done = [alice.conversation('bob').verify('under the bridge'), alice.conversation('bob').send('third'), alice.conversation('bob').end()]
      await Promise.all(done)
      await alice.close()
      await bob.close()
      expect(seen).to.deep.equal(['handshake', 'encrypted', 'first', 'second', 'asked', 'third', 'aborted', 'finished'])
    })
  })
}
