/** The other person reads what was typed: with clients that write HTML, with clients that decode entities, and with clients that do neither. */
import { expect } from 'chai'
import { Bitlbee } from './lib/bitlbee.js'
import { literal, PlainChat } from './lib/chat.js'
import type { Correspondent } from './lib/correspondent.js'
import { ngircd } from './lib/irc-servers.js'
import { Irssi } from './lib/irssi.js'
import { Mcabber } from './lib/mcabber.js'
import { needs, Workplace } from './lib/programs.js'
import { domain, password, startProsody } from './lib/prosody.js'
import { Tmux } from './lib/screen.js'
import { typedTexts } from './lib/text-cases.js'

/** What a person may type in one line, of all the cases; numbered, so that each is waited for by itself, with an end that tmux passes on. Terminals draw right-to-left text in their own order. */
const typed = typedTexts
  .filter((text) => !text.includes('\n') && !/\p{Script=Hebrew}/u.test(text))
  .map((text, at) => `${at}) ${text} .`)

interface Client {
  readonly name: string
  readonly programs: readonly string[]
  /** How the chat is told, where neither the network nor a text can say it. */
  readonly format?: 'escapes'
  open(workplace: Workplace): Promise<{ readonly their: Correspondent, readonly network: readonly string[], readonly env?: NodeJS.ProcessEnv }>
}

async function overProsody(workplace: Workplace, open: (port: number) => Promise<Correspondent>): ReturnType<Client['open']> {
  const port = await startProsody(workplace, ['alice', 'bob'])
  return { their: await open(port), network: ['--xmpp', `alice@${domain}`, '--server', `127.0.0.1:${port}`], env: { OTR4_PASSWORD: password } }
}

const clients: readonly Client[] = [
  {
    name: 'bitlbee, which writes and reads HTML', programs: ['prosody', 'bitlbee'],
    open: (workplace) => overProsody(workplace, (port) => Bitlbee.open(workplace, port, 'bob', 'alice')),
  },
  {
    name: 'mcabber, which writes text as typed and decodes entities', programs: ['prosody', 'tmux', 'mcabber'], format: 'escapes',
    open: (workplace) => overProsody(workplace, (port) => Mcabber.open(workplace, new Tmux(workplace), port, 'bob', 'alice')),
  },
  {
    name: 'irssi, which writes and shows text as it is', programs: [ngircd.name, 'tmux', 'irssi'],
    async open(workplace) {
      const port = await ngircd.start(workplace)
      return { their: await Irssi.open(workplace, new Tmux(workplace), port, 'bob', 'alice'), network: ['--irc', `127.0.0.1:${port}`, '--nick', 'alice'] }
    },
  },
]

for (const client of clients) {
  const { name, programs, format } = client
  describe(`what is typed and what is read, with ${name}`, () => {
    let workplace: Workplace | undefined
    let their: Correspondent
    let chat: PlainChat

    before(async function () {
      needs(this, programs)
      workplace = new Workplace()
      const opened = await client.open(workplace)
      their = opened.their
      chat = await PlainChat.open(workplace, [...opened.network, '--with', their.address], opened.env)
      chat.type('/otr start')
      await chat.says(new RegExp(`^state ${literal(their.address)} private v3 `))
      await their.isPrivate(1)
      if (format !== undefined) chat.type(`/otr format ${format}`)
    })

    after(async () => { await workplace?.close() })

    it('what they type is read here', async () => {
      for (const text of typed) {
        await their.say(text)
        await chat.says(new RegExp(`^message ${literal(their.address)} private \\S+ ${literal(text)}$`))
      }
    })

    it('what is typed here is read there', async () => {
      for (const text of typed) {
        chat.type(`here ${text}`)
        await their.hears(`here ${text}`)
      }
      expect(chat.lines.filter((line) => line.startsWith('error '))).to.deep.equal([])
    })
  })
}
