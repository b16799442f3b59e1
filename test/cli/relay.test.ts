import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { otr4 } from '../support/cli.js'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

describe('otr4 relay', () => {
  it('says where it listens, carries lines, and leaves when it is told to', async () => {
    const relay = spawn(process.execPath, ['--import=tsx', program, 'relay', '--listen', '127.0.0.1:0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [data] = await once(relay.stdout, 'data') as [Buffer]
      const { url } = JSON.parse(data.toString()) as { url: string }
      expect(url).to.match(/^ws:\/\/127\.0\.0\.1:\d+$/)
      const [alice, bob] = ['alice', 'bob'].map((name) => new RelayTransport({ url, name })) as [RelayTransport, RelayTransport]
      await Promise.all([alice.start(), bob.start()])
      const heard = new Promise((resolve) => { bob.on('message', resolve) })
      await alice.send('bob', 'hello')
      expect(await heard).to.include({ from: 'alice', text: 'hello' })
      await Promise.all([alice.close(), bob.close()])
      relay.kill('SIGTERM')
      const [code] = await once(relay, 'exit') as [number | null]
      expect(code).to.equal(0)
    } finally {
      relay.kill('SIGKILL')
    }
  })

  it('an address in use is said in one line', async () => {
    const other = await RelayServer.listen()
    const { code, err } = await otr4(['relay', '--listen', `127.0.0.1:${other.port}`])
    await other.close()
    expect(code).to.equal(2)
    expect(err).to.match(/^otr4: [^\n]*EADDRINUSE[^\n]*\n$/)
  })
})
