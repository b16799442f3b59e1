/** Nicks that change while a long message is on its way: by their owner's will, and by force. */
import { expect } from 'chai'
import { IrcTransport } from '../../../src/transport/irc/index.js'
import { PlainChat } from './lib/chat.js'
import { inspircd, ngircd } from './lib/irc-servers.js'
import { needs, until, Workplace } from './lib/programs.js'
import { RawIrc } from './lib/raw-irc.js'
import { Tap } from './lib/tap.js'

const piece = (at: number): string => `?OTR|00000001|00000100|00000200,${String(at).padStart(5, '0')},00012,AAAA,`
const all = Array.from({ length: 12 }, (_, at) => at + 1)
const numbers = ({ lines }: RawIrc): number[] => lines.filter((line) => line.includes(' PRIVMSG ')).map((line) => Number(/,(\d{5}),/.exec(line)?.[1]))

for (const server of [ngircd, inspircd]) {
  describe(`a nick that changes in the middle of a message, on ${server.name}`, () => {
    let workplace: Workplace | undefined

    before(function () { needs(this, [server.name]) })

    afterEach(async () => {
      await workplace?.close()
      workplace = undefined
    })

    async function alone(): Promise<{ alice: IrcTransport, bob: RawIrc, lost: string[] }> {
      const place = workplace = new Workplace()
      const port = await server.start(place)
      const alice = new IrcTransport({ host: '127.0.0.1', port, nick: 'alice', pace: { burst: 3, intervalMs: 500 } })
      place.onClose(() => alice.close(0))
      const lost: string[] = []
      alice.on('undelivered', ({ to, more }) => { if (more !== true) lost.push(to) })
      const bob = await RawIrc.open(place, port, 'bob')
      await alice.start()
      return { alice, bob, lost }
    }

    it('in a channel in common its new name is told: every line arrives, in order', async () => {
      const { alice, bob, lost } = await alone()
      await alice.channels.join('#common')
      bob.write('JOIN #common')
      await bob.sees(/ 366 /)
      const sent = all.map((at) => alice.send('bob', piece(at)))
      await bob.sees(/,00005,/)
      bob.write('NICK robert')
      await Promise.all(sent)
      await until(() => numbers(bob).length >= 12 || undefined, 20, () => bob.lines.join('\n'))
      expect(numbers(bob)).to.deep.equal(all)
      expect(lost).to.deep.equal([])
    })

    it('without one the server says that nobody is there: told once, and all of it arrives where the person says that they are', async () => {
      const { alice, bob, lost } = await alone()
      const sent = Promise.allSettled(all.map((at) => alice.send('bob', piece(at))))
      await bob.sees(/,00005,/)
      bob.write('NICK robert')
      await sent
      expect(lost).to.deep.equal(['bob'])
      // ngircd lets nobody's lines in faster than it likes, so more of them may still be on their way to it.
      expect(alice.follow('bob', alice.canonical('Robert'))).to.be.at.least(1)
      await until(() => numbers(bob).length >= 12 || undefined, 60, () => bob.lines.join('\n'))
      expect(numbers(bob)).to.deep.equal(all)
      expect(lost).to.have.length(1)
    })
  })
}

describe('a nick that an operator changes by force in a private conversation, on inspircd', () => {
  let workplace: Workplace | undefined

  before(function () { needs(this, ['inspircd']) })

  afterEach(async () => {
    await workplace?.close()
    workplace = undefined
  })

  const text = 'for you alone, '.repeat(250).trimEnd()

  async function pair(): Promise<{ alice: PlainChat, bob: PlainChat, op: RawIrc, tap: Tap }> {
    const place = workplace = new Workplace()
    const port = await inspircd.start(place)
    const tap = await Tap.open(place, port)
    const op = await RawIrc.open(place, port, 'operator')
    op.write('OPER op op')
    await op.sees(/ 381 /)
    const join = (nick: string, peer: string): Promise<PlainChat> => PlainChat.open(place, ['--irc', `127.0.0.1:${tap.port}`, '--nick', nick, '--with', peer, '--pace', '4/150'])
    const alice = await join('alice', 'bob')
    const bob = await join('bob', 'alice')
    alice.type('/otr start')
    for (const chat of [alice, bob]) await chat.says(/^state \S+ private v4 /)
    return { alice, bob, op, tap }
  }

  it('both are in a channel: a long message arrives whole, whoever of the two is renamed', async () => {
    const { alice, bob, op, tap } = await pair()
    for (const chat of [alice, bob]) {
      chat.type('/join #common')
      await chat.says(/^channel #common names /)
    }
    alice.type('/with bob')
    alice.type(text)
    await alice.says(/^sent bob private /)
    op.write('SANICK bob GuestWithAVeryLongName12345')
    await alice.says(/^renamed bob guestwithaverylongname12345$/)
    await bob.says(new RegExp(`^message alice private \\S+ ${text}$`), 60)
    alice.type(`again: ${text}`)
    await alice.says(/^sent guestwithaverylongname12345 private \S+ again/)
    op.write('SANICK alice AnotherVeryLongNickOfThirty123')
    await bob.says(new RegExp(`^message anotherverylongnickofthirty123 private \\S+ again: ${text}$`), 60)
    expect([...alice.lines, ...bob.lines].filter((line) => /^notice \S+ undelivered|^error/.test(line))).to.deep.equal([])
    expect(tap.sent).not.to.include('alone')
  })

  it('they share none: it is told once, and the message goes on with /otr follow', async () => {
    const { alice, bob, op, tap } = await pair()
    alice.type(text)
    await alice.says(/^sent bob private /)
    op.write('SANICK bob Guest4711')
    await bob.says(/^account Guest4711$/)
    await alice.says(/^notice bob undelivered nobody of this nick is here/)
    bob.type('services gave me another name')
    await alice.says(/^notice bob moved guest4711$/)
    alice.type('/otr follow')
    await alice.says(/^info what could not be delivered to bob goes to guest4711 now: \d+ lines?$/)
    await bob.says(new RegExp(`^message alice private \\S+ ${text}$`), 60)
    alice.type('and on we go')
    await bob.says(/^message alice private \S+ and on we go$/)
    expect(alice.lines.filter((line) => line.startsWith('notice bob undelivered'))).to.have.length(1)
    expect(tap.sent).not.to.include('alone')
  })
})
