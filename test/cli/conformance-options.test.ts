/** What a person asks of a run: another partner, an end before the end, secrets in the report or not. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { otr4, temporaryFolder } from '../support/cli.js'

interface Report {
  readonly unusable?: string
  readonly peer: { readonly name: string, readonly version: string }
  readonly partner: { readonly name: string, readonly version: string }
  readonly results: readonly { readonly id: string, readonly outcome: string, readonly reason?: string, readonly fault?: string, readonly byPartner?: boolean }[]
}

const hostile = (how: string, at: string): string => `"${process.execPath}" test/support/hostile-peer.mjs ${how} ${at}`
const quick = ['--json', '--timeout', '20', '--jobs', '1']

async function judge(...args: string[]): Promise<{ code: number, report: Report }> {
  const { code, out } = await otr4(['conformance', ...quick, ...args])
  return { code, report: JSON.parse(out) as Report }
}

describe('otr4 conformance: what a person asks of a run', function () {
  this.timeout(180_000)
  let folder: ReturnType<typeof temporaryFolder>

  beforeEach(() => { folder = temporaryFolder() })
  afterEach(() => { folder.remove() })

  describe('--with', () => {
    it('takes a second program as the other side', async () => {
      const { code, report } = await judge('--peer', hostile('well', '-'), '--with', hostile('another', '-'), '--only', 'v3-offer-query-only-2')
      expect(report.peer).to.include({ name: 'hostile', version: 'well' })
      expect(report.partner).to.include({ name: 'hostile', version: 'another' })
      expect(report.results.map(({ outcome }) => outcome)).to.deep.equal(['passed'])
      expect(code).to.equal(0)
    })

    it("says whose fault it is when it is the second program's", async () => {
      const page = join(folder.path, 'page.html')
      const args = ['--peer', hostile('well', '-'), '--with', hostile('dies', 'start'), '--only', 'v3-ake-asked-by-partner']
      const { code, report } = await judge(...args, '--html', page)
      expect(report.results[0]).to.include({ outcome: 'failed', fault: 'died', byPartner: true })
      expect(readFileSync(page, 'utf8')).to.include('whose fault').and.include('the partner&#39;s')
      expect(code).to.equal(1)
      const table = await otr4(['conformance', ...args, ...quick.slice(1)])
      expect(table.out).to.include("the fault is the partner's")
    })

    it('runs nothing when the second program cannot be used, and names it', async () => {
      const { code, report } = await judge('--peer', hostile('well', '-'), '--with', hostile('no-json', 'hello'), '--only', 'v3-offer-own-query')
      expect(report.unusable).to.match(/^the partner: /)
      expect(report.results.map(({ outcome }) => outcome)).to.deep.equal(['not-run'])
      expect(code).to.equal(1)
    })
  })

  it('ends on Ctrl-C: the verdict so far is written, and no program is left', async () => {
    const pids = join(folder.path, 'pids')
    const html = join(folder.path, 'page.html')
    // The first scenario passes, the next one is never answered.
    const peer = `echo $$ >> "${pids}"; exec ${hostile('silent', 'start')}`
    const child = spawn(process.execPath, [
      '--import', 'tsx', 'src/cli/main.ts', 'conformance', '--peer', peer, '--only', 'v3-offer-query-only-2', '--only', 'v3-offer-own-query', '--only', 'v3-ake-asked-by-peer',
      '--json', '--jobs', '1', '--timeout', '300', '--html', html,
    ])
    let out = ''
    let told = ''
    child.stdout.on('data', (data: Buffer) => { out += data.toString() })
    const ready = new Promise<void>((resolve) => {
      child.stderr.on('data', (data: Buffer) => {
        told += data.toString()
        if (/1 of 3/.test(told)) setTimeout(resolve, 500)
      })
    })
    const ended = once(child, 'close')
    await Promise.race([ready, ended])
    child.kill('SIGINT')
    const [code] = await ended as [number | null]
    expect(code, told).to.equal(1)
    const { results } = JSON.parse(out) as Report
    expect(results.map(({ outcome }) => outcome).sort()).to.deep.equal(['not-run', 'not-run', 'passed'])
    expect(results.find(({ outcome }) => outcome === 'not-run')?.reason).to.equal('the run was stopped')
    expect(existsSync(html)).to.equal(true)
    const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number)
    expect(started.length).to.be.greaterThan(1)
    for (const pid of started) expect(() => process.kill(pid, 0), `the program ${pid}`).to.throw(/ESRCH/)
  })

  describe('--keep-secrets', () => {
    it('only then keys are in the report', async () => {
      const html = join(folder.path, 'page.html')
      for (const more of [[], ['--keep-secrets']]) {
        const { report } = await judge('--peer', hostile('well', '-'), '--only', 'v3-ake-asked-by-peer', '--html', html, ...more)
        const texts = [readFileSync(html, 'utf8'), JSON.stringify(report)]
        for (const text of texts) expect(text.includes('(privkeys'), more.join()).to.equal(more.length > 0)
        for (const text of texts) expect(text.includes('(secret)'), more.join()).to.equal(more.length === 0)
      }
    })
  })

  it('says of a program that goes on after "bye" that it does', async () => {
    const { report } = await judge('--peer', hostile('well', '-'), '--only', 'peer-end-of-input', '--only', 'peer-bye', '--timeout', '5')
    expect(report.results.map(({ id, outcome, fault }) => [id, outcome, fault])).to.deep.equal([['peer-end-of-input', 'passed', undefined], ['peer-bye', 'failed', 'silent']])
  })
})
