import { expect } from 'chai'
import { allScenarios } from '../../src/conformance/scenarios/index.js'
import { groups } from '../../src/conformance/scenario.js'
import { otr4 } from '../support/cli.js'

const ourPeer = `"${process.execPath}" --import tsx src/cli/main.ts peer`

describe('otr4 conformance', () => {
  it('lists every scenario in its group, and explains each', async () => {
    const { code, out } = await otr4(['conformance', '--list'])
    expect(code).to.equal(0)
    for (const { id } of allScenarios) expect(out).to.include(`  ${id}  `)
    const [first] = allScenarios
    const explained = await otr4(['conformance', '--explain', first!.id])
    expect(explained.out).to.include(first!.title).and.include(first!.why).and.include(first!.expected)
  })

  it('has each scenario once, in the order of the groups', () => {
    const order = Object.keys(groups)
    expect(new Set(allScenarios.map(({ id }) => id)).size).to.equal(allScenarios.length)
    const places = allScenarios.map(({ group }) => order.indexOf(group))
    expect(places).to.deep.equal([...places].sort((a, b) => a - b))
    for (const { id, group, title } of allScenarios) {
      expect(id).to.match(/^[a-z0-9-]+$/).and.satisfy((one: string) => one.startsWith(`${group}-`))
      expect(title, id).to.not.match(/\.$/)
    }
  })

  it('finds no fault in our own peer in a group', async function () {
    this.timeout(120_000)
    const { code, out } = await otr4(['conformance', '--peer', ourPeer, '--only', 'v3-ake-asked-by-peer', '--only', 'v3-offer-query'])
    expect(out).to.match(/all +2 /)
    expect(code, out).to.equal(0)
  })

  it('refuses arguments that make no sense', async () => {
    for (const args of [[], ['--peer', ' '], ['--peer', 'true', '--group', 'v5'], ['--peer', 'true', '--only', 'nothing'], ['--explain', 'nothing'], ['--peer', 'true', '--jobs', '0']]) {
      expect((await otr4(['conformance', ...args])).code, args.join(' ')).to.equal(2)
    }
  })
})
