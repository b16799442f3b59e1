/** Programs that break the peer protocol: each fault is named in the report, the run ends, and nothing is thrown. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { otr4, temporaryFolder } from '../support/cli.js'

interface Report {
  readonly unusable?: string
  readonly results: readonly { readonly id: string, readonly outcome: string, readonly reason?: string, readonly fault?: string, readonly preceding?: string }[]
}

const hostile = (how: string, at: string): string => `"${process.execPath}" test/support/hostile-peer.mjs ${how} ${at}`

async function judge(command: string, ...more: string[]): Promise<{ code: number, report: Report, err: string }> {
  const { code, out, err } = await otr4(['conformance', '--peer', command, '--json', '--timeout', '2', '--jobs', '1', ...more])
  return { code, report: JSON.parse(out) as Report, err }
}

const scenario = ['--only', 'v3-offer-own-query']

describe('otr4 conformance with hostile programs', function () {
  this.timeout(60_000)

  for (const [how, fault, told] of [
    ['silent', 'silent', 'no answer in time'],
    ['dies', 'died', 'exit code 3'],
    ['killed', 'died', 'SIGSEGV'],
    ['no-json', 'not-json', 'Segmentation fault'],
    ['no-object', 'not-json', '[1]'],
    ['wrong-id', 'wrong-id', '"x"'],
    ['old-id', 'out-of-order', 'instead of'],
    ['no-id', 'wrong-id', 'none'],
    ['no-ok', 'bad-answer', '"ok"'],
    ['bad-event', 'bad-answer', '"to"'],
    ['bad-error', 'bad-answer', '"error"'],
    ['unasked', 'unasked', '"id"'],
    ['floods', 'flooded', 'without the end of a line'],
    ['chatters', 'bad-answer', '"ok"'],
  ] as const) {
    it(`names what a program does that ${how}, with the request before it`, async () => {
      const { code, report } = await judge(hostile(how, 'start'), ...scenario)
      const [result] = report.results
      expect(result).to.include({ outcome: 'failed', fault })
      expect(result?.reason).to.include(told)
      expect(JSON.parse(result?.preceding ?? '{}')).to.include({ cmd: 'start' })
      expect(code).to.equal(1)
    })

    it(`runs nothing with a program that ${how} at once`, async () => {
      const { code, report } = await judge(hostile(how, 'hello'), ...scenario)
      expect(report.results.map(({ outcome }) => outcome)).to.deep.equal(['not-run'])
      expect(report.unusable).to.be.a('string').and.not.equal('')
      expect(code).to.equal(1)
    })
  }

  it('names a program that cannot be started, or speaks another protocol', async () => {
    for (const command of ['/no/such/program', 'true', 'cat']) {
      const { code, report } = await judge(command, ...scenario)
      expect(report.unusable, command).to.be.a('string').and.not.equal('')
      expect(code).to.equal(1)
    }
  })

  it('starts a program that died again for the next scenario', async () => {
    const { report } = await judge(hostile('dies', 'start'), ...scenario, '--only', 'v3-offer-plain-text', '--only', 'v3-offer-query-only-2')
    expect(report.results.flatMap(({ id, fault }) => fault === undefined ? [] : [`${id} ${fault}`])).to.deep.equal(['v3-offer-own-query died'])
    expect(report.results.find(({ id }) => id === 'v3-offer-query-only-2')?.outcome).to.equal('passed')
  })

  it('fails a program that claims what it then calls unsupported', async () => {
    const { report } = await judge(hostile('lies', 'smp-start'), '--only', 'v3-smp-same-by-peer')
    expect(report.results[0]).to.include({ outcome: 'failed' })
    const unclaimed = await judge(hostile('lies', 'policy'), '--only', 'v3-offer-own-tag')
    expect(unclaimed.report.results[0]).to.include({ outcome: 'unsupported' })
  })

  it('ends when two programs answer each other without an end', async () => {
    const { report } = await judge(hostile('answers-for-ever', 'receive'), '--only', 'v3-ake-asked-by-partner')
    expect(report.results[0]).to.include({ outcome: 'failed' })
  })

  it('stops after the time for the whole run', async () => {
    const { code, report } = await judge(hostile('silent', 'receive'), '--group', 'v3-offer', '--limit', '1')
    expect(report.results.filter(({ outcome }) => outcome === 'not-run').length).to.be.greaterThan(10)
    expect(code).to.equal(1)
  })

  it('escapes all that a program says in HTML and in XML', async () => {
    const folder = temporaryFolder()
    try {
      const [html, junit] = [join(folder.path, 'r.html'), join(folder.path, 'r.xml')]
      await judge(hostile('dies', 'start'), ...scenario, '--html', html, '--junit', junit)
      const page = readFileSync(html, 'utf8')
      const xml = readFileSync(junit, 'utf8')
      for (const text of [page, xml]) {
        expect(text).to.include('&lt;b&gt;x&lt;/b&gt;')
        expect(text).to.not.include('<b>x</b>')
      }
      expect(page).to.not.match(/<script|src=|url\(|<link/)
      expect(page).to.include('v3-offer-own-query')
      expect(xml).to.match(/tests="1" failures="1"/)
    } finally {
      folder.remove()
    }
  })
})
