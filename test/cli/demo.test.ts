import { spawn } from 'node:child_process'
import { expect } from 'chai'

const root = new URL('../../', import.meta.url)

async function demo(...args: string[]): Promise<{ readonly code: number | null, readonly out: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'demo', ...args], { cwd: root, env: { ...process.env, NO_COLOR: '1' } })
  let out = ''
  child.stdout.on('data', (data: Buffer) => { out += data.toString() })
  const code = await new Promise<number | null>((resolve) => { child.on('close', resolve) })
  return { code, out }
}

describe('otr4 demo', function () {
  this.timeout(60_000)

  it('tells the whole story, and each part of it has happened', async () => {
    const { code, out } = await demo('--json')
    const steps = out.trim().split('\n').map((line) => JSON.parse(line) as { who: string | null, text: string })
    expect(code).to.equal(0)
    const network = steps.filter(({ who }) => who === 'network').map(({ text }) => text)
    expect(network.map((text) => /^\((\w+(?:-\w)?)\)/.exec(text)?.[1]).filter((name) => name !== undefined))
      .to.deep.equal(['offer', 'Identity', 'Auth-R', 'Auth-I'])
    expect(network.join('\n')).not.to.match(/mill|maps|lighthouse|still there/)
    expect(steps.filter(({ who }) => who === 'alice')[1]?.text).to.equal('the meeting is at the old mill')
    expect(steps.some(({ who, text }) => who === null && text.includes('delivered: third, second, first'))).to.equal(true)
    expect(steps.filter(({ who }) => who === 'carol')).to.have.length(1)
  })
})
