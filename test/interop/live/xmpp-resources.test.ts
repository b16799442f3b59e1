/** A correspondent's program returns under another resource during a session: text arrives, or a notice says that it did not; it is never lost in silence, and never in clear. */
import { expect } from 'chai'
import { XmppTransport } from '../../../src/transport/xmpp/index.js'
import { Bitlbee } from './lib/bitlbee.js'
import { literal, PlainChat } from './lib/chat.js'
import { Ours } from './lib/ours.js'
import { needs, until, Workplace } from './lib/programs.js'
import { domain, password, startProsody, startPublicProsody } from './lib/prosody.js'
import { Tap } from './lib/tap.js'

const alice = `alice@${domain}`
const bob = `bob@${domain}`

describe('an XMPP resource that changes, on Prosody', () => {
  let workplace: Workplace | undefined
  let taps: Tap[] = []

  before(function () { needs(this, ['prosody']) })

  afterEach(async () => {
    // What anybody on the way could read, of every connection.
    const seen = taps.map(({ sent, received }) => sent + received).join('\n')
    taps = []
    await workplace?.close()
    workplace = undefined
    expect(seen).not.to.include('secret words')
  })

  async function through(place: Workplace, port: number, account: string, resource: string): Promise<{ readonly transport: XmppTransport, readonly tap: Tap }> {
    const tap = await Tap.open(place, port)
    taps.push(tap)
    return { transport: new XmppTransport({ jid: `${account}@${domain}/${resource}`, password, server: `127.0.0.1:${tap.port}`, reconnect: { first: 500, most: 500 } }), tap }
  }

  /** The two, talking privately. */
  async function privately(place: Workplace, port: number): Promise<{ readonly hers: Ours, readonly his: Ours, readonly hisTap: Tap }> {
    const hers = await Ours.open(place, (await through(place, port, 'alice', 'desk')).transport)
    const first = await through(place, port, 'bob', 'first')
    const his = await Ours.open(place, first.transport)
    await his.transport.send(alice, 'here')
    await hers.hears('message')
    await hers.client.conversation(bob).start()
    await hers.client.conversation(bob).encrypted()
    await say(hers, bob, his, 'before')
    return { hers, his, hisTap: first.tap }
  }

  const read = (party: Ours): string[] => party.events.flatMap((event) => event.type === 'message' && event.encrypted ? [event.text] : [])

  async function say(from: Ours, to: string, hearer: Ours, words: string): Promise<void> {
    await from.client.conversation(to).send(`secret words ${words}`)
    await until(() => read(hearer).includes(`secret words ${words}`) || undefined, 30, () => `not read: ${words}`)
  }

  it('that says good-bye: what is written meanwhile waits at the server, and the session goes on', async () => {
    const place = workplace = new Workplace()
    const port = await startPublicProsody(place, ['alice', 'bob'])
    const { hers, his } = await privately(place, port)
    await his.transport.close()
    expect((await hers.hears('gone')).address).to.equal(`${bob}/first`)
    await hers.client.conversation(bob).send('secret words meanwhile')
    await his.connect((await through(place, port, 'bob', 'second')).transport)
    await until(() => read(his).length === 2 || undefined, 30, () => `bob reads ${read(his).join(', ')}`)
    await say(hers, bob, his, 'after')
    await say(his, alice, hers, 'back')
    await say(hers, bob, his, 'to the new place')
    expect(read(his)).to.deep.equal(['before', 'meanwhile', 'after', 'to the new place'].map((words) => `secret words ${words}`))
    expect(hers.events.filter(({ type }) => type === 'lost')).to.deep.equal([])
    expect(hers.client.conversation(bob).status.sessions).to.have.length(1)
  })

  it('whose connection dies while the server waits for it: what went there comes back at last, is told, and the session goes on', async () => {
    const place = workplace = new Workplace()
    const port = await startPublicProsody(place, ['alice', 'bob'], { resumedWithinSeconds: 10 })
    const { hers, his, hisTap } = await privately(place, port)
    hisTap.close()
    await hers.client.conversation(bob).send('secret words into the gap')
    await his.connect((await through(place, port, 'bob', 'second')).transport)
    await say(his, alice, hers, 'I am here now')
    await say(hers, bob, his, 'I see')
    // It gives the old connection up, and keeps nothing for it, because the account is there.
    const { messages: [lost] } = await hers.says('lost')
    expect(lost?.text).to.equal('secret words into the gap')
    expect(await hers.hears('undelivered')).to.include({ to: bob, kind: 'data' })
    await hers.client.conversation(bob).resend(lost?.handle ?? 0)
    await say(hers, bob, his, 'to the new place')
    expect(read(his)).to.deep.equal(['before', 'I see', 'into the gap', 'to the new place'].map((words) => `secret words ${words}`))
    expect(hers.client.conversation(bob).status.sessions).to.have.length(1)
  })

  it('with a server that keeps nothing: what is written meanwhile comes back, is told and not sent by itself, and arrives when it is sent again', async () => {
    const place = workplace = new Workplace()
    const port = await startProsody(place, ['alice', 'bob'])
    const { hers, his } = await privately(place, port)
    await his.transport.close()
    await hers.hears('gone')
    await hers.client.conversation(bob).send('secret words meanwhile')
    const { messages: [lost] } = await hers.says('lost')
    expect(lost?.text).to.equal('secret words meanwhile')
    expect(await hers.hears('undelivered')).to.include({ to: bob, kind: 'data' })
    await his.connect((await through(place, port, 'bob', 'second')).transport)
    await say(his, alice, hers, 'back')
    await hers.client.conversation(bob).resend(lost?.handle ?? 0)
    await until(() => read(his).includes('secret words meanwhile') || undefined, 30, () => `bob reads ${read(his).join(', ')}`)
    expect(read(his)).to.deep.equal(['before', 'meanwhile'].map((words) => `secret words ${words}`))
  })

  it('of bitlbee, which keeps its session over that: both write on', async function () {
    needs(this, ['bitlbee'])
    const place = workplace = new Workplace()
    const port = await startProsody(place, ['alice', 'bob'])
    const their = await Bitlbee.open(place, port, 'bob', 'alice')
    const tap = await Tap.open(place, port)
    taps.push(tap)
    const chat = await PlainChat.open(place, ['--xmpp', alice, '--server', `127.0.0.1:${tap.port}`, '--with', their.address], { OTR4_PASSWORD: password })
    chat.type('/otr start')
    await chat.says(new RegExp(`^state ${literal(bob)} private v3 `))
    await their.isPrivate(1)
    chat.type('secret words before')
    await their.hears('secret words before')
    await their.moveTo('elsewhere')
    await chat.says(new RegExp(`^notice ${literal(bob)} program-gone$`))
    chat.type('secret words after')
    await their.hears('secret words after')
    await their.say('secret words back')
    await chat.says(new RegExp(`^message ${literal(bob)} private \\S+ secret words back$`))
    chat.type('secret words at last')
    await their.hears('secret words at last')
    expect(tap.sent).to.include(`${bob}/elsewhere`)
    expect(await chat.quit()).to.equal(0)
  })
})
