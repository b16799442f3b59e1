/**
 * The peers and the driver themselves, without our implementation: what fails here is not its fault. libotr with libotr
 * does not begin from both sides at once here, because then both wait for ever.
 */
import { expect } from 'chai'
import { request } from '../../src/conformance/link.js'
import { Pair } from './lib/pair.js'
import { skipWithout } from './lib/missing.js'
import { howToInstall, isBuilt, libotr, otr3, otrr, potr, startPeer } from './lib/peers.js'
import { exchangeScenarios } from './lib/scenarios/exchange.js'
import { extraKeyScenarios, fragmentScenarios, heartbeatScenarios, messageScenarios } from './lib/scenarios/messages.js'
import { smpScenarios } from './lib/scenarios/smp.js'
import { scenario } from './lib/scenarios/stage.js'

describe('driver: the peers of others', function () {
  before(function () {
    const missing = [libotr, otr3, otrr, potr].filter((kind) => !isBuilt(kind)).map((kind) => kind.name)
    if (missing.length > 0) skipWithout(this, `no peer program for ${missing.join(', ')}: ${howToInstall}`)
  })

  for (const kind of [libotr, otr3, otrr, potr]) {
    it(`${kind.name} answers lines that are no request, and ends with its input`, async function () {
      const peer = startPeer(kind)
      try {
        expect((await peer.askRaw('this is no JSON')).response.ok).to.equal(false)
        expect((await peer.ask('no-such-command')).error?.code).to.be.oneOf(['UNSUPPORTED', 'OTR_STATE'])
        const hello = await request(peer, 'hello')
        expect(hello['protocol']).to.equal(1)
        expect(hello['features']).to.include.members([kind === potr ? 'v2' : 'v3', 'smp', 'fragments'])
      } finally {
        expect(await peer.close()).to.equal(0)
      }
    })
  }

  it('two libotr peers whose D-H Commits cross wait for ever', async function () {
    const pair = await Pair.open(libotr, libotr)
    try {
      await Promise.all([pair.ours.call('start', { to: pair.theirs.address }), pair.theirs.call('start', { to: pair.ours.address })])
      await pair.network.settle()
      expect(await pair.ours.states(pair.theirs)).to.not.include('encrypted')
    } finally {
      await pair.close()
    }
  })

  describe('libotr with otr3', () => {
    const stage = { our: libotr, their: otr3, version: 3 } as const
    exchangeScenarios(stage)
    messageScenarios(stage, { crossing: true })
    fragmentScenarios(stage, [150])
    heartbeatScenarios(stage)
    extraKeyScenarios(stage)
    smpScenarios(stage)
  })

  describe('libotr with otr3, version 2', () => {
    const stage = { our: libotr, their: otr3, version: 2, options: { versions: '2', theirVersions: '2' } } as const
    exchangeScenarios(stage)
    messageScenarios(stage, { crossing: true })
    fragmentScenarios(stage, [150])
    heartbeatScenarios(stage)
    smpScenarios(stage)
  })

  describe('libotr with python-potr, version 2', () => {
    const stage = { our: libotr, their: potr, version: 2, options: { versions: '2', theirVersions: '2' } } as const
    exchangeScenarios(stage)
    fragmentScenarios(stage, [150])
    scenario(stage, 'SMP both ways', {}, async (pair) => {
      await pair.establish(pair.theirs)
      for (const by of [pair.ours, pair.theirs]) {
        const other = pair.other(by)
        by.forget()
        other.forget()
        await by.call('smp-start', { to: other.address, secret: 'x', question: 'which letter?' })
        await pair.network.settle()
        await other.call('smp-answer', { to: by.address, secret: 'x' })
        await pair.network.settle()
        expect([by.smpEvents(), other.smpEvents()]).to.deep.equal([['succeeded'], ['asked', 'succeeded']])
      }
    })
  })

  describe('libotr with otrr, version 3', () => {
    const stage = { our: libotr, their: otrr, version: 3 } as const
    exchangeScenarios(stage)
    // Among them: what otrr loses, it loses from libotr too.
    messageScenarios(stage, { crossing: false })
  })

  // Its arithmetic takes seconds for each key exchange, so this is only a look at the program of ours around it.
  describe('otrr with otrr, version 4', () => {
    const stage = { our: otrr, their: otrr, version: 4, options: { versions: '4', theirVersions: '4' } } as const
    scenario(stage, 'a key exchange, messages both ways, SMP, the end', {}, async (pair) => {
      await pair.establish(pair.ours)
      await pair.say(pair.ours, 'hello')
      await pair.say(pair.theirs, 'hello to you')
      await pair.ours.call('smp-start', { to: pair.theirs.address, secret: 'x', question: 'which letter?' })
      await pair.network.settle()
      expect(pair.theirs.smpEvents()).to.deep.equal(['asked'])
      await pair.theirs.call('smp-answer', { to: pair.ours.address, secret: 'x' })
      await pair.network.settle()
      expect(pair.ours.smpEvents()).to.deep.equal(['succeeded'])
      expect(pair.theirs.smpEvents()).to.deep.equal(['asked', 'succeeded'])
      await pair.end(pair.theirs)
      expect(await pair.ours.states(pair.theirs)).to.deep.equal(['finished'])
    })
  })
})
