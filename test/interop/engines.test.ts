/**
 * The WebAssembly modules in other engines: each must give the answers that noble and BigInt gave. `npm run check:engines` is the same by
 * hand, and takes `--rounds 100000`.
 */
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { needsChromium } from './lib/missing.js'
import { inCI } from './lib/peers.js'

function check(engine: string): Promise<{ status: number | null, output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['scripts/check-engines.mjs', '--rounds', '1000', '--twins', engine], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (data: Buffer) => { output += data.toString() })
    child.stderr.on('data', (data: Buffer) => { output += data.toString() })
    child.on('close', (status) => { resolve({ status, output }) })
  })
}

describe('the WebAssembly modules give what noble and BigInt give', () => {
  for (const engine of ['node20', 'node22', 'node24', 'node26', 'chromium']) {
    it(`in ${engine}: 1000 inputs a function, and the edges`, async function () {
      this.timeout(300_000)
      if (engine === 'chromium') needsChromium(this)
      const { status, output } = await check(engine)
      // No registry answers, where this version of Node would come from.
      if (!inCI && /no answer: .*(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|E404)/s.test(output)) this.skip()
      expect(output).to.include(`${engine}: equal, 1000 inputs a function`)
      expect(status).to.equal(0)
    })
  }
})
