import { expect } from 'chai'
import fc from 'fast-check'
import { Network, type Party } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

type Deed = 'alice says' | 'bob says' | 'to alice' | 'to bob' | 'deliver all' | 'bob forgets' | 'alice asks' | 'bob asks' | 'time' | 'resend' | 'discard'

const deed = fc.oneof(
  { arbitrary: fc.constantFrom<Deed>('alice says', 'bob says', 'to alice', 'to bob'), weight: 10 },
  { arbitrary: fc.constantFrom<Deed>('deliver all', 'resend'), weight: 3 },
  { arbitrary: fc.constantFrom<Deed>('bob forgets', 'alice asks', 'bob asks', 'time', 'discard'), weight: 1 },
)

/** Alice, and a Bob who sometimes forgets everything but his key, on a network that keeps the order in each direction. */
class Story {
  readonly network = new Network(7)
  readonly alice: Party
  bob: Party
  /** How often each of Alice's texts was read, by whichever Bob. */
  readonly read = new Map<string, number>()
  readonly sent: string[] = []
  readonly given = new Set<string>()
  readonly offered = new Set<string>()
  /** The texts that the person asked to send again, and how often. */
  readonly again = new Map<string, number>()
  #bobs = 0
  readonly #versions: '3' | '34'

  constructor(versions: '3' | '34') {
    this.#versions = versions
    this.alice = this.network.add('alice', { versions, key: 1, tag: 0x1001, policy: { requireEncryption: true } })
    this.bob = this.#newBob()
    this.alice.start('bob')
    this.network.run()
  }

  #newBob(): Party {
    return this.network.add('bob', { versions: this.#versions, key: 2, tag: 0x2002, random: seededRandom(`bob ${this.#bobs++}`) })
  }

  kept(): string[] {
    return (this.alice.core.exportState().conversations.find(({ peer }) => peer === 'bob')?.sent ?? []).map(({ text }) => Buffer.from(text).toString())
  }

  do(what: Deed): void {
    const { network, alice } = this
    switch (what) {
      case 'alice says': {
        const text = `text ${this.sent.length}`
        this.sent.push(text)
        alice.send('bob', text)
        break
      }
      case 'bob says':
        if (this.bob.isEncrypted('alice')) this.bob.send('alice', 'yes')
        break
      case 'to alice':
      case 'to bob': {
        const at = network.queue.findIndex(({ to }) => to === what.slice(3))
        if (at >= 0) network.deliver(at)
        break
      }
      case 'deliver all':
        network.run()
        break
      case 'bob forgets':
        network.parties.splice(network.parties.indexOf(this.bob), 1)
        this.#count()
        this.bob = this.#newBob()
        break
      case 'alice asks':
        alice.start('bob')
        break
      case 'bob asks':
        this.bob.start('alice')
        break
      case 'time':
        network.now += 90
        for (const party of network.parties) party.take(party.core.tick())
        break
      case 'resend':
      case 'discard':
        for (const { handle, text } of alice.core.conversation('bob').lost.slice(0, 1)) {
          if (what === 'resend') this.again.set(text, (this.again.get(text) ?? 0) + 1)
          else this.given.add(text)
          alice.take(what === 'resend' ? alice.core.conversation('bob').resend(handle) : alice.core.conversation('bob').discard(handle))
        }
    }
    this.check()
  }

  #count(): void {
    for (const text of this.bob.texts) this.read.set(text, (this.read.get(text) ?? 0) + 1)
  }

  times(text: string): number {
    return (this.read.get(text) ?? 0) + this.bob.texts.filter((one) => one === text).length
  }

  check(): void {
    for (const { messages } of this.alice.all('lost')) for (const { text } of messages) this.offered.add(text)
    const kept = new Set(this.kept())
    const waiting = new Set(this.alice.core.conversation('bob').outbox.map(({ text }) => text))
    for (const text of this.sent) {
      const read = this.times(text)
      // What was read was read once, and once more for each time that the person sent it again.
      expect(read, `${text} was read`).to.be.at.most(1 + (this.again.get(text) ?? 0))
      // Nothing is taken for read that was not.
      if (read === 0 && !this.given.has(text)) expect(kept.has(text) || waiting.has(text), `${text} is remembered`).to.equal(true)
    }
    for (const { line } of this.network.log) expect(line).to.not.match(/^text/)
  }
}

describe('lost messages', () => {
  for (const versions of ['3', '34'] as const) {
    it(`W3: whatever is forgotten and when, nothing unread is taken for read, and nothing is read twice unasked: versions ${versions}`, function () {
      this.timeout(120_000)
      fc.assert(fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const story = new Story(versions)
        for (const what of deeds) story.do(what)
      }), { numRuns: versions === '3' ? 100 : 40 })
    })
  }
})
