/** Key exchanges: begun by either side, again, crossing, by a tag, by a message that may not go out in clear, many in a row. */
import { expect } from 'chai'
import type { Pair } from '../pair.js'
import type { Party } from '../../../../src/conformance/party.js'
import { otr4 } from '../peers.js'
import { scenario, sides, type Stage } from './stage.js'

const encryptedEvents = (party: Party): number => party.of('state').filter((event) => event.state === 'encrypted').length

export function exchangeScenarios(stage: Stage): void {
  const { their } = stage
  for (const side of sides) {
    scenario(stage, `a key exchange that ${stage[side === 'ours' ? 'our' : 'their'].name} asks for: one SSID, the right fingerprints`, {}, async (pair) => {
      const { ours, theirs } = await pair.establish(pair[side])
      expect(ours.version).to.equal(stage.version)
      expect(theirs.version).to.equal(stage.version)
      expect(encryptedEvents(pair.ours), 'our state events').to.equal(1)
      expect(encryptedEvents(pair.theirs), 'their state events').to.equal(1)
      expect(pair.network.log.slice(1).every((parcel) => parcel.message.startsWith('?OTR:AA')), 'only encoded messages after the query').to.equal(true)
      if (stage.version !== 4) expect(ours.fingerprint, 'their fingerprint as we see it').to.equal(pair.theirFingerprint)
      if (!their.lacks.includes('fingerprint')) expect(theirs.fingerprint, 'our fingerprint as they see it').to.equal(pair.ourFingerprint)
      if (!their.lacks.includes('ssid-bold')) {
        expect([ours.ssidBold, theirs.ssidBold]).to.have.members(['first', 'second'])
        expect(ours.initiator).to.equal(!theirs.initiator)
      }
      await pair.say(pair.ours, 'hello from us')
      await pair.say(pair.theirs, 'hello from them')
    })

    scenario(stage, `${stage[side === 'ours' ? 'our' : 'their'].name} disconnects: nothing leaks, and a new session stands`, {}, async (pair) => {
      const by = pair[side]
      const other = pair.other(by)
      const first = await pair.establish(pair.ours)
      await pair.say(by, 'before')
      await pair.end(by)
      expect(await by.states(other)).to.not.include('encrypted')
      expect(await other.states(by)).to.deep.equal(['finished'])
      const mark = pair.network.log.length
      await other.refusal('send', { to: by.address, text: 'not for everybody' })
      expect(pair.network.sentSince(mark).join('\n'), 'the wire').to.not.include('not for everybody')
      await pair.network.settle()
      if (!(await other.states(by)).includes('encrypted')) await pair.end(other)
      const second = await pair.establish(by)
      expect(second.ours.ssid).to.not.equal(first.ours.ssid)
      other.forget()
      by.forget()
      await pair.say(other, 'after')
      await pair.say(by, 'after, too')
    })

    if (side === 'theirs' || !their.lacks.includes('refresh')) {
      scenario(stage, `${stage[side === 'ours' ? 'our' : 'their'].name} asks again in a running session: new keys, same people`, {}, async (pair) => {
        const first = await pair.establish(pair.theirs)
        await pair.say(pair.ours, 'old keys')
        const second = await pair.establish(pair[side])
        expect(second.ours.ssid).to.not.equal(first.ours.ssid)
        expect(second.ours.fingerprint).to.equal(first.ours.fingerprint)
        await pair.say(pair.theirs, 'new keys')
        await pair.say(pair.ours, 'new keys here, too')
      })
    }
  }

  scenario(stage, 'a white-space tag of theirs begins a session, and nobody sees it', {
    theirPolicy: { sendWhitespaceTag: true }, ourPolicy: { whitespaceStartsAke: true },
  }, (pair) => tagged(pair, pair.theirs, pair.ours))

  scenario(stage, 'a white-space tag of ours begins a session, and nobody sees it', {
    ...their.readsLastTagOnly ? { versions: String(stage.version) } : {},
    ourPolicy: { sendWhitespaceTag: true }, theirPolicy: { whitespaceStartsAke: true },
  }, (pair) => tagged(pair, pair.ours, pair.theirs))

  // Where encryption is required there is no version 2 of ours.
  if (stage.version !== 2 || stage.our !== otr4) scenario(stage, 'our policy requires encryption: the message waits for the session', { ourPolicy: { requireEncryption: true } }, (pair) =>
    held(pair, pair.ours, pair.theirs, false))

  scenario(stage, 'their policy requires encryption: the message does not go out in clear', { theirPolicy: { requireEncryption: true } }, (pair) =>
    held(pair, pair.theirs, pair.ours, their.forgetsHeldText === true))
}

/**
 * What the other side wrote is still under way when new keys stand, and arrives then. (libotr itself falls to plaintext in the middle of such
 * a key exchange, so on a network that keeps the order only a correspondent like us writes under the old keys so long.)
 */
export function renewalScenarios(stage: Stage): void {
  for (const side of sides) {
    if (side === 'ours' && stage.their.lacks.includes('refresh')) continue
    scenario(stage, `what was written before ${stage[side === 'ours' ? 'our' : 'their'].name} asked for new keys, and arrives after, is read once`, {}, async (pair) => {
      const { ours, theirs, network } = pair
      await pair.establish(theirs)
      const late: string[] = []
      for (const round of [1, 2, 3]) {
        await pair.say(ours, `to them ${round}`)
        await pair.say(theirs, `to us ${round}`)
      }
      network.hook = (parcel) => {
        if (parcel.from === theirs.address) late.push(parcel.message)
        return parcel.from === theirs.address ? [] : [parcel]
      }
      for (const text of ['late 1', 'late 2']) await theirs.call('send', { to: ours.address, text })
      network.hook = (parcel) => [parcel]
      await pair.establish(pair[side])
      ours.forget()
      for (const message of late) await ours.call('receive', { from: theirs.address, message })
      expect(ours.privateTexts()).to.deep.equal(['late 1', 'late 2'])
      for (const message of late) await ours.call('receive', { from: theirs.address, message })
      expect(ours.privateTexts()).to.deep.equal(['late 1', 'late 2'])
      expect(ours.notices()).to.deep.equal(late.map(() => 'duplicate'))
      await pair.say(theirs, 'new keys')
      await pair.say(ours, 'new keys here, too')
    })
  }
}

async function tagged(pair: Pair, from: Party, to: Party): Promise<void> {
  await from.call('send', { to: to.address, text: 'hello in clear' })
  await pair.settleExchange()
  expect(to.clearTexts()).to.deep.equal(['hello in clear'])
  await pair.expectEncrypted()
  await pair.say(from, 'hello in private')
  await pair.say(to, 'hello to you')
}

async function held(pair: Pair, from: Party, to: Party, forgotten: boolean): Promise<void> {
  await from.call('send', { to: to.address, text: 'only in private' })
  await pair.settleExchange()
  expect(pair.network.sentSince(0).join('\n'), 'the wire').to.not.include('only in private')
  await pair.expectEncrypted()
  expect(to.privateTexts()).to.deep.equal(forgotten ? [] : ['only in private'])
  expect(to.clearTexts().join('\n')).to.not.include('only in private')
  await pair.say(to, 'an answer')
}

/** Two queries, two first messages that cross: in every order of arrival both end in one session. */
export function crossingScenarios(stage: Stage, seeds: number): void {
  const meet = async (pair: Pair): Promise<void> => {
    await Promise.all([pair.ours.call('start', { to: pair.theirs.address }), pair.theirs.call('start', { to: pair.ours.address })])
    await pair.network.settle()
    for (let wait = 0; wait < 6; wait++) {
      const states = [...await pair.ours.states(pair.theirs), ...await pair.theirs.states(pair.ours)]
      if (states.filter((state) => state === 'encrypted').length === 2 && await sameSsid(pair)) break
      // One side has to begin again by itself; ours does after its retry time.
      await pair.pass(30)
    }
    if (stage.their.forgetsItsCommit && !(await pair.theirs.states(pair.ours)).includes('encrypted')) await pair.establish(pair.theirs)
    await pair.expectEncrypted()
    await pair.say(pair.theirs, 'here')
    await pair.say(pair.ours, 'there')
  }
  const sameSsid = async (pair: Pair): Promise<boolean> =>
    (await pair.ours.encrypted(pair.theirs)).ssid === (await pair.theirs.encrypted(pair.ours)).ssid

  scenario(stage, `both begin at once, ${seeds} orders of arrival: one session`, {}, async (pair) => {
    for (let seed = 1; seed <= seeds; seed++) {
      pair.network.shuffleDirections(seed)
      await meet(pair)
      await pair.end(seed % 2 === 0 ? pair.ours : pair.theirs)
      await pair.end(seed % 2 === 0 ? pair.theirs : pair.ours)
    }
  })
}

/** `count` sessions one after the other, begun and ended by turns. Not one fails. */
export function manyExchanges(stage: Stage, count: number): void {
  scenario(stage, `${count} key exchanges in a row, none fails`, {}, async (pair) => {
    const ssids = new Set<string | undefined>()
    for (let i = 0; i < count; i++) {
      const { ours } = await pair.establish(i % 2 === 0 ? pair.ours : pair.theirs)
      ssids.add(ours.ssid)
      await pair.say(i % 3 === 0 ? pair.ours : pair.theirs, `session ${i}`)
      const [first, second] = i % 4 < 2 ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours]
      await pair.end(first)
      await pair.end(second)
      pair.ours.forget()
      pair.theirs.forget()
    }
    expect(ssids.size, 'SSIDs').to.equal(count)
  })
}
