import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ConversationStatus } from '../../src/index.js'
import { encryptedPair, Network } from '../support/network.js'

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const source = /### The indicator[^]*?```js\n([^]*?)```/.exec(readme)?.[1] ?? ''

const code = `const client = { on() {} }\nconst draw = () => undefined\n${source}\nexport { indicator }`

describe('the indicator of the README', () => {
  it('says what becomes of a text that is typed now, in every state', async () => {
    const { indicator } = await import(`data:text/javascript,${encodeURIComponent(code)}`) as { readonly indicator: (status: ConversationStatus) => string }
    const shown = (network: Network, alice: ReturnType<Network['add']>, text: string): string => {
      const said = indicator(alice.core.conversation('bob').status)
      const { result: outcome = { held: 0 }, events } = alice.core.conversation('bob').send(text)
      const sent = 'sent' in outcome ? outcome.sent : 'held'
      expect(sent, said).to.equal(said.startsWith('private') ? 'encrypted' : said.startsWith('in clear') ? 'plaintext' : 'held')
      expect(events.some((event) => event.type === 'send' && event.message.includes(text)), said).to.equal(said.startsWith('in clear'))
      network.queue.splice(0)
      return said
    }
    const network = new Network()
    const alone = network.add('alice')
    expect(shown(network, alone, 'one')).to.match(/^in clear/)
    alone.start('bob')
    expect(shown(network, alone, 'two')).to.match(/^waits for/)
    network.advance(120)
    expect(shown(network, alone, 'three')).to.match(/^waits: start again/)
    const { network: other, alice, bob } = encryptedPair()
    expect(shown(other, alice, 'four')).to.equal('private, not verified: who is it?')
    alice.take(alice.core.conversation('bob').trust('verified'))
    expect(shown(other, alice, 'five')).to.equal('private, verified')
    bob.end('alice')
    other.run()
    expect(shown(other, alice, 'six')).to.match(/^waits: start again/)
    alice.take(alice.core.conversation('bob').continueInPlaintext())
    expect(shown(other, alice, 'seven')).to.match(/^in clear/)
  })
})
