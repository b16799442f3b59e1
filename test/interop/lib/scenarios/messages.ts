/** Messages: many in random turns, through fragments, with TLVs, twice on the wire, and heartbeats. */
import { expect } from 'chai'
import type { Pair } from '../pair.js'
import type { Party } from '../../../../src/conformance/party.js'
import { seededRandom } from '../../../../src/conformance/random.js'
import { scenario, scenarioBy, sides, type Stage } from './stage.js'

/**
 * `each` messages from each side, in turns drawn from `seed`. With `crossing`, several are under way at once in both directions.
 * All arrive, whole, in order. With a correspondent that bears nothing else, turns alternate.
 */
export async function randomTurns(pair: Pair, each: number, seed: number, crossing: boolean): Promise<void> {
  const random = seededRandom(seed)
  const parties = [pair.ours, pair.theirs]
  const alternate = await onlyAlternating(pair)
  const sent = new Map<Party, string[]>(parties.map((party) => [party, []]))
  const read = new Map<Party, number>(parties.map((party) => [party, party.privateTexts().length]))
  if (crossing) pair.network.shuffleDirections(seed)
  for (;;) {
    const open = parties.filter((party) => sent.get(party)!.length < each)
    if (open.length === 0) break
    const from = alternate ? parties[sent.get(pair.ours)!.length - sent.get(pair.theirs)!.length]! : random.pick(open)
    const list = sent.get(from)!
    const text = `${list.length}: ${random.text(1 + random.below(random.below(10) === 0 ? 1500 : 60))}`.trim()
    list.push(text)
    await from.call('send', { to: pair.other(from).address, text })
    if (!crossing || random.below(3) === 0) await pair.network.settle()
  }
  await pair.network.settle()
  for (const party of parties) {
    const other = pair.other(party)
    expect(other.privateTexts().slice(read.get(other)), `${other.name} reads`).to.deep.equal(sent.get(party))
  }
  expect(pair.network.log.every(({ message }) => message.startsWith('?OTR')), 'nothing in clear').to.equal(true)
}

async function onlyAlternating(pair: Pair): Promise<boolean> {
  return pair.theirKind.losesAfterTwoInARow === true && (await pair.ours.encrypted(pair.theirs)).version === 3
}

const emptyPiece = /^\?OTR[|,].*\d+,\d+,,$/

/** One message; begun again when the other implementation cut it into pieces of which one is empty, which nobody may accept. */
async function sayInPieces(pair: Pair, from: Party, text: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const to = pair.other(from)
    await pair.giveTurn(from)
    const before = to.privateTexts().length
    const mark = pair.network.log.length
    const padded = text + '.'.repeat(attempt)
    await from.call('send', { to: to.address, text: padded })
    await pair.network.settle()
    if (from === pair.theirs && attempt < 5 && pair.network.sentSince(mark, from.address).some((line) => emptyPiece.test(line))) continue
    expect(to.privateTexts().slice(before), `${to.name} reads`).to.deep.equal([padded])
    return
  }
}

async function establishInPieces(pair: Pair, starter: Party): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const mark = pair.network.log.length
    await starter.call('start', { to: pair.other(starter).address })
    await pair.settleExchange()
    if (attempt === 5 || !pair.network.sentSince(mark, pair.theirs.address).some((line) => emptyPiece.test(line))) break
    await pair.end(pair.theirs)
    await pair.end(pair.ours)
  }
  await pair.expectEncrypted()
}

export function fragmentScenarios(stage: Stage, limits: readonly number[]): void {
  for (const limit of limits) {
    for (const side of sides) {
      scenario(stage, `fragments of at most ${limit} characters both ways, begun by ${stage[side === 'ours' ? 'our' : 'their'].name}`, {
        policy: { maxMessageLength: limit },
      }, async (pair) => {
        await establishInPieces(pair, pair[side])
        const random = seededRandom(limit)
        for (const length of [1, 40, 300, 2000, 6000]) {
          for (const from of [pair.ours, pair.theirs]) await sayInPieces(pair, from, random.text(length).trim() || '-')
        }
        for (const from of [pair.ours, pair.theirs]) {
          const lines = pair.network.sentSince(0, from.address).filter((line) => /^\?OTR[:|,]/.test(line))
          expect(lines.filter((line) => line.startsWith(stage.version === 2 ? '?OTR,' : '?OTR|')).length, `${from.name} sends fragments`).to.be.greaterThan(20)
          expect(Math.max(...lines.map((line) => line.length)), `${from.name}'s longest line`).to.be.at.most(limit)
        }
      })
    }
  }
}

/**
 * otr3 cuts a message whose length is a multiple of its pieces into one more than it has something for. At this limit that is every
 * short one: what it sends is filled up to one length.
 */
export function emptyPieceScenario(stage: Stage, limit: number): void {
  scenario(stage, `${stage.their.name} ends a message with an empty fragment, and it is read`, { theirPolicy: { maxMessageLength: limit } }, async (pair) => {
    await pair.establish(pair.theirs)
    const mark = pair.network.log.length
    // With an answer between them, keys to reveal make some longer.
    for (let i = 0; i < 10; i++) await pair.say(pair.theirs, `short ${i}`)
    await pair.say(pair.ours, 'answer')
    await pair.say(pair.theirs, 'after')
    const empty = pair.network.sentSince(mark, pair.theirs.address).filter((line) => /,\d+,\d+,,$/.test(line))
    expect(empty.length, 'empty fragments of theirs').to.be.at.least(10)
    expect(pair.ours.notices()).to.not.include('fragment-discarded').and.not.include('malformed')
  })
}

export function messageScenarios(stage: Stage, options: { readonly crossing: boolean }): void {
  scenario(stage, `200 messages each way ${stage.version === 3 && stage.their.losesAfterTwoInARow ? 'by turns' : 'in random turns'}`, {}, async (pair) => {
    await pair.establish(pair.ours)
    await randomTurns(pair, 200, 20_001, options.crossing)
  })

  scenario(stage, 'long messages and odd characters, byte for byte', {}, async (pair) => {
    await pair.establish(pair.theirs)
    const texts = ['<b>not bold</b> &lt; \' " <3', 'a\nb\tc', 'äöü 中文 🙂 \u202Ertl', '?OTR in the middle ?OTRv3?', 'x'.repeat(30_000)]
    for (const text of texts) {
      await pair.say(pair.ours, text)
      await pair.say(pair.theirs, text)
    }
  })

  scenarioBy(stage, 'theirs', { lack: 'tlvs' }, 'TLVs of unknown types arrive with their message', {}, async (pair, their) => {
    await pair.establish(pair.ours)
    const value = Buffer.from('anything\0at all').toString('base64')
    for (const from of [pair.ours, their]) {
      const to = pair.other(from)
      await from.call('send', { to: to.address, text: 'with something', tlvs: [{ type: 0x1234, value }, { type: 0x0102, value: '' }] })
      await pair.network.settle()
      expect(to.privateTexts()).to.deep.equal(['with something'])
      expect(to.of('tlv').map((event) => [event.tlvType, event.value])).to.deep.equal([[0x1234, value], [0x0102, '']])
    }
  })

  scenario(stage, 'every line arrives twice: the session stands, each message is read once', {}, async (pair) => {
    pair.network.hook = (parcel) => [parcel, parcel]
    await pair.ours.call('start', { to: pair.theirs.address })
    await pair.settleExchange()
    pair.network.hook = (parcel) => [parcel]
    if (!(await pair.ours.states(pair.theirs)).includes('encrypted')) await pair.establish(pair.ours)
    await pair.expectEncrypted()
    pair.network.hook = (parcel) => parcel.from === pair.theirs.address ? [parcel, parcel] : [parcel]
    for (let i = 0; i < 10; i++) {
      await pair.say(pair.theirs, `once ${i}`)
      await pair.say(pair.ours, `answer ${i}`)
    }
  })

  if (stage.version === 3 && stage.their.losesAfterTwoInARow) {
    scenario(stage, 'it loses what comes after two messages in a row, and a new key exchange mends that', {}, async (pair) => {
      await pair.establish(pair.theirs)
      for (const text of ['one', 'two']) {
        await pair.ours.call('send', { to: pair.theirs.address, text })
        await pair.network.settle()
      }
      await pair.say(pair.theirs, 'your turn')
      await pair.ours.call('send', { to: pair.theirs.address, text: 'three' })
      await pair.network.settle()
      expect(pair.theirs.privateTexts()).to.deep.equal(['one', 'two'])
      await pair.establish(pair.theirs)
      await pair.say(pair.ours, 'four')
    })
    return
  }
  scenario(stage, 'lost messages: those that arrive are read', {}, async (pair) => {
    await pair.establish(pair.theirs)
    const random = seededRandom(7)
    for (let i = 0; i < 30; i++) {
      const from = random.pick([pair.ours, pair.theirs])
      // A correspondent without stored keys reads nothing that was overtaken, but all that comes in order.
      if (stage.version !== 4 && random.below(3) === 0) {
        pair.network.hook = () => []
        await from.call('send', { to: pair.other(from).address, text: 'lost' })
        pair.network.hook = (parcel) => [parcel]
      }
      await pair.say(from, `arrives ${i}`)
    }
  })
}

export function heartbeatScenarios(stage: Stage): void {
  for (const side of sides) {
    scenarioBy(stage, side, { lack: 'heartbeat' }, `${stage[side === 'ours' ? 'our' : 'their'].name} answers after a long silence with a heartbeat that nobody sees`, {
      // libotr's sixty seconds cannot be changed.
      ...side === 'ours' && stage.our.name === 'otr4' ? { ourPolicy: { heartbeatAfter: 60 } } : {},
    }, async (pair, by, other) => {
      await pair.establish(pair.ours)
      await pair.say(by, 'last word for a while')
      await pair.pass(3600)
      const mark = pair.network.log.length
      by.forget()
      other.forget()
      await other.call('send', { to: by.address, text: 'still there?' })
      await pair.network.settle()
      expect(by.privateTexts()).to.deep.equal(['still there?'])
      const beats = pair.network.sentSince(mark, by.address)
      expect(beats, `what ${by.name} sends by itself`).to.have.length(1)
      expect(beats[0]).to.match(/^\?OTR:AA/)
      expect(other.of('message'), 'messages shown').to.deep.equal([])
      expect(other.notices().filter((code) => code !== 'heartbeat-received'), 'complaints').to.deep.equal([])
      await pair.say(other, 'good')
      await pair.say(by, 'good indeed')
    })
  }
}

export function extraKeyScenarios(stage: Stage): void {
  for (const side of sides) {
    // Who cannot use one does not notice one either.
    if ((side === 'ours' ? stage.their : stage.our).lacks.includes('extra-key')) continue
    scenarioBy(stage, side, { lack: 'extra-key', cmd: 'extra-key' }, `${stage[side === 'ours' ? 'our' : 'their'].name} uses an extra key: both have the same`, {}, async (pair, by, other) => {
      await pair.establish(other)
      await pair.say(by, 'first some text')
      const data = Buffer.from('photo.jpg\0\u00ff', 'latin1').toString('base64')
      const keys: unknown[] = []
      for (const context of [1, 0xfffffffe]) {
        other.forget()
        const response = await by.call('extra-key', { to: other.address, context, data })
        await pair.network.settle()
        expect(response['key']).to.match(/^[0-9a-f]{64}$/)
        const [event, ...more] = other.of('extra-key')
        expect(more).to.deep.equal([])
        expect([event?.key, event?.context, event?.data]).to.deep.equal([response['key'], context, data])
        expect(other.of('message')).to.deep.equal([])
        keys.push(response['key'])
        await pair.say(other, 'got it')
        await pair.say(by, 'fine')
      }
      expect(new Set(keys).size, 'different keys').to.equal(2)
    })
  }
}
