import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { features as all } from '../../src/conformance/ability.js'

type Json = Record<string, unknown>
interface Answer extends Json {
  readonly id: unknown
  readonly ok: boolean
  readonly out: Json[]
  readonly error: { readonly code: string, readonly message: string }
}

/** The program, as a driver runs it. */
class PeerProcess {
  readonly child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  #next = 1

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'peer', ...args])
    this.#answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  /** A raw line, and the line that answers it. */
  async raw(line: string | Buffer): Promise<Answer> {
    this.child.stdin.write(line)
    this.child.stdin.write('\n')
    const { value } = await this.#answers.next() as { value: string }
    return JSON.parse(value) as Answer
  }

  async ask(cmd: string, fields: Json = {}): Promise<Answer> {
    const id = this.#next++
    const answer = await this.raw(JSON.stringify({ id, cmd, ...fields }))
    expect(answer.id).to.equal(id)
    return answer
  }

  async does(cmd: string, fields: Json = {}): Promise<Answer> {
    const answer = await this.ask(cmd, fields)
    expect(answer.ok, JSON.stringify(answer)).to.equal(true)
    expect(answer.out).to.be.an('array')
    return answer
  }

  async refuses(cmd: string, fields: Json = {}): Promise<string> {
    const answer = await this.ask(cmd, fields)
    expect(answer.ok, JSON.stringify(answer)).to.equal(false)
    expect(answer.error.message).to.be.a('string')
    return answer.error.code
  }

  async end(): Promise<number | null> {
    this.child.stdin.end()
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}

const keyFile = (name: string): Promise<string> => readFile(new URL(`../vectors/data/v3-libotr/keys/${name}.private_key`, import.meta.url), 'utf8')

/** Carries lines between two peers until none is left; returns all events of both, in order. */
async function carry(peers: Readonly<Record<string, PeerProcess>>, from: string, first: readonly Json[]): Promise<Json[]> {
  const events: Json[] = first.map((event) => ({ at: from, ...event }))
  const queue = events.slice()
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    if (event['type'] !== 'send') continue
    const to = event['to'] as string
    const { out } = await peers[to]!.does('receive', { from: event['at'], message: event['message'] })
    const told = out.map((one) => ({ at: to, ...one }))
    events.push(...told)
    queue.push(...told)
  }
  return events
}

describe('otr4 peer', function () {
  this.timeout(60_000)
  const running: PeerProcess[] = []
  const start = (...args: string[]): PeerProcess => {
    const peer = new PeerProcess(...args)
    running.push(peer)
    return peer
  }
  afterEach(() => {
    for (const peer of running.splice(0)) peer.child.kill()
  })

  for (const [versions, width] of [['3', 40], ['34', 112]] as const) {
    it(`holds a whole conversation with another: versions ${versions}`, async () => {
      const peers = { alice: start(), bob: start() }
      const { alice, bob } = peers
      const hello = await alice.does('hello')
      expect(hello).to.include({ name: 'otr4', protocol: 1 })
      expect(hello['features']).to.include.members(['v3', 'smp', 'fragments', 'extra-key', 'heartbeat', 'expiry'])
      await alice.does('clock', { now: 1_700_000_000 })
      await bob.does('clock', { now: 1_700_000_000 })
      const a = await alice.does('account', { account: 'alice', versions, tag: 0xffffff01, dsa: await keyFile('alice') })
      const b = await bob.does('account', { account: 'bob', versions, dsa: await keyFile('bob') })
      expect(a['tag']).to.equal(0xffffff01)
      expect(a['fingerprint3']).to.equal('539095fe8d0a3b5715a4de561056216c143d554c')
      await alice.does('policy', { maxMessageLength: 400 })

      const begun = await carry(peers, 'alice', (await alice.does('start', { to: 'bob' })).out)
      expect(begun.filter(({ type, message }) => type === 'send' && (message as string).startsWith('?OTR|'))).to.have.length.greaterThan(0)
      const states = begun.filter(({ type, state }) => type === 'state' && state === 'encrypted')
      expect(states.map(({ at }) => at)).to.have.members(['alice', 'bob'])
      const [mine] = (await alice.does('status', { of: 'bob' }))['sessions'] as Json[]
      const [yours] = (await bob.does('status', { of: 'alice' }))['sessions'] as Json[]
      expect(mine).to.include({ state: 'encrypted', version: Number(versions.at(-1)), trust: 'unknown', offline: false, instance: b['tag'], ssid: yours?.['ssid'] })
      expect(mine?.['fingerprint']).to.match(new RegExp(`^[0-9a-f]{${width}}$`)).and.equal(b[versions === '3' ? 'fingerprint3' : 'fingerprint4'])
      expect([mine?.['ssidBold'], yours?.['ssidBold']]).to.have.members(['first', 'second'])
      expect([mine?.['initiator'], yours?.['initiator']]).to.have.members([true, false])
      expect((await alice.does('status', { of: 'bob' }))['selected']).to.equal(b['tag'])

      const said = await carry(peers, 'alice', (await alice.does('send', { to: 'bob', text: 'grüße 🎈', tlvs: [{ type: 300, value: 'AQI=' }] })).out)
      expect(said.find(({ type }) => type === 'message')).to.deep.include({ at: 'bob', from: 'alice', text: 'grüße 🎈', encrypted: true, instance: 0xffffff01 })
      expect(said.find(({ type }) => type === 'tlv')).to.deep.include({ peer: 'alice', tlvType: 300, value: 'AQI=' })
      await carry(peers, 'bob', (await bob.does('send', { to: 'alice', text: 'back', instance: 0xffffff01 })).out)
      expect(await bob.refuses('send', { to: 'alice', text: 'x', instance: 0x12345 })).to.equal('OTR_NO_INSTANCE')

      const asked = await carry(peers, 'bob', (await bob.does('smp-start', { to: 'alice', secret: 'the pier', question: 'where?' })).out)
      expect(asked.find(({ type, event }) => type === 'smp' && event === 'asked')).to.deep.include({ at: 'alice', peer: 'bob', question: 'where?' })
      const answered = await carry(peers, 'alice', (await alice.does('smp-answer', { to: 'bob', secret: 'the pier' })).out)
      expect(answered.filter(({ type, event }) => type === 'smp' && event === 'succeeded').map(({ at }) => at)).to.have.members(['alice', 'bob'])
      expect(await alice.refuses('smp-answer', { to: 'bob', secret: 'again' })).to.equal('OTR_SMP_NOT_ASKED')
      await alice.does('trust', { to: 'bob', level: 'verified' })
      expect(((await alice.does('status', { of: 'bob' }))['sessions'] as Json[])[0]).to.include({ trust: 'verified' })

      const used = await alice.does('extra-key', { to: 'bob', context: 0xfffffffe, data: 'AAE=' })
      const heard = (await carry(peers, 'alice', used.out)).find(({ type }) => type === 'extra-key')
      expect(heard).to.deep.include({ at: 'bob', key: used['key'], context: 0xfffffffe, data: 'AAE=' })

      const left = await carry(peers, 'bob', (await bob.does('end', { to: 'alice' })).out)
      expect(left.filter(({ type }) => type === 'state').map(({ at, state }) => `${at as string} ${state as string}`)).to.have.members(['bob plaintext', 'alice finished'])
      const held = await alice.does('send', { to: 'bob', text: 'secret' })
      expect(held.out.map(({ type, code }) => `${type as string} ${code as string}`)).to.deep.equal(['notice held'])
      const again = await carry(peers, 'bob', (await bob.does('start', { to: 'alice' })).out)
      expect(again.find(({ type }) => type === 'message')).to.deep.include({ at: 'bob', text: 'secret', encrypted: true })
      await carry(peers, 'alice', (await alice.does('expire', { to: 'bob' })).out)
      expect(((await alice.does('status', { of: 'bob' }))['sessions'] as Json[])[0]).to.include({ state: 'finished' })
      expect((await alice.does('clock', { now: 1_700_000_500 })).out).to.be.an('array')

      const bye = await alice.ask('bye')
      expect(bye).to.deep.include({ ok: true, out: [] })
      if (alice.child.exitCode === null) await once(alice.child, 'exit')
      expect(alice.child.exitCode).to.equal(0)
      expect(await bob.end()).to.equal(0)
    })
  }

  it('answers every wrong line with an error and lives on', async () => {
    const peer = start()
    for (const line of ['', ' ']) peer.child.stdin.write(`${line}\n`)
    for (const line of ['nonsense', '[1]', '17', 'null', '"x"', '{', Buffer.from([0xff, 0xfe])]) {
      const answer = await peer.raw(line)
      expect(answer).to.deep.include({ id: null, ok: false })
    }
    expect(await peer.refuses('no-such-command')).to.equal('OTR_UNKNOWN_COMMAND')
    for (const cmd of ['constructor', '__proto__', 'toString']) expect(await peer.refuses(cmd)).to.equal('OTR_UNKNOWN_COMMAND')
    expect((await peer.raw('{"id":{"a":[1]},"cmd":5}'))).to.deep.include({ id: { a: [1] }, ok: false })
    expect(await peer.refuses('send', { to: 'bob', text: 'x' })).to.equal('OTR_NO_ACCOUNT')
    for (const wrong of [
      {}, { account: 'a' }, { account: 'a', versions: '5' }, { account: 7, versions: '3' }, { account: 'a', versions: '3', tag: 0xff },
      { account: 'a', versions: '3', tag: 1.5 }, { account: 'a', versions: '3', tag: 0x100000000 }, { account: 'a', versions: '3', unknown: 1 },
      { account: 'a', versions: '3', ed448: 'AA' }, { account: 'a', versions: '3', ed448: 'AAAA' }, { account: 'a', versions: '3', mode: 'fast' },
    ]) expect(await peer.refuses('account', wrong), JSON.stringify(wrong)).to.equal('OTR_FIELD')
    expect(await peer.refuses('account', { account: 'a', versions: '3', dsa: '(privkeys' })).to.equal('OTR_FILE')
    await peer.does('account', { account: 'alice', versions: '3', dsa: await keyFile('alice') })
    for (const [cmd, fields] of [
      ['send', { to: 'bob' }], ['send', { to: 'bob', text: 1 }], ['send', { to: 'bob', text: 'x', tlvs: [{ type: 70000, value: '' }] }],
      ['send', { to: 'bob', text: 'x', tlvs: [{ type: 7, value: '*' }] }], ['send', { to: 'bob', text: 'x', tlvs: {} }], ['send', { to: 'bob', text: 'x', tlvs: [1] }],
      ['receive', { from: 'bob' }], ['clock', {}], ['clock', { now: 'soon' }], ['clock', { now: -1 }], ['trust', { to: 'bob', level: 'a bit' }],
      ['start', { to: 'bob', how: 'loudly' }], ['extra-key', { to: 'bob', context: -1 }], ['hello', { x: 1 }], ['bye', { x: 1 }],
    ] as const) expect(await peer.refuses(cmd, fields), cmd).to.equal('OTR_FIELD')
    for (const changes of [{ maxMessageLength: 10 }, { maxMessageLength: '46' }, { nonsense: true }, { dialect: 'french' }, { requireEncryption: null }]) {
      expect(await peer.refuses('policy', changes), JSON.stringify(changes)).to.equal('OTR_POLICY')
    }
    expect(await peer.refuses('send', { to: 'bob', text: 'nul \0 inside' })).to.equal('OTR_INVALID_TEXT')
    for (const cmd of ['smp-start', 'smp-answer']) expect(await peer.refuses(cmd, { to: 'bob', secret: 'x' })).to.equal('OTR_NOT_ENCRYPTED')
    for (const cmd of ['smp-abort']) expect(await peer.refuses(cmd, { to: 'bob' })).to.equal('OTR_NOT_ENCRYPTED')
    for (const message of ['?OTR:===.', '?OTR|', '\u0000', '?OTR:AAMC', 'x'.repeat(1_000_000)]) {
      expect((await peer.does('receive', { from: 'bob', message })).out).to.have.length(1)
    }
    await peer.does('policy', { requireEncryption: true, peer: 'bob' })
    expect((await peer.does('send', { to: 'bob', text: 'x' })).out.map(({ type }) => type)).to.deep.equal(['notice', 'send'])
    expect((await peer.does('send', { to: 'carol', text: 'x' })).out).to.deep.equal([{ type: 'send', to: 'carol', message: 'x' }])
    expect(await peer.end()).to.equal(0)
  })

  it('promises every feature of the protocol', async () => {
    const peer = start()
    expect((await peer.does('hello'))['features']).to.include.members(all.filter((name) => name !== 'reset'))
    expect(await peer.end()).to.equal(0)
  })

  it('is a prekey server, and a client of one: publishes, counts, fetches, writes to who is away', async () => {
    const [server, alice, bob] = [start(), start(), start()]
    const now = 1_700_000_000
    for (const [peer, account] of [[alice, 'alice'], [bob, 'bob']] as const) {
      await peer.does('clock', { now })
      await peer.does('account', { account, versions: '4' })
    }
    await server.does('clock', { now })
    const { fingerprint } = await server.does('prekey-serve', { identity: 'prekey', limits: { low: 1, fetchesOfOwner: { burst: 9, perSecond: 0 } } })
    expect(fingerprint).to.match(/^[0-9a-f]{112}$/)
    const address = { identity: 'prekey', fingerprint }
    const peers = { alice, bob, prekey: server }
    /** Carries what these events send, and all that comes of it; gives the events that send nothing. */
    const carry = async (from: keyof typeof peers, out: readonly Json[]): Promise<Json[]> => {
      const rest: Json[] = []
      for (const event of out) {
        const to = event['to'] as keyof typeof peers
        if (event['type'] !== 'send') rest.push(event)
        else rest.push(...await carry(to, (await peers[to].does('receive', { from, message: event['message'] })).out))
      }
      return rest
    }
    expect(await carry('bob', (await bob.does('prekey-publish', { server: address, count: 2 })).out)).to.deep.equal([
      { type: 'prekey', server: 'prekey', event: 'published', count: 2 },
    ])
    expect(await carry('bob', (await bob.does('prekey-status', { server: address })).out)).to.deep.equal([
      { type: 'prekey', server: 'prekey', event: 'status', stored: 2 },
    ])
    expect((await carry('alice', (await alice.does('prekey-fetch', { server: address, of: 'carol' })).out))[0]).to.include({ event: 'none', of: 'carol' })
    const [found] = await carry('alice', (await alice.does('prekey-fetch', { server: address, of: 'bob' })).out)
    expect(found).to.include({ type: 'ensembles', of: 'bob' })
    const [ensemble] = (found as { ensembles: Json[] }).ensembles
    const written = await carry('alice', (await alice.does('send-offline', { to: 'bob', ensemble, text: 'when you are back' })).out)
    expect(written.find(({ type }) => type === 'message')).to.include({ from: 'alice', text: 'when you are back', encrypted: true, offline: true })
    // Another key than the server's: nothing is told to it.
    const wrong = { identity: 'prekey', fingerprint: '00'.repeat(56) }
    expect((await carry('bob', (await bob.does('prekey-status', { server: wrong })).out))[0]).to.include({ event: 'failed', reason: 'server-key' })
    // What has no answer is asked again when time passes.
    await alice.does('prekey-fetch', { server: address, of: 'bob' })
    const { out } = await alice.does('clock', { now: now + 31 })
    expect(out.map(({ type, to }) => [type, to])).to.deep.include(['send', 'prekey'])
    expect(await bob.refuses('prekey-publish', { server: address })).to.equal('OTR_FIELD')
    expect(await server.refuses('prekey-status', { server: address })).to.equal('OTR_NO_ACCOUNT')
    expect(await server.refuses('prekey-serve', { identity: 'x', limits: { nonsense: 1 } })).to.equal('OTR_FIELD')
    for (const peer of [server, alice, bob]) expect(await peer.end()).to.equal(0)
  }).timeout(120_000)

  it('makes a key where none is given, and takes a line in pieces', async () => {
    const peer = start()
    const line = Buffer.from('{"id":"ü","cmd":"account","account":"älice","versions":"3"}\n')
    for (const byte of line) peer.child.stdin.write(Buffer.of(byte))
    const answer = await peer.raw('{"id":2,"cmd":"hello"}')
    expect(answer).to.deep.include({ id: 'ü', ok: true })
    expect(answer['fingerprint3']).to.match(/^[0-9a-f]{40}$/)
    expect(answer['tag']).to.be.at.least(0x100)
  })

  it('ends with status 0 at the end of input, and with 2 for arguments that it does not know', async () => {
    const peer = start()
    await peer.does('hello')
    expect(await peer.end()).to.equal(0)
    const wrong = start('--nonsense')
    const [code] = await once(wrong.child, 'exit') as [number]
    expect(code).to.equal(2)
  })
})
