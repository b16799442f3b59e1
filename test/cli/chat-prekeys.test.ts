import { expect } from 'chai'
import { ed448KeyPair, systemRandom } from '../../src/crypto/index.js'
import { ClientCore, type ClientEvent } from '../../src/index.js'
import { MemoryPrekeyStore, PrekeyClient, PrekeyServer, type PrekeyStep } from '../../src/prekey/index.js'
import { openRelayFront, type PrekeyFront } from '../../src/transport/prekey/index.js'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { hexEncode } from '../../src/wire/index.js'
import { otr4, Run, temporaryFolder } from '../support/cli.js'
import { testAccount } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

const clock = (): number => Date.now() / 1000

describe('otr4 chat with a prekey server', function () {
  this.timeout(60_000)
  let relay: RelayServer
  let front: PrekeyFront
  let server: PrekeyServer
  let alice: Run | undefined

  beforeEach(async () => {
    relay = await RelayServer.listen()
    server = new PrekeyServer({ identity: 'prekey', key: ed448KeyPair(seededRandom('server')(57)), store: new MemoryPrekeyStore(), random: systemRandom, clock })
    front = await openRelayFront({ url: relay.url, name: 'prekey', answer: (from, text) => server.receive(from, text) })
  })

  afterEach(async () => {
    alice?.stdin.end()
    await alice?.exit.catch(() => 1)
    await front.close()
    await relay.close()
  })

  function start(...more: string[]): Run {
    alice = new Run(['chat', '--relay', relay.url, '--nick', 'alice', '--json', '--with', 'bob', '--prekey-server', 'prekey', ...more])
    return alice
  }

  /** Bob publishes and leaves; what he reads when he comes back. */
  async function bobPublishes(): Promise<() => Promise<ClientEvent[]>> {
    const core = new ClientCore({ account: testAccount('bob', 0x777, 1, '4', clock()), clock, random: systemRandom })
    const prekeys = new PrekeyClient({ owner: core, server: { identity: 'prekey' }, random: systemRandom, clock })
    const transport = new RelayTransport({ url: relay.url, name: 'bob' })
    const published = new Promise<void>((resolve) => {
      const run = ({ send, events }: PrekeyStep): void => {
        for (const { to, message } of send) void transport.send(to, message)
        if (events.some((event) => event.type === 'prekey' && event.event === 'published')) resolve()
      }
      transport.on('message', ({ from, text }) => { run(prekeys.receive(from, text)) })
      void transport.start().then(() => { run(prekeys.publish(2)) })
    })
    await published
    await transport.close()
    return async () => {
      const back = new RelayTransport({ url: relay.url, name: 'bob' })
      const events: ClientEvent[] = []
      // The server's last answer may come once more: he left as soon as he had read it.
      back.on('message', ({ from, text }) => { if (from !== 'prekey') events.push(...core.receive(from, text)) })
      await back.start()
      for (let tries = 0; tries < 200 && !events.some(({ type }) => type === 'message'); tries++) await new Promise((resolve) => { setTimeout(resolve, 20) })
      await back.close()
      return events.filter(({ type }) => type === 'message')
    }
  }

  it('asks once, then sends what waits to somebody who is away, by itself', async () => {
    const bobReads = await bobPublishes()
    const chat = start('--policy', 'requireEncryption=true', '--prekey-fingerprint', hexEncode(server.fingerprint))
    await chat.expect('ready')
    await chat.expect('info', ({ text }) => text.includes('--state'))
    chat.type('are you there?')
    await chat.expect('outbox', ({ event }) => event === 'held')
    await chat.expect('info', ({ text }) => text.includes('deny less well'))
    chat.type('and another thing')
    await chat.expect('outbox', ({ event }) => event === 'held')
    chat.type('/otr offline yes')
    await chat.expect('info', ({ text }) => text.includes('who can read it when they are back'))
    const read = await bobReads()
    expect(read[0]).to.include({ text: 'are you there?', encrypted: true, offline: true })
    // What left the outbox to go this way was sent, not taken back.
    expect(chat.events.filter((event) => event.type === 'outbox').map(({ event, number }) => [event, number])).to.deep.include(['released', 1])
    expect(chat.events.some((event) => event.type === 'outbox' && event.event === 'cancelled')).to.equal(false)
    chat.type('/otr outbox')
    await chat.expect('info', ({ text }) => text === 'nothing waits')
  })

  it('sends what the person says, and says when there are no keys or another server', async () => {
    const bobReads = await bobPublishes()
    const chat = start()
    await chat.expect('ready')
    chat.type('/otr offline read me later')
    await chat.expect('info', ({ text }) => text.includes('who can read it when they are back'))
    expect((await bobReads())[0]).to.include({ text: 'read me later', offline: true })
    expect(chat.events).to.deep.include({ type: 'sent', peer: 'bob', privacy: 'private', verified: false, text: 'read me later' })
    chat.type('/with carol')
    chat.type('/otr offline hello')
    await chat.expect('info', ({ text }) => text.includes('carol has no keys left'))
    expect(await chat.expect('error')).to.include({ text: 'not sent to carol: hello' })
  })

  it('a text that cannot be sent so is said to be not sent, with its words, to whom it was for, and never goes in clear', async () => {
    const saw: string[] = []
    await front.close()
    await relay.close()
    relay = await RelayServer.listen({ onLine: ({ text }) => { saw.push(text) } })
    front = await openRelayFront({ url: relay.url, name: 'prekey', answer: (from, text) => server.receive(from, text) })
    const chat = start()
    await chat.expect('ready')
    chat.type('/otr offline for later')
    expect(await chat.expect('info', ({ about }) => about === 'bob')).to.include({ text: 'bob has no keys left with prekey: what is written to them waits' })
    expect(await chat.expect('error')).to.deep.equal({ type: 'error', text: 'not sent to bob: for later', about: 'bob' })
    expect(await chat.leave()).to.equal(0)
    const without = alice = new Run(['chat', '--relay', relay.url, '--nick', 'alice', '--json', '--with', 'bob'])
    await without.expect('ready')
    without.type('/otr offline for later')
    expect(await without.expect('error')).to.include({ text: 'no prekey server is known: start with --prekey-server NAME', about: 'bob' })
    await without.leave()
    expect([...chat.events, ...without.events].filter(({ type }) => type === 'sent')).to.deep.equal([])
    expect(saw.some((line) => line.includes('later'))).to.equal(false)
  })

  it('with --state publishes prekeys, and reads what was written to it meanwhile; then says how many are left', async () => {
    const folder = temporaryFolder()
    const runs: Run[] = []
    try {
      const kept = ['chat', '--relay', relay.url, '--nick', 'carol', '--json', '--prekey-server', 'prekey', '--prekey-fingerprint', hexEncode(server.fingerprint),
        '--state', folder.path]
      const env = { OTR4_PASSPHRASE: 'at home' }
      const carol = new Run(kept, env)
      runs.push(carol)
      await carol.expect('ready')
      expect((await carol.expect('info')).text).to.equal('others can write to you while you are away: 100 prekeys are with prekey')
      expect(await carol.leave(), carol.err).to.equal(0)

      const chat = start('--offline', 'yes', '--prekey-fingerprint', hexEncode(server.fingerprint))
      await chat.expect('ready')
      chat.type('/with carol')
      chat.type('/otr offline at the bridge')
      await chat.expect('info', ({ text }) => text.includes('who can read it when they are back'))
      chat.type('and bring the maps')
      await chat.expect('sent', ({ text }) => text === 'and bring the maps')

      const back = new Run(kept, env)
      runs.push(back)
      await back.expect('message', ({ text }) => text === 'and bring the maps')
      await back.expect('info', ({ text }) => text === 'others can write to you while you are away: 99 prekeys are with prekey')
      const messages = back.events.filter((event) => event.type === 'message')
      expect(messages.map(({ text, privacy, offline, peer }) => [peer, privacy, text, offline]))
        .to.deep.equal([['alice', 'private', 'at the bridge', true], ['alice', 'private', 'and bring the maps', true]])
      expect(back.events[0]).to.have.property('type', 'ready')
      back.type('/with alice')
      back.type('I am there')
      await chat.expect('message', ({ text, privacy }) => text === 'I am there' && privacy === 'private')
      expect(await back.leave(), back.err).to.equal(0)
    } finally {
      for (const run of runs) run.stdin.end()
      await Promise.all(runs.map(({ exit }) => exit))
      folder.remove()
    }
  })

  it('wants an address, a whole fingerprint, and a network where there is a server', async () => {
    const chat = ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a']
    for (const [args, said] of [
      [[...chat, '--prekey-server', 'p', '--prekey-fingerprint', 'abc'], /112 hexadecimal digits/],
      [[...chat, '--offline', 'yes'], /go with --prekey-server/],
      [[...chat, '--prekey-server', 'p', '--offline', 'perhaps'], /ask, yes or no/],
      [['chat', '--irc', '127.0.0.1:1', '--nick', 'a', '--prekey-server', 'p'], /there is none on IRC/],
    ] as const) {
      const { code, err } = await otr4(args)
      expect(err).to.match(said)
      expect(code).to.equal(2)
    }
  })
})
