import { expect } from 'chai'
import { Pair } from './lib/pair.js'
import { isBuilt, libotrNg, otr4 } from './lib/peers.js'

/** The lines of the pair so far, each by its beginning. */
const begun = (pair: Pair): string[] => pair.network.log.map(({ from, message }) => `${from.slice(0, 5)} ${/^\?OTR(?:v\d+\?|:AA[MQ].|.*)/.exec(message)?.[0].slice(0, 9) ?? 'text'}`)

/** What people on our side are told of the first contact. */
const told = (pair: Pair): string[] => pair.ours.of('notice').flatMap(({ code, beginning }) => beginning === true || code === 'held' || code === 'handshake-retry' ? [] : [code])

// No registry has libotr-ng: `install.sh` builds it from sources, where a person has got them.
if (isBuilt(libotrNg)) {
  describe('the first contact with libotr-ng', function () {
    this.timeout(60_000)
    let pair: Pair

    beforeEach(async () => { pair = await Pair.open(otr4, libotrNg, { theirVersions: '34' }) })
    afterEach(async () => { await pair.close() })

    it('our offer of both versions: its answer is told by name, version 3 begins by a choice, and what waited arrives', async () => {
      await pair.ours.call('start', { to: pair.theirs.address })
      await pair.ours.call('send', { to: pair.theirs.address, text: 'only for you' })
      await pair.network.settle()
      await pair.pass(120)
      expect(told(pair)).to.deep.equal(['older-draft'])
      expect(begun(pair)).to.deep.equal(['alice ?OTRv34?', 'bob@e ?OTR:AAQ1'])
      expect(await pair.ours.states(pair.theirs)).not.to.include('encrypted')

      await pair.ours.call('start', { to: pair.theirs.address, versions: '3' })
      await pair.network.settle()
      expect((await pair.ours.sessions(pair.theirs)).map(({ version, state }) => [version, state])).to.deep.equal([[3, 'encrypted']])
      expect((await pair.theirs.sessions(pair.ours)).map(({ version, state }) => [version, state])).to.deep.equal([[3, 'encrypted']])
      expect(pair.theirs.privateTexts()).to.deep.equal(['only for you'])
      await pair.say(pair.theirs, 'and back')
      await pair.say(pair.ours, 'again')
    })

    it('its first message of version 4, sent directly, is told by name', async () => {
      await pair.theirs.call('start', { to: pair.ours.address, how: 'identity' })
      await pair.network.settle()
      expect(told(pair)).to.deep.equal(['older-draft'])
      expect(begun(pair)).to.deep.equal(['bob@e ?OTR:AAQ1'])
    })

    it('ours, sent directly, it drops without a word: within a minute we are told that nobody answered', async () => {
      await pair.ours.call('start', { to: pair.theirs.address, how: 'identity' })
      for (let i = 0; i < 6; i++) await pair.pass(10)
      expect(told(pair)).to.deep.equal(['no-answer'])
      expect(new Set(begun(pair))).to.deep.equal(new Set(['alice ?OTR:AAQ1']))
    })

    it('its query is answered in version 4, which it drops: within a minute we are told that it did not go on, and may choose version 3', async () => {
      await pair.theirs.call('start', { to: pair.ours.address })
      await pair.network.settle()
      for (let i = 0; i < 6; i++) await pair.pass(10)
      expect(begun(pair).slice(0, 2)).to.deep.equal(['bob@e ?OTRv43?', 'alice ?OTR:AAQ1'])
      expect(told(pair)).to.deep.equal(['handshake-timeout'])
      await pair.ours.call('start', { to: pair.theirs.address, versions: '3' })
      await pair.network.settle()
      expect((await pair.ours.sessions(pair.theirs)).map(({ version, state }) => [version, state])).to.deep.equal([[3, 'encrypted']])
    })
  })
}
