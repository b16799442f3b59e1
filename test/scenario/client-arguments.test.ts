import { expect } from 'chai'
import { Client, ClientCore, deriveExtraKey, OtrError } from '../../src/index.js'
import { encryptedPair, refusal, testAccount } from '../support/network.js'

const clock = (): number => 1_700_000_000
const account = testAccount('alice', 0x1001, 1, '34', 1_700_000_000)
const keys = { dsa: account.v3?.dsa as NonNullable<typeof account.v3>['dsa'], instanceTag: 0x1001 }

/** Calls as a program without types makes them. */
const untyped = (value: unknown): never => value as never

async function rejection(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof OtrError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing'
}

describe('the arguments of the public API', () => {
  it('is checked at the door, and refused in a sentence', async () => {
    const wrong: readonly (readonly [string, () => unknown, RegExp])[] = [
      ['no clock', () => Client.open(untyped({ account: 'alice' })), /clock must be a function/],
      ['milliseconds', () => Client.open({ account: 'alice', clock: () => 1_700_000_000_000 }), /milliseconds/],
      ['no time', () => Client.open({ account: 'alice', clock: () => Number.NaN }), /seconds since 1970/],
      ['no account', () => Client.open(untyped({ clock })), /account must be a string/],
      ['an empty account', () => Client.open({ account: '', clock }), /account must be a string/],
      ['no keys', () => new Client(untyped({ account: 'alice', clock })), /Client\.open/],
      ['no account for the core', () => new ClientCore(untyped({ clock })), /address must be a string/],
      ['no clock for the core', () => new ClientCore(untyped({ account })), /clock must be a function/],
    ]
    for (const [what, call, expected] of wrong) {
      const said = await rejection(call)
      expect(said, what).to.match(/^OTR_ARGUMENT: /).and.match(expected)
    }
  })

  it('text, secrets and addresses, likewise; nothing has happened then', async () => {
    const client = new Client({ account: 'alice', keys, clock })
    const bob = client.conversation('bob')
    for (const [call, code] of [
      [() => bob.send(untyped(undefined)), 'OTR_ARGUMENT'], [() => bob.send(untyped(7)), 'OTR_ARGUMENT'], [() => bob.send('a\0b'), 'OTR_INVALID_TEXT'],
      [() => bob.send('half a pair: \ud83d'), 'OTR_INVALID_TEXT'], [() => bob.send('\udc00'), 'OTR_INVALID_TEXT'],
      [() => bob.verify(untyped(undefined)), 'OTR_ARGUMENT'], [() => bob.answer(untyped(null)), 'OTR_ARGUMENT'],
      [() => client.conversation(untyped(undefined)), 'OTR_ARGUMENT'], [() => client.conversation(''), 'OTR_ARGUMENT'],
      [() => client.receive('bob', untyped(undefined)), 'OTR_ARGUMENT'], [() => client.receive(untyped(1), 'hi'), 'OTR_ARGUMENT'],
      [() => client.rename('bob', untyped(undefined)), 'OTR_ARGUMENT'], [() => bob.encrypted({ timeout: -1 }), 'OTR_ARGUMENT'],
    ] as const) expect((await rejection(call)).split(':')[0]).to.equal(code)
    expect(client.peers()).to.deep.equal([])
    expect(await bob.send('a whole pair: \ud83d\ude00')).to.deep.equal({ sent: 'plaintext' })
  })

  it('a clock that goes wrong later is refused in a call of the application, and reported when a line is received', () => {
    let now = 1_700_000_000
    const core = new ClientCore({ account, clock: () => now })
    now = 1_700_000_000_000
    expect(refusal(() => core.conversation('bob').send('hi'))).to.equal('OTR_ARGUMENT')
    expect(refusal(() => core.tick())).to.equal('OTR_ARGUMENT')
  })
})

describe('extra symmetric keys of any length', () => {
  for (const versions of ['3', '4'] as const) {
    it(`are the same on both sides, version ${versions}; the raw key stays available`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      const { result: key, events } = alice.core.conversation('bob').extraKey(7, undefined, { length: 32 })
      alice.take(events)
      network.run()
      const raw = bob.all('extra-key')[0]?.key ?? new Uint8Array()
      expect(raw).to.have.length(versions === '3' ? 32 : 64)
      expect(key).to.have.length(32).and.deep.equal(deriveExtraKey(raw, 7, 32))
      expect(deriveExtraKey(raw, 8, 32)).to.not.deep.equal(key)
      expect(deriveExtraKey(raw, 7, 64).subarray(0, 32)).to.not.deep.equal(key)
      alice.core.conversation('bob').extraKey(7).events.forEach((event) => { alice.take([event]) })
    })
  }

  it('refuses lengths and contexts that make no sense, and uses up no key for them', () => {
    const { alice } = encryptedPair()
    const before = JSON.stringify(alice.core.conversation('bob').status)
    for (const length of [0, -1, 1.5, 8161, Number.NaN]) expect(refusal(() => alice.core.conversation('bob').extraKey(1, undefined, { length }))).to.equal('OTR_ARGUMENT')
    expect(refusal(() => alice.core.conversation('bob').extraKey(-1, undefined, { length: 16 }))).to.equal('OTR_ARGUMENT')
    expect(JSON.stringify(alice.core.conversation('bob').status)).to.equal(before)
    expect(refusal(() => deriveExtraKey(new Uint8Array(31), 1, 16))).to.equal('OTR_ARGUMENT')
  })

  it('are HKDF-SHA-256 as another implementation computes it', async () => {
    const raw = Uint8Array.from({ length: 64 }, (_, i) => i)
    const info = new Uint8Array([...new TextEncoder().encode('otr4 extra key'), 0, 0, 0, 7, 0, 0, 0, 48])
    const base = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits'])
    const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, base, 48 * 8)
    expect(deriveExtraKey(raw, 7, 48)).to.deep.equal(new Uint8Array(bits))
  })
})

describe('conversation.encrypted', () => {
  const two = (): { alice: Client, bob: Client, time: { now: number }, lines: (() => Promise<void>)[] } => {
    const time = { now: 1_700_000_000 }
    const bobs = testAccount('bob', 0x2002, 2, '3', time.now)
    const alice = new Client({ account: 'alice', keys, clock: () => time.now })
    const bob = new Client({ account: 'bob', keys: { dsa: bobs.v3?.dsa as typeof keys.dsa, instanceTag: 0x2002 }, clock: () => time.now })
    const lines: (() => Promise<void>)[] = []
    alice.on('send', ({ message }) => { lines.push(() => bob.receive('alice', message)) })
    bob.on('send', ({ message }) => { lines.push(() => alice.receive('bob', message)) })
    return { alice, bob, time, lines }
  }

  it('is fulfilled when a text would be encrypted, not before; and at once where that is so', async () => {
    const { alice, lines } = two()
    const conversation = alice.conversation('bob')
    await conversation.start()
    let isPrivate = false
    const waiting = conversation.encrypted({ timeout: 60 }).then(() => { isPrivate = true })
    await new Promise(setImmediate)
    expect(isPrivate).to.equal(false)
    for (let line = lines.shift(); line !== undefined; line = lines.shift()) await line()
    await waiting
    expect(await conversation.send('x')).to.include({ sent: 'encrypted' })
    await conversation.encrypted()
  })

  it('rejects with the reason: nobody answers, by its own time or that of the key exchange', async () => {
    for (const timeout of [5, undefined]) {
      const { alice, time } = two()
      const conversation = alice.conversation('bob')
      await conversation.start()
      const waiting = rejection(() => conversation.encrypted(timeout === undefined ? {} : { timeout }))
      for (let i = 0; i < 120; i++) {
        time.now += 1
        await alice.tick()
      }
      expect(await waiting).to.match(/^OTR_NOT_ENCRYPTED: .*nobody answered in time/)
    }
  })

  it('its time is included in nextTimer: an application that calls only then does not wait longer', async () => {
    const { alice, time } = two()
    const conversation = alice.conversation('bob')
    await conversation.start()
    const others = alice.nextTimer()
    const waiting = rejection(() => conversation.encrypted({ timeout: 5 }))
    const until = time.now + 5
    expect(alice.nextTimer()).to.equal(until).and.to.be.lessThan(others ?? Infinity)
    time.now = until
    await alice.tick()
    expect(await waiting).to.match(/^OTR_NOT_ENCRYPTED/)
    expect(alice.nextTimer()).to.equal(others)
  })

  it('rejects if there is a session with a key that nobody accepted, and says so; if it is accepted meanwhile, it is fulfilled', async () => {
    for (const accepts of [false, true]) {
      const { alice, time, lines } = two()
      const conversation = alice.conversation('bob')
      await conversation.trust('verified', { fingerprint: 'ab'.repeat(20), version: 3 })
      await conversation.start()
      const waiting = rejection(() => conversation.encrypted({ timeout: 5 }))
      for (let line = lines.shift(); line !== undefined; line = lines.shift()) await line()
      expect(conversation.status.sending).to.equal('held')
      if (accepts) await conversation.trust('seen')
      time.now += 5
      await alice.tick()
      expect(await waiting).to.match(accepts ? /^nothing$/ : /nobody accepted: verify or accept it/)
    }
  })
})
