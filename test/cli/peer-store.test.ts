import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { DurablePeer } from '../../src/cli/peer/durable-peer.js'
import { Peer } from '../../src/cli/peer/peer.js'
import { openDirectory } from '../../src/store/node/index.js'
import { otr4, temporaryFolder } from '../support/cli.js'

type Json = Record<string, unknown>

/** A peer over a directory, in this process. */
class StoredPeer {
  readonly #peer: Peer
  readonly #keeper: DurablePeer | undefined
  /** Whether the answers get out. */
  hears = true

  private constructor(keeper: DurablePeer | undefined) {
    this.#keeper = keeper
    this.#peer = new Peer({ log: (line) => { throw new Error(line) }, passphrase: 'open sesame', ...(keeper !== undefined && { keeper }) })
  }

  static async open(directory: string | undefined): Promise<StoredPeer> {
    const secret = { key: new Uint8Array(32).fill(7) }
    return new StoredPeer(directory === undefined ? undefined : await DurablePeer.open(await openDirectory({ directory, secret })))
  }

  async ask(cmd: string, fields: Json = {}): Promise<Json & { out: Json[] }> {
    const answer = await this.#peer.answer(JSON.stringify({ id: 1, cmd, ...fields }))
    if (this.hears) await answer.written()
    return JSON.parse(answer.line) as Json & { out: Json[] }
  }

  async close(): Promise<void> {
    await this.#keeper?.close()
  }
}

const account = (name: string): Json => ({ account: name, versions: '4' })

async function carry(peers: Readonly<Record<string, StoredPeer>>, from: string, first: readonly Json[]): Promise<Json[]> {
  const queue = first.map((event): Json => ({ at: from, ...event }))
  const all = [...queue]
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    if (event['type'] !== 'send') continue
    const at = event['to'] as string
    const { out } = await peers[at]!.ask('receive', { from: event['at'], message: event['message'] })
    const told = out.map((one): Json => ({ at, ...one }))
    all.push(...told)
    queue.push(...told)
  }
  return all
}

describe('otr4 peer that keeps its state', () => {
  const folder = temporaryFolder()
  after(() => { folder.remove() })

  it('goes on where it was when it is started again: account opens, sessions stand, the clock is known', async () => {
    const directory = `${folder.path}/alice`
    const bob = await StoredPeer.open(undefined)
    let alice = await StoredPeer.open(directory)
    const restart = async (): Promise<Json & { out: Json[] }> => {
      await alice.close()
      alice = await StoredPeer.open(directory)
      return alice.ask('account', account('alice'))
    }
    for (const peer of [alice, bob]) await peer.ask('clock', { now: 1_700_000_000 })
    const made = await alice.ask('account', account('alice'))
    await bob.ask('account', account('bob'))
    await carry({ alice, bob }, 'alice', (await alice.ask('start', { to: 'bob' })).out)
    const { sessions } = await alice.ask('status', { of: 'bob' })

    expect(await restart()).to.deep.equal({ ...made, out: [] })
    expect((await alice.ask('status', { of: 'bob' }))['sessions']).to.deep.equal(sessions)
    const heard = await carry({ alice, bob }, 'alice', (await alice.ask('send', { to: 'bob', text: 'still here' })).out)
    expect(heard.find(({ type }) => type === 'message')).to.include({ at: 'bob', text: 'still here', encrypted: true })
    const asked = await carry({ alice, bob }, 'bob', (await bob.ask('smp-start', { to: 'alice', secret: 'x' })).out)
    expect(asked.at(-1)).to.include({ at: 'alice', type: 'smp', event: 'asked' })
    const { out } = await restart()
    expect(out.map(({ type, event }) => [type, event])).to.deep.include.members([['smp', 'aborted'], ['send', undefined]])
    const told = await carry({ alice, bob }, 'alice', out)
    expect(told.at(-1)).to.include({ at: 'bob', type: 'smp', event: 'aborted' })
    expect(await alice.ask('account', account('carol'))).to.have.nested.property('error.code', 'OTR_STORE_ACCOUNT')
    expect((await alice.ask('account', account('alice')))['tag']).to.equal(made['tag'])
    await alice.close()
  })

  it('tells again what perhaps did not get out, once, marked, with the same number; nothing is sealed in clear', async () => {
    const directory = `${folder.path}/carol`
    const bob = await StoredPeer.open(undefined)
    let carol = await StoredPeer.open(directory)
    await carol.ask('account', account('carol'))
    await bob.ask('account', account('bob'))
    await carry({ carol, bob }, 'bob', (await bob.ask('start', { to: 'carol' })).out)
    const [line] = (await bob.ask('send', { to: 'carol', text: 'read me once' })).out
    carol.hears = false
    const unheard = await carol.ask('receive', { from: 'bob', message: line!['message'] })
    expect(unheard.out[0]).to.include({ type: 'message', text: 'read me once' })
    await carol.close()
    carol = await StoredPeer.open(directory)
    const { out } = await carol.ask('account', account('carol'))
    expect(out).to.deep.equal(unheard.out.map((event) => ({ ...event, replayed: true })))
    await carol.close()
    carol = await StoredPeer.open(directory)
    expect((await carol.ask('account', account('carol'))).out).to.deep.equal([])
    expect((await carol.ask('receive', { from: 'bob', message: line!['message'] })).out.map(({ type }) => type)).to.not.include('message')
    await carol.close()
  })

  it('export and import move a whole client, sealed', async () => {
    const bob = await StoredPeer.open(undefined)
    const alice = await StoredPeer.open(undefined)
    for (const peer of [alice, bob]) await peer.ask('clock', { now: 1_700_000_000 })
    const made = await alice.ask('account', { ...account('alice'), versions: '34' })
    await bob.ask('account', account('bob'))
    await carry({ alice, bob }, 'alice', (await alice.ask('start', { to: 'bob' })).out)
    await alice.ask('policy', { heartbeatAfter: 5 })
    const { state } = await alice.ask('export')
    expect(state).to.match(/^[A-Za-z0-9+/]+=*$/)
    expect(Buffer.from(state as string, 'base64').toString('latin1')).to.not.include('bob')
    const moved = await StoredPeer.open(`${folder.path}/moved`)
    await moved.ask('clock', { now: 1_700_000_001 })
    expect(await moved.ask('import', { state })).to.include({ ok: true, tag: made['tag'], fingerprint3: made['fingerprint3'], clientProfile: made['clientProfile'] })
    const heard = await carry({ alice: moved, bob }, 'alice', (await moved.ask('send', { to: 'bob', text: 'from elsewhere' })).out)
    expect(heard.find(({ type }) => type === 'message')).to.include({ at: 'bob', text: 'from elsewhere' })
    expect(await moved.ask('import', { state })).to.have.nested.property('error.code', 'OTR_STORE_ACCOUNT')
    const broken = `${(state as string).slice(0, 400)}AAAA${(state as string).slice(404)}`
    expect(await bob.ask('import', { state: broken })).to.have.nested.property('error.code', 'OTR_STORE_PASSPHRASE')
    expect(await bob.ask('status', { of: 'alice' })).to.have.property('ok', true)
    await moved.close()
  })

  it('wants a passphrase, and refuses another one, in one line', async () => {
    const directory = `${folder.path}/dave`
    const input = '{"id":1,"cmd":"account","account":"dave","versions":"4"}\n'
    const without = await otr4(['peer', '--store', directory], input)
    expect(without.code).to.equal(2)
    expect(without.err).to.match(/^otr4: --store: set OTR4_PASSPHRASE[^\n]*\n$/)
    expect(existsSync(directory)).to.equal(false)
    const made = await otr4(['peer', '--store', directory], input, { OTR4_PASSPHRASE: 'right' })
    expect(made.code).to.equal(0)
    const wrong = await otr4(['peer', '--store', directory], input, { OTR4_PASSPHRASE: 'wrong' })
    expect(wrong.code).to.equal(2)
    expect(wrong.err).to.match(/^otr4: OTR_STORE_PASSPHRASE: [^\n]*\n$/)
    const again = await otr4(['peer', '--store', directory], input, { OTR4_PASSPHRASE: 'right' })
    expect((JSON.parse(again.out) as Json)['fingerprint4']).to.equal((JSON.parse(made.out) as Json)['fingerprint4'])
  })
})
