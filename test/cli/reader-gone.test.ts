import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { endWhenReaderGone } from '../../src/cli/reader-gone.js'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

describe('otr4 whose reader is gone', () => {
  it('ends quietly, as `otr4 inspect - | head` has to', async () => {
    const child = spawn(process.execPath, ['--import=tsx', program, 'inspect', '-'], { stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
    child.stdin.on('error', () => undefined)
    child.stdout.destroy()
    child.stdin.end('?OTRv34?\n'.repeat(100))
    const [code] = await once(child, 'close') as [number | null]
    expect([code, said]).to.deep.equal([0, ''])
  })

  it('ends as if a signal had come where a command waits for one, and only once', () => {
    const stdout = new PassThrough()
    endWhenReaderGone([stdout])
    let ends = 0
    const end = (): void => { ends++ }
    process.on('SIGTERM', end)
    try {
      for (let n = 0; n < 3; n++) stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      expect(ends).to.equal(1)
      expect(() => stdout.emit('error', new Error('another'))).to.throw('another')
    } finally {
      process.off('SIGTERM', end)
    }
  })
})
