import { expect } from 'chai'
import { Bitlbee } from './lib/bitlbee.js'
import { PlainChat } from './lib/chat.js'
import { conversation, type Beginning, type Sides } from './lib/conversation.js'
import type { Correspondent } from './lib/correspondent.js'
import { Mcabber } from './lib/mcabber.js'
import { needs, Workplace } from './lib/programs.js'
import { domain, password, startProsody } from './lib/prosody.js'
import { Tmux } from './lib/screen.js'
import { Tap } from './lib/tap.js'

interface Case {
  readonly name: 'bitlbee' | 'mcabber'
  readonly begins: Beginning
  readonly programs: readonly string[]
  open(workplace: Workplace, port: number): Promise<Correspondent>
}

const bitlbee = (begins: Beginning): Case => ({
  name: 'bitlbee', begins, programs: ['bitlbee'], open: (workplace, port) => Bitlbee.open(workplace, port, 'bob', 'alice'),
})
const mcabber = (begins: Beginning): Case => ({
  name: 'mcabber', begins, programs: ['tmux', 'mcabber'],
  open: (workplace, port) => Mcabber.open(workplace, new Tmux(workplace), port, 'bob', 'alice', begins === 'offer' ? 'manual' : 'opportunistic'),
})

for (const client of [bitlbee('offer'), mcabber('offer'), bitlbee('our tag'), mcabber('our tag'), mcabber('their tag')]) {
  describe(`the chat with ${client.name} over Prosody, begun by ${client.begins}`, () => {
    let workplace: Workplace | undefined
    let sides: Sides | undefined

    before(async function () {
      needs(this, ['prosody', ...client.programs])
      workplace = new Workplace()
      const port = await startProsody(workplace, ['alice', 'bob'])
      const their = await client.open(workplace, port)
      const tap = await Tap.open(workplace, port)
      const chat = await PlainChat.open(workplace, ['--xmpp', `alice@${domain}`, '--server', `127.0.0.1:${tap.port}`, '--with', their.address,
        ...client.begins === 'our tag' ? ['--policy', 'sendWhitespaceTag=true'] : []],
        { OTR4_PASSWORD: password })
      sides = { chat, their, tap }
    })

    after(() => workplace?.close())

    const both = (): Sides => {
      if (sides === undefined) throw new Error('not started')
      return sides
    }
    conversation(both, { asksQuestions: client.name === 'bitlbee', quits: true, begins: client.begins })

    it('marked OTR\'s lines as nothing to copy or keep, and data as encrypted', () => {
      const messages = both().tap.sent.match(/<message[^>]*>.*?<\/message>/gs) ?? []
      const data = messages.filter((message) => message.includes('<body>?OTR:'))
      expect(data).not.to.have.length(0)
      for (const message of data) expect(message).to.include('urn:xmpp:carbons:2').and.include('no-copy').and.include('urn:xmpp:otr:0')
    })
  })
}
