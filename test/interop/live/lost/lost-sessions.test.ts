/** One side loses a private conversation: what the other one's client does and shows, and what ours reports. `spec/lost-sessions.md` has the table. */
import { expect } from 'chai'
import type { ClientEvent, ClientMessageEvent } from '../../../../src/index.js'
import { IrcTransport } from '../../../../src/transport/irc/index.js'
import type { Transport } from '../../../../src/transport/transport.js'
import { XmppTransport } from '../../../../src/transport/xmpp/index.js'
import { inspircd } from '../lib/irc-servers.js'
import type { Losable } from '../lib/losable.js'
import { losableClients } from '../lib/losable-clients.js'
import { Ours } from '../lib/ours.js'
import { needs, until, Workplace } from '../lib/programs.js'
import { domain, password, startProsody } from '../lib/prosody.js'

for (const { name, programs, network, complains, returns, afterEnd, isGateway = false, knowsOneKey = false, open } of losableClients) {
  describe(`a private conversation that is lost, with ${name}`, () => {
    let workplace: Workplace | undefined
    let their: Losable
    let ours: Ours
    let connect: () => Promise<Ours>
    /** Everything before it was looked at. */
    let seen = 0
    let begun = 0

    before(async function () {
      needs(this, programs)
      const place = workplace = new Workplace()
      const port = await (network === 'XMPP' ? startProsody(place, ['alice', 'bob']) : inspircd.start(place))
      const transport = (): Transport => network === 'XMPP'
        ? new XmppTransport({ jid: `alice@${domain}/home`, password, server: `127.0.0.1:${port}` })
        : new IrcTransport({ host: '127.0.0.1', port, nick: 'alice', pace: { burst: 20, intervalMs: 50 } })
      connect = () => Ours.open(place, transport())
      their = await open(place, port)
      ours = await connect()
      await begin()
      await they('hello from them')
    })

    after(async () => { await workplace?.close() })

    const conversation = (): ReturnType<Ours['client']['conversation']> => ours.client.conversation(their.address)

    /** Waits for an event that was not looked at before, and looks at it and all before it. */
    async function told<Type extends ClientEvent['type']>(type: Type, wanted: (event: Extract<ClientEvent, { type: Type }>) => boolean = () => true): Promise<Extract<ClientEvent, { type: Type }>> {
      const event = await ours.says(type, (one) => ours.events.indexOf(one) >= seen && wanted(one))
      seen = ours.events.indexOf(event) + 1
      return event
    }

    const isPrivate = (): Promise<unknown> => told('state', ({ state }) => state === 'encrypted')

    /** A private conversation on both sides: theirs may come a moment after ours. */
    async function begin(): Promise<void> {
      await conversation().start()
      await isPrivate()
      await we(`hello ${++begun} from us`)
    }

    async function shows(text: string | RegExp): Promise<void> {
      let shown = ''
      await until(async () => {
        shown = await their.shown()
        return (typeof text === 'string' ? shown.includes(text) : text.test(shown)) ? true : undefined
      }, 20, () => `${name} does not show ${String(text)}:\n${shown.slice(-2000)}`)
    }

    async function we(text: string): Promise<void> {
      await conversation().send(text)
      await shows(text)
    }

    /** A line in clear, past our client: they have read all before it. */
    async function wePast(text: string): Promise<void> {
      await ours.transport.send(their.address, text)
      await shows(text)
    }

    async function they(text: string): Promise<ClientMessageEvent> {
      await their.say(text)
      const message = await told('message', (event) => event.text === text)
      expect(message.encrypted).to.equal(true)
      return message
    }

    it(`${name} is killed while we write: we are told which lines probably nobody reads`, async () => {
      await their.kill()
      if (network === 'XMPP') {
        const { probablyLost } = await told('notice', ({ code }) => code === 'session-probably-lost')
        expect(probablyLost).to.deep.include({ sign: 'gone', messages: [] })
      }
      await their.reopen()
      await ours.later(61)
      await conversation().send('first into nothing')
      if (returns === 'error') {
        await told('notice', ({ code }) => code === 'peer-could-not-read')
        return
      }
      await conversation().send('second into nothing')
      if (complains !== undefined) await shows(complains)
      await ours.later(15)
      if (network === 'IRC') await told('notice', ({ code }) => code === 'session-probably-lost')
      const { probablyLost } = conversation().status
      expect(probablyLost?.sign).to.equal('silence')
      expect(probablyLost?.messages).to.have.length(2)
      expect(await their.shown()).not.to.include('into nothing')
    })

    it('the lines are offered when there is a new conversation, and are read once when they are sent again', async () => {
      if (returns !== 'error') await their.say('is it you?')
      if (returns !== 'error') expect(await told('message', ({ text }) => text === 'is it you?')).to.include({ encrypted: false, unencrypted: true })
      if (returns === 'hand') await conversation().start()
      await isPrivate()
      const expected = returns === 'error' ? ['first into nothing'] : ['first into nothing', 'second into nothing']
      await until(() => conversation().lost.length === expected.length ? true : undefined, 20, () => 'nothing is offered')
      expect(conversation().lost.map(({ text }) => text)).to.deep.equal(expected)
      for (const { handle } of conversation().lost) await conversation().resend(handle)
      for (const text of expected) await shows(text)
      await we('that was all')
      for (const text of expected) expect((await their.shown()).split(text).length - 1, text).to.equal(1)
      expect(conversation().status.probablyLost).to.equal(undefined)
      await they('now we talk')
    })

    it(`we end it, and they write: ${afterEnd.length === 0 ? 'nothing arrives' : afterEnd[0] === '' ? 'an empty line arrives, and alarms nobody' : 'it arrives in clear, and we are warned'}`, async () => {
      const before = ours.events.length
      await conversation().end()
      if (isGateway) await wePast('a line behind the end')
      else await shows(/has ended|channel closed|is finished|has finished/)
      await their.say('after the end')
      if (isGateway) await shows('other end has disconnected OTR')
      if (afterEnd.length > 0) await told('message')
      if (afterEnd.includes('after the end')) await isPrivate()
      await begin()
      await they('again in private')
      const arrived = ours.events.slice(before).filter((event): event is ClientMessageEvent => event.type === 'message')
      expect(arrived.slice(0, -1).map(({ text }) => text)).to.deep.equal(afterEnd)
      for (const message of arrived.slice(0, -1)) expect(message.unencrypted ?? false, message.text).to.equal(message.text !== '')
    })

    it(`our side begins without its state: their lines look sent to them, and we are told that we cannot read them${knowsOneKey ? '' : ', and tell them'}`, async () => {
      await ours.transport.close(0)
      ours = await connect()
      seen = 0
      // Their program knows by this that we are back, and where; on IRC there is nothing to know.
      if (network === 'XMPP') await wePast('here I am')
      await their.say('to who you were')
      await told('notice', ({ code }) => code === 'earlier-installation')
      if (!isGateway) await shows('to who you were')
      if (!knowsOneKey) {
        await conversation().tellUnreadable()
        // Some begin anew by themselves; the others get a query.
        await ours.later(6)
        await isPrivate()
        await we('it is me again')
        await they('to who you are')
      }
      expect(ours.events.flatMap((event) => event.type === 'message' ? [event.text] : [])).to.deep.equal(knowsOneKey ? [] : ['to who you are'])
    })
  })
}
