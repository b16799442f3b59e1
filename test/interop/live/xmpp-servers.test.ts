/** What servers do with each kind of line under the hints that we give it: the table in spec/transports.md, and how our side handles it. */
import { expect } from 'chai'
import type { LineKind } from '../../../src/wire/index.js'
import { writeMessage, XmppTransport } from '../../../src/transport/xmpp/index.js'
import { startEjabberd } from './lib/ejabberd.js'
import { Ours } from './lib/ours.js'
import { needs, until, Workplace } from './lib/programs.js'
import { domain, password, startPublicProsody } from './lib/prosody.js'
import { RawXmpp } from './lib/raw-xmpp.js'
import { Tap } from './lib/tap.js'

const alice = `alice@${domain}`
const bob = `bob@${domain}`

/** What becomes of a line in each case. */
interface Fate {
  /** Other clients of either account get copies; each account's archive keeps it. */
  readonly copied: boolean
  readonly archived: boolean
  /** Nobody is there: it waits and comes at log-in with a stamp, or comes back with its body. */
  readonly nobody: 'waits' | 'comes back'
}

interface Server {
  readonly name: string
  readonly programs: readonly string[]
  readonly start: (workplace: Workplace, accounts: readonly string[]) => Promise<number>
  readonly fates: Readonly<Record<LineKind, Fate>>
  /** Whose address stands on a line for a client that has gone, where another one gets it. */
  readonly readdressed: boolean
  /** In whose name it stamps what it repeats after a break. */
  readonly repeatsAs: string
  /** Takes `<private/>` off before the receiver sees it. */
  readonly strips: boolean
  /** Adds its own stamp beside one that the sender wrote in its name. */
  readonly stampsBesideFalseOne: boolean
}

const open: Fate = { copied: true, archived: true, nobody: 'waits' }
const kept: Fate = { copied: false, archived: false, nobody: 'waits' }
const refused: Fate = { copied: false, archived: false, nobody: 'comes back' }

const servers: readonly Server[] = [
  {
    name: 'prosody', programs: ['prosody'], start: startPublicProsody, readdressed: false, repeatsAs: bob, strips: true, stampsBesideFalseOne: true,
    // It keeps what is marked as worth nothing later, all the same.
    fates: { text: open, offer: kept, error: kept, handshake: kept, data: kept, offline: kept },
  },
  {
    name: 'ejabberd', programs: ['ejabberdctl', 'erl'], start: startEjabberd, readdressed: true, repeatsAs: domain, strips: false, stampsBesideFalseOne: false,
    fates: { text: open, offer: refused, error: refused, handshake: refused, data: kept, offline: kept },
  },
]

for (const server of servers) {
  describe(`XMPP lines on ${server.name}`, () => {
    let workplace: Workplace | undefined
    let place: Workplace
    let port = 0

    before(async function () {
      needs(this, server.programs)
      place = workplace = new Workplace()
      port = await server.start(place, ['alice', 'bob'])
    })

    after(() => workplace?.close())

    const raw = (account: string, resource: string, options?: { present: boolean }): Promise<RawXmpp> => RawXmpp.open(place, port, account, resource, options)
    const transport = (account: string, resource: string, at = port): XmppTransport =>
      new XmppTransport({ jid: `${account}@${domain}/${resource}`, password, server: `127.0.0.1:${at}`, reconnect: { first: 1500, most: 1500 } })

    /** Two of ours who are there, for the server too: it has taken a line of each since they logged in. */
    async function pair(hers: XmppTransport, his: XmppTransport): Promise<readonly [Ours, Ours]> {
      const both = [await Ours.open(place, hers), await Ours.open(place, his)] as const
      await both[1].transport.send(alice, 'here')
      await both[0].hears('message', ({ text }) => text === 'here')
      await both[0].transport.send(bob, 'here')
      await both[1].hears('message', ({ text }) => text === 'here')
      return both
    }

    describe('what the server does', () => {
      for (const [kind, fate] of Object.entries(server.fates) as [LineKind, Fate][]) {
        it(`${kind}: copies ${String(fate.copied)}, archives ${String(fate.archived)}, to nobody: ${fate.nobody}`, async () => {
          const [hers, herOther, one, two] = await Promise.all([raw('alice', 'a1'), raw('alice', 'a2'), raw('bob', 'b1'), raw('bob', 'b2')])
          const body = kind === 'text' ? 'hello' : '?OTR:AAMD.'
          const send = (to: string): Promise<string> => hers.send((xml, id) => writeMessage(xml, to, body, id, kind))

          const direct = await send(one.address)
          await one.comes(direct)
          for (const client of [herOther, two]) await client.settled()
          expect([herOther.copies(direct), two.copies(direct)], 'copies').to.deep.equal(fate.copied ? [1, 1] : [0, 0])
          for (const client of [hers, one]) expect(await client.archived(direct), client.address).to.equal(fate.archived ? 1 : 0)

          const toGone = one.address
          await one.close()
          await until(() => hers.gone(toGone) || undefined, 20, () => 'nobody says that it has gone')
          const elsewhere = await send(toGone)
          expect((await two.comes(elsewhere)).attrs['to']).to.equal(server.readdressed ? two.address : toGone)
          expect(hers.messages(elsewhere), 'the sender hears nothing of that').to.deep.equal([])
          await two.close()
          await until(() => hers.gone(two.address) || undefined, 20, () => 'nobody says that it has gone')

          for (const to of [bob, toGone]) {
            const late = await send(to)
            const later = await raw('bob', 'b3', { present: false })
            await later.becomePresent()
            const [came] = later.messages(late)
            const [back] = hers.messages(late)
            if (fate.nobody === 'waits') {
              expect(came?.getChild('delay', 'urn:xmpp:delay')?.attrs['from'], 'who kept it').to.equal(domain)
              expect(back).to.equal(undefined)
            } else {
              expect(came).to.equal(undefined)
              expect(back?.attrs).to.include({ type: 'error', from: to })
              expect(back?.getChildText('body'), 'our own body').to.equal(body)
            }
            await later.close()
            await until(() => hers.gone(later.address) || undefined, 20, () => 'nobody says that it has gone')
          }
          for (const client of [hers, herOther]) await client.close()
        })
      }

      it('a line marked as private alone is archived on both sides all the same', async () => {
        const [hers, herOther, his] = await Promise.all([raw('alice', 'a1'), raw('alice', 'a2'), raw('bob', 'b1')])
        const id = await hers.send((xml, number) => xml('message', { to: bob, type: 'chat', id: number }, xml('body', {}, 'x'), xml('private', { xmlns: 'urn:xmpp:carbons:2' })))
        expect((await his.comes(id)).getChild('private') === undefined).to.equal(server.strips)
        for (const client of [hers, his]) expect(await client.archived(id), client.address).to.equal(1)
        await herOther.settled()
        for (const client of [hers, herOther, his]) await client.close()
      })

      it('a stamp that the sender wrote: its own stands beside that, unless it is in the server\'s name', async () => {
        const hers = await raw('alice', 'a1')
        for (const [from, others] of [[hers.address, [hers.address, domain]], [domain, server.stampsBesideFalseOne ? [domain, domain] : [domain]]] as const) {
          const id = await hers.send((xml, number) => xml('message', { to: bob, type: 'chat', id: number }, xml('body', {}, 'old'),
            xml('delay', { xmlns: 'urn:xmpp:delay', from, stamp: '2036-01-01T00:00:00Z' })))
          const later = await raw('bob', 'b3', { present: false })
          await later.becomePresent()
          expect(later.messages(id)[0]?.getChildren("delay").map(({ attrs }): unknown => attrs["from"])).to.deep.equal(others)
          await later.close()
          await until(() => hers.gone(later.address) || undefined, 20, () => 'nobody says that it has gone')
        }
        await hers.close()
      })
    })

    describe('what our side makes of it', () => {
      it('an offer to somebody who is away is not answered when they come; or its sender is told at once, and reads nothing of what came back', async () => {
        const hers = await Ours.open(place, transport('alice', 'offers'))
        await hers.client.conversation(bob).start()
        if (server.fates.offer.nobody === 'comes back') {
          const { to, line, kind } = await hers.hears('undelivered')
          expect({ to, kind }).to.deep.equal({ to: bob, kind: 'offer' })
          expect(line).to.match(/^\?OTRv34\?/)
        }
        const tap = await Tap.open(place, port)
        const his = await Ours.open(place, transport('bob', 'comes-later', tap.port))
        if (server.fates.offer.nobody === 'waits') {
          await his.says('notice', ({ code }) => code === 'old-offer')
          expect(his.all('message')[0]?.meta.sentAt).to.be.closeTo(Date.now() / 1000, 60)
        }
        // A line of now, behind all that.
        await hers.transport.send(bob, 'mark')
        await his.hears('message', ({ text }) => text === 'mark')
        expect(tap.sent).not.to.include('?OTR')
        expect(hers.events.filter(({ type }) => type === 'message')).to.deep.equal([])
        for (const one of [hers, his]) await one.transport.close()
      })

      it('a line for a program that has gone is not read by another one, which shows and answers nothing; the sender is told that it has gone', async () => {
        const [hers, his] = await pair(transport('alice', 'desk'), transport('bob', 'first'))
        await hers.client.conversation(bob).start()
        await hers.client.conversation(bob).encrypted()
        await his.client.conversation(alice).encrypted()
        const { selected } = hers.client.conversation(bob).status
        const tap = await Tap.open(place, port)
        const other = await Ours.open(place, transport('bob', 'second', tap.port))
        await his.transport.close()
        expect(await hers.hears('gone')).to.deep.equal({ who: bob, address: `${bob}/first`, instances: [selected] })
        await hers.client.conversation(bob).send('for the first alone')
        expect(await other.says('notice', ({ code }) => code === 'earlier-installation')).to.include({ peer: alice })
        await hers.transport.send(bob, 'mark')
        await other.hears('message', ({ text }) => text === 'mark')
        expect(other.events.filter(({ type }) => type === 'message' || type === 'state').map((event) => 'text' in event ? event.text : event.type)).to.deep.equal(['mark'])
        expect(tap.sent).not.to.include('?OTR')
        for (const one of [hers, other]) await one.transport.close()
      })

      it('a second program under the same full address ends the first one for good, in words: they do not end each other for ever', async () => {
        const first = await Ours.open(place, transport('alice', 'home'))
        const second = await Ours.open(place, transport('alice', 'home'))
        expect(await first.hears('status', ({ status }) => status === 'closed')).to.deep.equal({
          status: 'closed', detail: 'another program logged in under this account and resource',
        })
        // Longer than the pause before another attempt.
        await new Promise((resolve) => { setTimeout(resolve, 4000) })
        expect(first.transport.status).to.equal('closed')
        expect(second.all('status').map(({ status }) => status)).to.deep.equal(['connecting', 'online'])
        for (const one of [first, second]) await one.transport.close()
      })

      it('typing notices and receipts beside a private conversation are shown to nobody; a blank body is no alarm', async () => {
        const [hers, his] = await pair(transport('alice', 'typing'), transport('bob', 'typing'))
        await hers.client.conversation(bob).start()
        await hers.client.conversation(bob).encrypted()
        const before = hers.events.length
        const bystander = await raw('bob', 'raw')
        for (const children of [['composing'], ['paused'], ['active']]) {
          await bystander.send((xml, id) => xml('message', { to: `${alice}/typing`, type: 'chat', id }, ...children.map((name) => xml(name, { xmlns: 'http://jabber.org/protocol/chatstates' }))))
        }
        await bystander.send((xml, id) => xml('message', { to: `${alice}/typing`, type: 'chat', id }, xml('received', { xmlns: 'urn:xmpp:receipts', id: '1' })))
        await bystander.send((xml, id) => xml('message', { to: `${alice}/typing`, type: 'chat', id }, xml('body', {}, ' '), xml('request', { xmlns: 'urn:xmpp:receipts' })))
        await hers.says('message', ({ text }) => text === ' ')
        expect(hers.events.slice(before).map((event) => event.type === 'message' ? [event.text, event.unencrypted] : event.type)).to.deep.equal([[' ', undefined]])
        await bystander.close()
        for (const one of [hers, his]) await one.transport.close()
      })

      it('an offer that was made while our connection was broken for a moment is one of now: the server repeats it with a stamp', async () => {
        const hisTap = await Tap.open(place, port)
        const [hers, his] = await pair(transport('alice', 'breaks'), transport('bob', 'breaks', hisTap.port))
        hisTap.cut()
        await his.hears('status', ({ status }) => status === 'waiting')
        await hers.client.conversation(bob).start()
        await hers.client.conversation(bob).encrypted()
        const repeated = hisTap.received.match(/<message(?:(?!<\/message>)[^])*\?OTRv34\?[^]*?<\/message>/)?.[0]
        expect(/<delay[^>]*from=["']([^"']*)["']/.exec(repeated ?? '')?.[1], 'the server wrote a stamp').to.equal(server.repeatsAs)
        expect(his.events.filter((event) => event.type === 'notice' && event.code === 'old-offer')).to.deep.equal([])
        await hers.client.conversation(bob).send('all is well')
        await his.says('message', ({ text }) => text === 'all is well')
        for (const one of [hers, his]) await one.transport.close()
      })

      it('an offer that was lost when our connection broke is one of now: our own side repeats it with a stamp', async () => {
        const [herTap, hisTap] = [await Tap.open(place, port), await Tap.open(place, port)]
        const [hers, his] = await pair(transport('alice', 'repeats', herTap.port), transport('bob', 'hears', hisTap.port))
        herTap.deaf = true
        await hers.client.conversation(bob).start()
        expect(herTap.sent).not.to.include('?OTR')
        herTap.cut()
        await hers.client.conversation(bob).encrypted()
        expect(hisTap.received, 'her stamp').to.match(new RegExp(`from=["']${alice}/repeats["'][^>]*stamp=|stamp=[^>]*from=["']${alice}/repeats["']`))
        expect(his.events.filter((event) => event.type === 'notice' && event.code === 'old-offer')).to.deep.equal([])
        await hers.client.conversation(bob).send('all is well')
        await his.says('message', ({ text }) => text === 'all is well')
        for (const one of [hers, his]) await one.transport.close()
      })
    })
  })
}
