/** Those who have version 2 alone, which the person at our chat has to allow. */
import { literal, PlainChat } from './lib/chat.js'
import { conversation, type Beginning, type Sides } from './lib/conversation.js'
import type { Correspondent } from './lib/correspondent.js'
import { Profanity } from './lib/profanity.js'
import { needs, Workplace } from './lib/programs.js'
import { domain, password, startProsody } from './lib/prosody.js'
import { Tmux } from './lib/screen.js'
import { Tap } from './lib/tap.js'
import { Thunderbird } from './lib/thunderbird.js'

interface Case {
  readonly name: string
  readonly begins: Beginning
  readonly programs: readonly string[]
  /** Whether new keys within the conversation are tried. */
  readonly renews?: true
  open(workplace: Workplace, port: number): Promise<Correspondent>
}

const profanity = (begins: Beginning): Case => ({
  name: 'Profanity', begins, programs: ['tmux', 'profanity'], renews: true,
  open: (workplace, port) => Profanity.open(workplace, new Tmux(workplace), port, 'bob', 'alice', begins === 'offer' ? 'manual' : 'opportunistic'),
})
const thunderbird = (begins: Beginning): Case => ({
  name: 'Thunderbird', begins, programs: ['Xvfb', 'thunderbird'], open: (workplace, port) => Thunderbird.open(workplace, port, 'bob', 'alice'),
})

for (const client of [profanity('offer'), profanity('their tag'), thunderbird('offer')]) {
  describe(`the chat with ${client.name} in version 2, begun by ${client.begins}`, () => {
    let workplace: Workplace | undefined
    let sides: Sides | undefined

    before(async function () {
      needs(this, ['prosody', ...client.programs])
      workplace = new Workplace()
      const port = await startProsody(workplace, ['alice', 'bob'])
      const tap = await Tap.open(workplace, port)
      const their = await client.open(workplace, port)
      const chat = await PlainChat.open(workplace, ['--xmpp', `alice@${domain}`, '--server', `127.0.0.1:${tap.port}`, '--with', their.address], { OTR4_PASSWORD: password })
      sides = { chat, their, tap }
      // The person chooses as a person does: reads first what it means.
      chat.type('/otr allow 2')
      await chat.says(/^info Thunderbird, Profanity and WeeChat have version 2 of OTR and nothing newer\..*: \/otr allow 2 yes$/)
      chat.type('/otr allow 2 yes')
      await chat.says(new RegExp(`^info version 2 is allowed with ${literal(their.address)}, until `))
    })

    after(() => workplace?.close())

    const both = (): Sides => {
      if (sides === undefined) throw new Error('not started')
      return sides
    }
    conversation(both, { asksQuestions: true, quits: true, begins: client.begins, version: 2, ...client.renews && { renews: true } })
  })
}
