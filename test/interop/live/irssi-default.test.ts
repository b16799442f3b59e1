/** Irssi as people have it: its flood control sends one line of 430 bytes in six seconds. Everything completes, and the person sees the progress. */
import { expect } from 'chai'
import { IrcTransport } from '../../../src/transport/irc/index.js'
import { inspircd, ngircd } from './lib/irc-servers.js'
import { Irssi } from './lib/irssi.js'
import { Ours } from './lib/ours.js'
import { needs, Workplace } from './lib/programs.js'
import { Tmux } from './lib/screen.js'

for (const server of [ngircd, inspircd]) {
  describe(`irssi default flood control on ${server.name}`, () => {
    let workplace: Workplace | undefined
    let irssi: Irssi
    let ours: Ours

    before(async function () {
      needs(this, [server.name, 'tmux', 'irssi'])
      workplace = new Workplace()
      const port = await server.start(workplace)
      irssi = await Irssi.open(workplace, new Tmux(workplace), port, 'bob', 'alice', { slowly: true })
      ours = await Ours.open(workplace, new IrcTransport({ host: '127.0.0.1', port, nick: 'alice' }))
      await ours.client.setPolicy({ maxMessageLength: ours.transport.maxMessageLength('bob') })
    })

    after(() => workplace?.close())

    it('a key exchange stands, without anybody asking twice', async () => {
      const began = performance.now()
      await ours.client.conversation('bob').start()
      await ours.says('state', ({ state }) => state === 'encrypted', 120)
      await irssi.isPrivate(1)
      console.log(`      ${Math.round((performance.now() - began) / 1000)} s`)
      expect(ours.events.filter(({ type, ...rest }) => type === 'notice' && 'code' in rest && rest.code === 'handshake-retry')).to.deep.equal([])
    })

    it('a verification that we ask for ends, and it is told how far it is and whose lines are slow', async () => {
      const began = performance.now()
      await ours.client.conversation('bob').verify('orange', { question: 'Which fruit?' })
      await irssi.isAsked('Which fruit?')
      await irssi.answer('orange')
      await ours.says('smp', ({ event }) => event === 'succeeded', 180)
      console.log(`      ${Math.round((performance.now() - began) / 1000)} s`)
      const told = ours.all('progress').filter(({ direction }) => direction === 'receiving')
      // Their second and fourth message of SMP: 8 and 3 lines.
      expect(told.filter(({ total }) => total === 8).map(({ done }) => done)).to.deep.equal([2, 3, 4, 5, 6, 7, 8])
      expect(told.every(({ who }) => who === 'bob')).to.equal(true)
      expect(told.find(({ done, total }) => done === 2 && total === 8)?.secondsLeft).to.be.within(20, 60)
      expect(told.find(({ done, total }) => done === 8 && total === 8)?.secondsLeft).to.equal(0)
    })

    it('a verification that they ask for ends too', async () => {
      const began = performance.now()
      await irssi.verify('lemon', 'And sour?')
      await ours.says('smp', ({ event, question }) => event === 'asked' && question === 'And sour?', 120)
      await ours.client.conversation('bob').answer('lemon')
      await irssi.screen.shows(/Authentication with .* successful/, 2, 180)
      console.log(`      ${Math.round((performance.now() - began) / 1000)} s`)
    })
  })
}
