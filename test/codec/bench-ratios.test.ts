import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ratiosOf, type Measured } from '../../scripts/bench-ratios.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const row = (build: Measured['build'], round: number, median: number, unit: Measured['unit'] = 'ms'): Measured =>
  ({ bench: 'v4-dake', implementation: 'otr4', build, round, median, unit })

/** The program's end. */
function bench(...args: readonly string[]): Promise<{ readonly status: unknown, readonly stdout: string, readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/bench.mjs', 'main', ...args], { cwd: root, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

describe('two builds side by side', () => {
  it('says how many times as good this one is: less time, more in a second', () => {
    const [ratio] = ratiosOf([row('here', 0, 10), row('there', 0, 20), row('there', 1, 30), row('here', 1, 10), row('here', 2, 40), row('there', 2, 20)])
    expect(ratio).to.deep.equal({ bench: 'v4-dake', implementation: 'otr4', unit: 'ms', here: 10, there: 20, ratio: 2, lowest: 0.5, highest: 3, rounds: 3 })
    expect(ratiosOf([row('here', 0, 10, 'per s'), row('there', 0, 20, 'per s')])[0]?.ratio).to.equal(0.5)
  })

  it('says nothing of a row that only one of them has', () => {
    expect(ratiosOf([row('here', 0, 10), { ...row('there', 0, 20), bench: 'v4-smp' }])).to.deep.equal([])
  })

  it('refuses what is no commit and what it does not know, before anything is built', async () => {
    for (const [args, said] of [
      [['--against', 'no-such-commit'], 'there is no commit no-such-commit'], [['--against'], '--against takes a commit'],
      [['--against', 'HEAD', '--rounds', '0'], '--rounds takes'], [['--against', 'HEAD', '--fast'], 'there is no --fast'],
    ] as const) {
      const { status, stdout, stderr } = await bench(...args)
      expect({ status, stdout }, args.join(' ')).to.deep.equal({ status: 2, stdout: '' })
      expect(stderr).to.include(said)
    }
  })

  it('builds another commit in a folder of its own, measures both, and leaves nothing behind', async function () {
    // Sources that came without their history have no other commit.
    if (!existsSync(`${root}.git`)) this.skip()
    this.timeout(180_000)
    const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('otr4-against-'))
    const before = folders()
    const { status, stdout, stderr } = await bench('--against', 'HEAD', '--rounds', '1', '--json', 'v3-message-20')
    expect(status, stderr).to.equal(0)
    const result = JSON.parse(stdout) as { readonly bench: string, readonly ratio: number, readonly rounds: number, readonly against: string }
    expect(result).to.include({ bench: 'v3-message-20', implementation: 'otr4', rounds: 1 })
    expect(result.ratio).to.be.above(0)
    expect(result.against).to.match(/^[0-9a-f]{40}$/)
    expect(folders().filter((name) => !before.includes(name))).to.deep.equal([])
  })
})
