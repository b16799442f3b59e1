import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { otr4, temporaryFolder } from '../support/cli.js'
import { tcpExchange, TcpUser } from '../support/prekey-tcp.js'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

interface Place { identity: string, fingerprint: string, store: string, tcp?: string, relay?: string, metrics?: string }

class Running {
  readonly place: Place
  readonly port: number
  readonly #child: ChildProcess
  log = ''

  constructor(child: ChildProcess, place: Place) {
    this.#child = child
    this.place = place
    this.port = Number(place.tcp?.split(':').at(-1))
    child.stderr?.on('data', (data: Buffer) => { this.log += data.toString() })
  }

  static async start(args: readonly string[]): Promise<Running> {
    const child = spawn(process.execPath, ['--import=tsx', program, 'prekey-server', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (data: Buffer) => { said += data.toString() })
    const out = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => { throw new Error(said) })]) as [Buffer]
    return new Running(child, JSON.parse(out[0].toString()) as Place)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = await exited as [number | null]
    return code
  }
}

describe('otr4 prekey-server', function () {
  this.timeout(120_000)
  const folder = temporaryFolder()
  after(() => { folder.remove() })
  const path = (name: string): string => join(folder.path, name)

  it('keeps what was published, and its key, from one run to the next', async () => {
    const args = ['--identity', 'prekey', '--store', path('store'), '--tcp', '127.0.0.1:0', '--metrics', '127.0.0.1:0']
    let running = await Running.start(args)
    try {
      const { fingerprint } = running.place
      expect(fingerprint).to.match(/^[0-9a-f]{112}$/)
      expect(statSync(path('store/prekey-server.key')).mode & 0o777).to.equal(0o600)
      const port = (): number => running.port
      const bob = new TcpUser('bob@example.org', 1, port, running.place)
      const alice = new TcpUser('alice@example.org', 2, port, running.place)
      expect(await bob.publish(3)).to.equal(true)
      expect(await alice.fetch('bob@example.org')).to.have.length(1)
      expect(await alice.fetch('nobody@example.org')).to.have.length(0)

      const text = await (await fetch(running.place.metrics ?? '')).text()
      expect(text).to.include('otr4_prekey_publications_total 1\n').and.include('otr4_prekey_ensembles_handed_out_total 1\n')
      expect(text).not.to.match(/bob|alice|example/)
      expect((await fetch((running.place.metrics ?? '').replace('/metrics', '/health'))).status).to.equal(200)
      expect((await fetch((running.place.metrics ?? '').replace('/metrics', '/'))).status).to.equal(404)

      expect(await running.stop()).to.equal(0)
      for (const line of running.log.trim().split('\n')) expect(JSON.parse(line)).to.include.keys('time', 'level', 'event')
      expect(running.log).to.include('"event":"stopped"').and.not.match(/bob|alice/)
      expect(running.log).not.to.include(readFileSync(path('store/prekey-server.key'), 'utf8').split('\n')[1])

      running = await Running.start(args)
      expect(running.place.fingerprint).to.equal(fingerprint)
      expect(await bob.stored()).to.equal(2)
      expect(await running.stop('SIGINT')).to.equal(0)
    } finally {
      await running.stop('SIGKILL')
    }
  })

  it('answers by name on a relay, says nothing to what is no message, and goes on', async () => {
    const relay = await RelayServer.listen()
    const running = await Running.start(['--identity', 'prekey', '--memory', '--key', path('key'), '--relay', relay.url, '--tcp', '127.0.0.1:0'])
    try {
      // Every type with nothing behind it, and pieces of which nothing can be put together.
      const types = Array.from('123FGIJLOQTx', (type) => [`AAQ${type}.`, `AAQ${type}`, `AAQ${type}${'A'.repeat(400)}.`]).flat()
      const pieces = ['', '0,0,', '1,1,,', '1,2,x,', '2,2,x,', '65535,65535,x,'].map((rest) => `?OTRP|1|100|0,${rest}`)
      const unanswered = [...types, ...pieces, '?OTRP|', '', '.', 'x']
      expect(await tcpExchange(running.port, unanswered.map((text) => ['mallory', text] as const))).to.deep.equal([])
      const alice = new RelayTransport({ url: relay.url, name: 'alice' })
      await alice.start()
      const heard = new Promise<string>((resolve) => { alice.on('message', ({ text }) => { resolve(text) }) })
      const asking = new TcpUser('alice', 2, () => running.port, running.place)
      for (const { message } of asking.client.fetch('bob').send) await alice.send('prekey', message)
      expect(await heard).to.match(/^AAQO/)
      await alice.close()
      expect(await running.stop()).to.equal(0)
    } finally {
      await running.stop('SIGKILL')
      await relay.close()
    }
  })

  it('says in one line what is missing or does not fit', async () => {
    const key = path('key2')
    const base = ['prekey-server', '--identity', 'prekey']
    writeFileSync(path('no-key'), 'what is this')
    writeFileSync(path('open-key'), 'otr4 prekey server key 1\n' + '0a'.repeat(57) + '\n')
    chmodSync(path('open-key'), 0o644)
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['prekey-server', '--tcp', '127.0.0.1:0'], /--identity NAME is missing/],
      [['prekey-server', '--identity', 'a/b', '--tcp', '127.0.0.1:0'], /bare address/],
      [[...base, '--store', path('x')], /name a front/],
      [[...base, '--tcp', '127.0.0.1:0'], /--store DIR or --store postgres/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory'], /--memory wants --key FILE/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory', '--key', key, '--store', path('x')], /not both/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory', '--key', path('nowhere/key')], /nowhere\/key: its folder is not there$/m],
      [[...base, '--tcp', '127.0.0.1:0', '--store', 'postgres://127.0.0.1:1/x'], /every process of this server needs the same key/],
      [[...base, '--tcp', '127.0.0.1:0', '--store', 'postgres://127.0.0.1:1/x', '--key', key], /no PostgreSQL there: .*ECONNREFUSED/],
      [[...base, '--xmpp-component', '127.0.0.1:1', '--memory', '--key', key], /OTR4_COMPONENT_SECRET/],
      [[...base, '--xmpp-component', '127.0.0.1:1', '--relay', 'ws://x', '--memory', '--key', key], /do not go together/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory', '--key', path('no-key')], /is no key of a prekey server/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory', '--key', path('open-key')], /others can read this key; chmod 600/],
      [[...base, '--tcp', '127.0.0.1:99999', '--memory', '--key', key], /is not HOST:PORT/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory', '--key', key, '--limits', 'low=few'], /low wants a whole number/],
      [[...base, '--tcp', '127.0.0.1:0', '--memory', '--key', key, '--limits', 'dakes=5'], /dakes is BURST\/PER-SECOND/],
    ]
    for (const [args, said] of cases) {
      const { code, err } = await otr4(args)
      expect(err, args.join(' ')).to.match(/^otr4: [^\n]+\n$/).and.match(said)
      expect(code, args.join(' ')).to.equal(2)
    }
    const { code, err } = await otr4([...base, '--relay', 'ws://127.0.0.1:1', '--memory', '--key', key])
    expect([code, /no relay at/.test(err)]).to.deep.equal([1, true])
  })

  it('prints the SQL of its tables', async () => {
    const { code, out } = await otr4(['prekey-server', '--schema'])
    expect(code).to.equal(0)
    expect(out).to.include('CREATE TABLE otr4_prekey_message (').and.include('INSERT INTO otr4_prekey_schema')
  })
})
