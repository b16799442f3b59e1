/** The other person reads what was typed, with clients that have windows: the test types each text into them, and reads it from them. */
import { expect } from 'chai'
import type { TextFormat } from '../../../src/index.js'
import { IrcTransport } from '../../../src/transport/irc/index.js'
import { XmppTransport } from '../../../src/transport/xmpp/index.js'
import { HexChat } from './lib/hexchat.js'
import { inspircd } from './lib/irc-servers.js'
import { Ours } from './lib/ours.js'
import { Pidgin } from './lib/pidgin.js'
import { needs, until, Workplace } from './lib/programs.js'
import { domain, password, startProsody } from './lib/prosody.js'
import { textCases, typedTexts } from './lib/text-cases.js'
import { Tkabber } from './lib/tkabber.js'
import type { WindowClient } from './lib/window-client.js'

interface Case {
  readonly name: string
  readonly programs: readonly string[]
  /** How the sources of the recorded bytes call it. */
  readonly recordedAs?: string
  /** The texts that its user can type, and those that it can show. */
  readonly typed: readonly string[]
  /** What it shows of a text that we sent rightly. */
  readonly shown?: (text: string) => string
  open(workplace: Workplace): Promise<{ readonly their: WindowClient, readonly ours: Ours }>
}

/** On IRC nobody says what their program is: a person does. */
async function overIrc(workplace: Workplace, textFormat: TextFormat, open: (port: number) => Promise<WindowClient>): ReturnType<Case['open']> {
  const port = await inspircd.start(workplace)
  const their = await open(port)
  const ours = await Ours.open(workplace, new IrcTransport({ host: '127.0.0.1', port, nick: 'alice', pace: { burst: 20, intervalMs: 50 } }))
  await ours.client.conversation(their.address).setPolicy({ textFormat })
  return { their, ours }
}

async function overProsody(workplace: Workplace, open: (port: number) => Promise<WindowClient>): ReturnType<Case['open']> {
  const port = await startProsody(workplace, ['alice', 'bob'])
  const their = await open(port)
  return { their, ours: await Ours.open(workplace, new XmppTransport({ jid: `alice@${domain}`, password, server: `127.0.0.1:${port}` })) }
}

const cases: readonly Case[] = [
  {
    name: 'Pidgin, which writes and reads HTML', programs: ['prosody', 'Xvfb', 'dbus-daemon', 'pidgin'], recordedAs: 'Pidgin', typed: typedTexts,
    open: (workplace) => overProsody(workplace, (port) => Pidgin.open(workplace, port, 'bob', 'alice')),
  },
  {
    name: 'Pidgin on IRC, where it writes and reads HTML all the same', programs: [inspircd.name, 'Xvfb', 'dbus-daemon', 'pidgin'],
    typed: typedTexts.filter((text) => !text.includes('\n')),
    open: (workplace) => overIrc(workplace, 'html', (port) => Pidgin.openOnIrc(workplace, port, 'bob', 'alice')),
  },
  {
    name: 'Tkabber, which does the same with a library of its own', programs: ['prosody', 'Xvfb', 'tkabber'], recordedAs: 'Tkabber', typed: typedTexts,
    open: (workplace) => overProsody(workplace, (port) => Tkabber.open(workplace, port, 'bob', 'alice')),
  },
  {
    name: 'HexChat, which writes text as typed and decodes entities', programs: [inspircd.name, 'Xvfb', 'dbus-daemon', 'hexchat'], recordedAs: 'hexchat-otr',
    typed: typedTexts.filter((text) => !text.includes('\n')),
    // It decodes `&amp;lt;`, which is how `&lt;` has to be written for it, twice.
    shown: (text) => text.replaceAll('&lt;', '<'),
    open: (workplace) => overIrc(workplace, 'escapes', (port) => HexChat.open(workplace, port, 'bob', 'alice')),
  },
]

for (const client of cases) {
  const { name, programs, recordedAs, typed, shown = (text: string) => text } = client
  describe(`what is typed and what is read, with ${name}`, () => {
    let workplace: Workplace | undefined
    let their: WindowClient
    let ours: Ours

    before(async function () {
      needs(this, programs)
      workplace = new Workplace();
      ({ their, ours } = await client.open(workplace))
      await ours.client.conversation(their.address).start()
      await ours.says('state', ({ state }) => state === 'encrypted')
    })

    after(async () => { await workplace?.close() })

    it('what is typed here is read there, from the first text on', async () => {
      for (const text of typed) {
        const before = (await their.heard()).length
        await ours.client.conversation(their.address).send(text)
        const heard = await until(async () => (await their.heard())[before], 30, () => `${their.name} shows nothing of ${text}`)
        expect(heard).to.equal(shown(text))
      }
      expect(ours.events.filter(({ type }) => type === 'notice')).to.deep.equal([])
    })

    it('what they type is read here, and their program wrote it as it is recorded', async () => {
      for (const text of typed) {
        await their.say(text)
        const message = await ours.says('message', (event) => event.encrypted && event.text === text)
        const recorded = textCases.receive.find(({ read, source }) => read === text && recordedAs !== undefined && source.includes(recordedAs))
        if (recorded !== undefined) expect(message.raw ?? message.text).to.equal(recorded.in)
      }
      expect(ours.events.filter(({ type }) => type === 'message').length).to.equal(typed.length)
    })
  })
}
