/** Names as people type them, on servers that compare them differently. */
import { expect } from 'chai'
import { PlainChat } from './lib/chat.js'
import { inspircd, ngircd } from './lib/irc-servers.js'
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
      await hers.says(/^info \S+: private, not verified$/)
      expect(tap.sent).not.to.include('alone')
      for (const chat of [hers, his]) expect(await chat.quit()).to.equal(0)
    })
  })
}
