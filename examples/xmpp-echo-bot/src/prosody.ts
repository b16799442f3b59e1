/** A Prosody for the test: on loopback, with a folder of its own. Install one with `apt-get install prosody lua-unbound`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Prosody {
  /** `HOST:PORT`. */
  readonly server: string
  close(): Promise<void>
}

export const password = 'not a secret'

/** Starts Prosody for the domain `localhost`, with these accounts. */
export async function startProsody(accounts: readonly string[]): Promise<Prosody> {
  const folder = await mkdtemp(join(tmpdir(), 'otr4-prosody-'))
  const data = join(folder, 'data')
  await mkdir(join(data, 'localhost/accounts'), { recursive: true })
  for (const account of accounts) await writeFile(join(data, `localhost/accounts/${account}.dat`), `return { ["password"] = "${password}" };\n`)
  const port = await freePort()
  const config = join(folder, 'prosody.cfg.lua')
  await writeFile(config, `
run_as_root = true
pidfile = "${join(folder, 'pid')}"
data_path = "${data}"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
s2s_ports = {}
modules_enabled = { "saslauth", "roster", "disco", "ping", "carbons", "message", "presence", "offline" }
modules_disabled = { "s2s", "tls" }
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = { warn = "*console" }
VirtualHost "localhost"
`)
  const prosody = spawn('prosody', ['--config', config, '-F'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } })
  let output = ''
  let problem: string | undefined
  for (const stream of [prosody.stdout, prosody.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  prosody.on('error', (error) => { problem = error.message })
  prosody.on('exit', (code) => { problem = `ended with ${code ?? 'a signal'}` })
  const close = async (): Promise<void> => {
    if (problem === undefined) {
      prosody.kill()
      await once(prosody, 'exit')
    }
    await rm(folder, { recursive: true })
  }
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (problem !== undefined || attempt === 200) {
      await close()
      throw new Error(`Prosody does not start (apt-get install prosody lua-unbound): ${problem ?? 'it does not listen'}\n${output}`)
    }
    await sleep(100)
  }
  return { server: `127.0.0.1:${port}`, close }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => { resolve(false) })
  })
}
