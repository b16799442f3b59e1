/** A bouncer stays connected when its user leaves, and later plays back what came meanwhile: as earlier lines, in the form that the client supports. */
import { expect } from 'chai'
import { IrcTransport } from '../../../src/transport/irc/index.js'
import { rejection } from '../../support/transport-events.js'
import { inspircd } from './lib/irc-servers.js'
import { Ours } from './lib/ours.js'
import { needs, until, Workplace } from './lib/programs.js'
import { Tap } from './lib/tap.js'
import { startZnc, zncPassword } from './lib/znc.js'

const pace = { burst: 1000, intervalMs: 1 }

/** What a client can be told that plays back: with times and batches, or in nothing but text. */
const clients = [
  { name: 'takes times', hides: undefined, stamped: false },
  { name: 'takes no times', hides: /server-time|batch/g, stamped: true },
]

describe('behind ZNC', () => {
  for (const client of clients) {
    describe(`a client that ${client.name}`, () => {
      let workplace: Workplace | undefined
      let alice: Ours
      let bob: Ours
      let carol: IrcTransport
      let tap: Tap
      let port = 0

      const bouncer = (password = zncPassword): IrcTransport => new IrcTransport({ host: '127.0.0.1', port: tap.port, nick: 'bob', serverPassword: password, pace })

      before(async function () {
        needs(this, ['znc', 'inspircd'])
        const place = workplace = new Workplace()
        const network = await inspircd.start(place)
        port = await startZnc(place, network)
        tap = await Tap.open(place, port)
        // The same length: nothing else of the line changes.
        if (client.hides !== undefined) tap.rewrite = (data) => data.replace(client.hides, (word) => `x${word.slice(1)}`)
        alice = await Ours.open(place, new IrcTransport({ host: '127.0.0.1', port: network, nick: 'alice', pace }))
        carol = new IrcTransport({ host: '127.0.0.1', port: network, nick: 'carol', pace })
        await carol.start()
        place.onClose(() => carol.close(0))
        bob = await Ours.open(place, bouncer())
        await until(async () => {
          await alice.transport.send('bob', 'are you there?')
          return bob.all('message').length > 0 || undefined
        }, 30, () => 'ZNC does not get to its network')
      })

      after(() => workplace?.close())

      it('lets in by USER/NETWORK:PASSWORD, and is quoted when it does not', async () => {
        for (const password of ['bob/net:wrong', 'wrong', 'carol/net:not a secret']) {
          const error = await rejection(bouncer(password).start())
          expect(error, password).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
          expect(error.message).to.match(/Invalid Password/)
        }
      })

      it('plays back private text, which is read late; offers and key exchanges, whole and in pieces, are not answered', async () => {
        await alice.client.conversation('bob').start()
        await alice.client.conversation('bob').encrypted()
        await until(() => bob.client.conversation('alice').status.sending === 'encrypted' || undefined, 30, () => 'bob is not private')
        await bob.transport.close()
        const before = { events: bob.events.length, sent: tap.sent.length }
        // In several lines, as long as they get.
        const long = 'a long story '.repeat(30)
        await alice.client.conversation('bob').send(long)
        await alice.client.conversation('bob').send('and a short one')
        await carol.send('bob', '?OTRv34? I would like to talk')
        await carol.send('bob', 'are you there?')
        await alice.client.conversation('bob').start('identity')
        await until(() => alice.transport.status === 'online' || undefined, 5, () => 'alice is gone')
        await new Promise((resolve) => { setTimeout(resolve, 1500) })
        await bob.connect(bouncer())
        const texts = (): string[] => bob.events.slice(before.events).flatMap((event) => event.type === 'message' && event.encrypted ? [event.text] : [])
        await until(() => texts().length === 2 || undefined, 30, () => `bob reads ${texts().join(', ')}`)
        expect(texts()).to.deep.equal([long, 'and a short one'])
        const offers = (): (string | undefined)[] => bob.events.slice(before.events).flatMap((event) => event.type === 'notice' && event.code === 'old-offer' ? [event.peer] : [])
        await until(() => offers().length === 2 || undefined, 30, () => `old offers of ${offers().join(', ')}`)
        expect(offers().sort()).to.deep.equal(['alice', 'carol'])
        const clear = bob.events.slice(before.events).flatMap((event) => event.type === 'message' && !event.encrypted && event.from === 'carol' ? [event] : [])
        expect(clear.map(({ text }) => client.stamped ? /^\[\d\d:\d\d:\d\d\] (.*)$/.exec(text)?.[1] : text)).to.deep.equal(['are you there?'])
        expect(tap.received).to.match(client.stamped ? /PRIVMSG bob :\[\d\d:\d\d:\d\d\] \?OTR\|/ : /@[^ ]*time=[^ ]* :alice!\S+ PRIVMSG bob :\?OTR\|/)
        expect(tap.sent.slice(before.sent)).not.to.include('?OTR')
      })

      it('brings lines of now as lines of now: the conversation goes on, and a new one begins', async () => {
        const before = bob.events.length
        await alice.client.conversation('bob').send('good to see you')
        await bob.says('message', ({ text, sentAt }) => text === 'good to see you' && sentAt === undefined)
        await carol.send('bob', '?OTRv34?')
        await until(() => tap.sent.includes('PRIVMSG carol :?OTR') || undefined, 30, () => 'bob does not answer carol')
        expect(bob.events.slice(before).filter((event) => event.type === 'notice' && event.code === 'old-offer')).to.deep.equal([])
      })
    })
  }
})
