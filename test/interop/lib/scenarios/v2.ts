/** Everything of version 2, with one implementation: what version 3 has, without instance tags and without the extra key. */
import { expect } from 'chai'
import type { Pair } from '../pair.js'
import { crossingScenarios, exchangeScenarios, manyExchanges, renewalScenarios } from './exchange.js'
import { fragmentScenarios, heartbeatScenarios, messageScenarios } from './messages.js'
import { smpScenarios } from './smp.js'
import { scenario, type Stage } from './stage.js'

export function v2Scenarios(stage: Stage, size: { readonly exchanges: number; readonly crossings: number; readonly crossing: boolean; readonly fragments: readonly number[] }): void {
  exchangeScenarios(stage)
  crossingScenarios(stage, size.crossings)
  renewalScenarios(stage)
  messageScenarios(stage, { crossing: size.crossing })
  fragmentScenarios(stage, size.fragments)
  smpScenarios(stage)
  heartbeatScenarios(stage)
  forbiddenScenarios(stage)
  manyExchanges(stage, size.exchanges)
}

/** The base of a white-space tag, and its group for version 2. */
const tagBase = ' \t  \t\t\t\t \t \t \t  '
const tagOf2 = '  \t\t  \t '

/** Nobody has allowed version 2, and the other side has nothing else. */
function forbiddenScenarios(stage: Stage): void {
  const strict = { versions: '34' } as const

  scenario(stage, 'not allowed: their query, their tag and their D-H Commit get no answer', { ...strict, theirPolicy: { sendWhitespaceTag: true }, ourPolicy: { whitespaceStartsAke: true } }, async (pair) => {
    const { ours, theirs, network } = pair
    await theirs.call('start', { to: ours.address })
    await network.settle()
    await theirs.call('send', { to: ours.address, text: 'hello in clear' })
    await network.settle()
    expect(network.sentSince(0, theirs.address).some((line) => line.includes(tagBase)), 'they sent a tag').to.equal(true)
    expect(ours.clearTexts().at(-1)).to.equal('hello in clear')
    const mark = network.log.length
    // As if somebody on the way had asked in our name.
    await theirs.call('receive', { from: ours.address, message: '?OTRv2?' })
    await network.settle()
    expect(network.sentSince(mark, theirs.address).some((line) => line.startsWith('?OTR:AAIC')), 'they sent a D-H Commit').to.equal(true)
    await silent(pair, 0)
  })

  scenario(stage, 'not allowed: it stands in no offer of ours, and they answer none', { ...strict, ourPolicy: { sendWhitespaceTag: true }, theirPolicy: { whitespaceStartsAke: true } }, async (pair) => {
    const { ours, theirs, network } = pair
    await ours.call('send', { to: theirs.address, text: 'hello in clear' })
    await network.settle()
    await ours.call('start', { to: theirs.address })
    await network.settle()
    const [tagged, query, ...more] = network.sentSince(0, ours.address)
    expect(more).to.deep.equal([])
    expect(tagged).to.include(tagBase).and.not.include(tagOf2)
    expect(query).to.match(/^\?OTRv[34]{2}\?/)
    expect(network.sentSince(0, theirs.address)).to.deep.equal([])
    await neither(pair)
  })

  scenario(stage, 'a policy that requires encryption knows no version 2: the message waits, and nothing of it is offered', { ourPolicy: { requireEncryption: true } }, async (pair) => {
    const { ours, theirs, network } = pair
    await ours.call('send', { to: theirs.address, text: 'only in private' })
    await network.settle()
    await theirs.call('start', { to: ours.address })
    await network.settle()
    const lines = network.sentSince(0, ours.address)
    expect(lines.join('\n')).to.not.include('only in private').and.not.include('?OTR:')
    for (const line of lines) expect(line).to.match(/^\?OTRv[34]+\?/)
    await neither(pair)
  })
}

async function neither({ ours, theirs }: Pair): Promise<void> {
  expect([...await ours.states(theirs), ...await theirs.states(ours)]).to.not.include('encrypted')
}

/** We have sent nothing of OTR. */
async function silent(pair: Pair, mark: number): Promise<void> {
  expect(pair.network.sentSince(mark, pair.ours.address).filter((line) => line.includes('?OTR') || line.includes(tagBase))).to.deep.equal([])
  await neither(pair)
}
