/** Names as people type them, on servers that compare them differently; a nick that is changed by force. */
import { expect } from 'chai'
import { IrcTransport } from '../../../src/transport/irc/index.js'
import { PlainChat } from './lib/chat.js'
import { inspircd, ngircd } from './lib/irc-servers.js'
import { IrcOperator } from './lib/irc-operator.js'
import { Ours } from './lib/ours.js'
import { needs, Workplace } from './lib/programs.js'
import { Tap } from './lib/tap.js'

const cases = [
  { server: ngircd, alice: 'Alice', bob: 'bob', typedBob: 'BOB', typedAlice: 'aLICE', other: 'bOB' },
  // Brackets are letters here, and have a case. (It says `rfc1459` and folds as `strict-rfc1459`.)
  { server: inspircd, alice: 'Alice[1]', bob: 'bob\\', typedBob: 'BOB|', typedAlice: 'alice{1}', other: 'Bob|' },
]

for (const { server, alice, bob, typedBob, typedAlice, other } of cases) {
  describe(`names on ${server.name}`, () => {
    let workplace: Workplace | undefined

    before(function () { needs(this, [server.name]) })

    afterEach(async () => {
      await workplace?.close()
      workplace = undefined
    })

    it(`--nick ${alice} --with ${typedBob} and --nick ${bob} --with ${typedAlice}: one private conversation, nothing in clear beside it`, async () => {
      const place = workplace = new Workplace()
      const tap = await Tap.open(place, await server.start(place))
      const join = (nick: string, peer: string): Promise<PlainChat> => PlainChat.open(place, ['--irc', `127.0.0.1:${tap.port}`, '--nick', nick, '--with', peer])
      const hers = await join(alice, typedBob)
      const his = await join(bob, typedAlice)
      hers.type('/otr start')
      for (const chat of [hers, his]) await chat.says(/^state \S+ private v4 /)
      his.type('for you alone, his')
      await hers.says(/^message \S+ private \S+ for you alone, his$/)
      hers.type('for you alone, hers')
      await his.says(/^message \S+ private \S+ for you alone, hers$/)
      hers.type(`/msg ${other} for you alone, again`)
      await his.says(/^message \S+ private \S+ for you alone, again$/)
      hers.type('/who')
      await hers.says(/^info \S+: private$/)
      expect(tap.sent).not.to.include('alone')
      for (const chat of [hers, his]) expect(await chat.quit()).to.equal(0)
    })

    it('a nick that is changed by force, ours and theirs, in the middle of a conversation: it goes on, and no line is cut', async function () {
      if (server !== inspircd) this.skip()
      const place = workplace = new Workplace()
      const port = await server.start(place)
      const join = async (nick: string): Promise<Ours> => Ours.open(place, new IrcTransport({ host: '127.0.0.1', port, nick, pace: { burst: 5, intervalMs: 50 } }))
      const [hers, his] = [await join('alice'), await join('bob')]
      const operator = await IrcOperator.open(place, port)
      await hers.client.setPolicy({ maxMessageLength: hers.transport.maxMessageLength('bob') })
      await hers.client.conversation('bob').start()
      for (const one of [hers, his]) await one.says('state', ({ state }) => state === 'encrypted')
      // Many lines are under way when both are given the longest nicks that there are.
      const long = 'word '.repeat(1500).trim()
      const sending = hers.client.conversation('bob').send(long)
      const [longA, longB] = ['A'.repeat(30), 'B'.repeat(30)]
      await operator.rename('alice', longA)
      await operator.rename('bob', longB)
      await sending
      await his.says('message', ({ text, encrypted }) => encrypted && text === long)
      await hers.hears('account', ({ account }) => account === longA)
      await hers.hears('renamed', ({ from, to }) => from === 'bob' && to === longB.toLowerCase())
      await his.hears('renamed', ({ from, to }) => from === 'alice' && to === longA.toLowerCase())
      await hers.client.conversation(longB.toLowerCase()).send('under new names')
      await his.says('message', ({ text, encrypted, from }) => encrypted && text === 'under new names' && from === longA.toLowerCase())
      await his.client.conversation(longA.toLowerCase()).send('and back')
      await hers.says('message', ({ text, encrypted }) => encrypted && text === 'and back')
    })
  })
}
