import { expect } from 'chai'
import { PlainChat } from './lib/chat.js'
import { conversation, type Sides } from './lib/conversation.js'
import { inspircd, ngircd } from './lib/irc-servers.js'
import { Irssi } from './lib/irssi.js'
import { needs, Workplace } from './lib/programs.js'
import { Tmux } from './lib/screen.js'
import { Tap } from './lib/tap.js'

// At the default pace on one server; on the other, which is set to accept more, as fast as irssi.
for (const [server, pace] of [[ngircd, []], [inspircd, ['--pace', '100/10']]] as const) {
  describe(`the chat with irssi on ${server.name}`, () => {
    let workplace: Workplace | undefined
    let sides: Sides | undefined

    before(async function () {
      needs(this, [server.name, 'tmux', 'irssi'])
      workplace = new Workplace()
      const port = await server.start(workplace)
      const their = await Irssi.open(workplace, new Tmux(workplace), port, 'bob', 'alice')
      const tap = await Tap.open(workplace, port)
      const chat = await PlainChat.open(workplace, ['--irc', `127.0.0.1:${tap.port}`, '--nick', 'alice', '--with', 'bob', ...pace])
      sides = { chat, their, tap }
    })

    after(() => workplace?.close())

    const both = (): Sides => {
      if (sides === undefined) throw new Error('not started')
      return sides
    }
    conversation(both, { asksQuestions: true, quits: true })

    it('kept every line within what the server takes and passes on', () => {
      const { tap } = both()
      const lines = [...tap.sent.split('\r\n'), ...tap.received.split('\r\n')]
      expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(510)
    })
  })
}
