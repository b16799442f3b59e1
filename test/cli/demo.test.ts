import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { otr4, temporaryFolder } from '../support/cli.js'

describe('otr4 demo', function () {
  this.timeout(60_000)

  it('tells the whole story', async () => {
    const { code, out, err } = await otr4(['demo', '--json'])
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
    const steps = out.trimEnd().split('\n').map((line) => JSON.parse(line) as { who: string | null, text: string })
    const said = (who: string | null): string => steps.filter((step) => step.who === who).map(({ text }) => text).join('\n')
    expect(said('alice')).to.include('talk privately')
    expect(said('bob')).not.to.equal('')
    expect(said('network')).to.match(/\?OTRv34\?/).and.match(/\?OTR:AAQ/)
    // What was said in private is in the story, and not in what the network saw.
    for (const secret of ['old mill', 'maps', 'lighthouse', 'bridge']) expect(said('network')).not.to.include(secret)
    expect(said(null)).to.match(/verified/i)
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const folder = temporaryFolder()
    const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
    const demo = spawn(process.execPath, ['--import=tsx', program, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder.path } })
    try {
      let err = ''
      demo.stderr.on('data', (data: Buffer) => { err += data.toString() })
      await once(demo.stdout, 'data')
      const ours = (): string[] => readdirSync(folder.path).filter((name) => name.startsWith('otr4-demo-'))
      expect(ours()).to.have.length(1)
      demo.kill('SIGINT')
      const [code] = await once(demo, 'exit') as [number | null]
      expect([code, err]).to.deep.equal([1, 'otr4: the demonstration failed: it was interrupted\n'])
      expect(ours()).to.deep.equal([])
    } finally {
      demo.kill('SIGKILL')
      folder.remove()
    }
  })

  it('fails with one line when a step does not happen', async () => {
    // Programs that cannot start: the story must not go on as if they had.
    const before = process.execArgv
    process.execArgv = [...before, '--no-such-option-of-node']
    try {
      const { code, err } = await otr4(['demo'])
      expect(code).to.equal(1)
      expect(err).to.match(/^otr4: the demonstration failed: [^\n]+\n$/)
    } finally {
      process.execArgv = before
    }
  })
})
