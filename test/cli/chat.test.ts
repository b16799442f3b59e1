import { expect } from 'chai'
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parsePrivateKeys } from '../../src/index.js'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { otr4, Run, temporaryFolder } from '../support/cli.js'
import { IrcServer } from '../support/irc-server.js'
import { XmppServer } from '../support/xmpp-server.js'

describe('otr4 chat', () => {
  let relay: RelayServer
  const runs: Run[] = []
  const saw: string[] = []

  beforeEach(async () => {
    relay = await RelayServer.listen({ onLine: ({ text }) => { saw.push(text) } })
  })

  afterEach(async () => {
    for (const run of runs.splice(0)) {
      run.stdin.end()
      await run.exit.catch(() => 1)
    }
    saw.length = 0
    await relay.close()
  })

  function start(name: string, ...more: string[]): Run {
    const run = new Run(['chat', '--relay', relay.url, '--nick', name, '--json', ...more], { OTR4_PASSPHRASE: 'open sesame' })
    runs.push(run)
    return run
  }

  async function pair(...more: string[]): Promise<[Run, Run]> {
    const alice = start('alice', '--with', 'bob', ...more)
    const bob = start('bob', '--with', 'alice')
    await Promise.all([alice.expect('ready'), bob.expect('ready')])
    return [alice, bob]
  }

  async function privately(alice: Run, bob: Run): Promise<void> {
    alice.type('/otr start')
    await Promise.all([alice, bob].map((one) => one.expect('state', ({ state }) => state === 'private')))
  }

  it('a whole conversation: in clear, offer, private both ways, verification, end', async () => {
    const [alice, bob] = await pair()
    alice.type('hello <3 & "you"')
    expect(await bob.expect('message')).to.include({ peer: 'alice', privacy: 'clear', text: 'hello <3 & "you"' })
    await privately(alice, bob)
    alice.type('whisper')
    expect(await bob.expect('message')).to.include({ privacy: 'private', verified: false, text: 'whisper' })
    alice.type('how do I read ?OTRv34? and ?OTR:AAMD')
    expect((await bob.expect('message')).text).to.equal('how do I read ?OTRv34? and ?OTR:AAMD')
    bob.type('back')
    expect(await alice.expect('message')).to.include({ privacy: 'private', text: 'back' })
    alice.type('/otr smp "Where?" in Paris')
    expect(await bob.expect('smp')).to.include({ event: 'asked', question: 'Where?' })
    bob.type('/otr answer in Paris')
    expect(await alice.expect('smp', ({ event }) => event === 'succeeded')).to.include({ verified: true })
    // Who is asked a question has not verified the one who chose it.
    expect(await bob.expect('smp', ({ event }) => event === 'succeeded')).to.include({ verified: false })
    alice.type('checked')
    await alice.expect('sent', ({ text, verified }) => text === 'checked' && verified)
    alice.type('/otr end')
    await bob.expect('state', ({ state }) => state === 'ended')
    expect(await alice.leave()).to.equal(0)
    expect(await bob.leave()).to.equal(0)
    expect(saw.filter((line) => /whisper|back|Paris|Where|checked/.test(line))).to.deep.equal([])
    expect(alice.err + bob.err).to.equal('')
  })

  it('a wrong secret fails on both sides and verifies nobody', async () => {
    const [alice, bob] = await pair()
    await privately(alice, bob)
    alice.type('/otr smp Paris')
    await bob.expect('smp', ({ event }) => event === 'asked')
    bob.type('/otr answer Rome')
    await Promise.all([alice, bob].map((one) => one.expect('smp', ({ event }) => event === 'failed')))
    alice.type('/otr status')
    expect((await alice.expect('info', ({ text }) => text.includes('private'))).text).to.include('NOT verified')
  })

  it('Q14: after the end nothing goes out in clear until the person says so', async () => {
    const [alice, bob] = await pair()
    await privately(alice, bob)
    bob.type('/otr end')
    await alice.expect('state', ({ state }) => state === 'ended')
    alice.type('still secret')
    await alice.expect('outbox', ({ event }) => event === 'held')
    alice.type('/otr outbox')
    expect((await alice.expect('info')).text).to.include('still secret')
    alice.type('/otr cancel')
    await alice.expect('outbox', ({ event }) => event === 'cancelled')
    alice.type('/otr clear')
    alice.type('in clear')
    await bob.expect('message', ({ text, privacy }) => text === 'in clear' && privacy === 'exposed')
    expect(saw).not.to.include('still secret')
  })

  it('what is held while the keys are exchanged leaves encrypted', async () => {
    const [alice, bob] = await pair('--policy', 'requireEncryption=true')
    alice.type('never in clear')
    await alice.expect('outbox', ({ event }) => event === 'held')
    expect(await bob.expect('message')).to.include({ privacy: 'private', text: 'never in clear' })
    expect(saw.some((line) => line.includes('never in clear'))).to.equal(false)
  })

  it('W31: fingerprints of both stand together, as words and as a code, and can be compared; devices are listed and named', async () => {
    const [alice, bob] = await pair()
    await privately(alice, bob)
    bob.type('/otr fingerprint')
    const his = (await bob.expect('info', ({ text }) => text.includes('yours:'))).text
    const [, digits = ''] = /^yours: ([0-9A-F ]+) \(version 4\)/m.exec(his) ?? []
    alice.type('/otr fingerprint')
    const both = (await alice.expect('info', ({ text }) => text.includes('yours:'))).text
    expect(both).to.include(`of bob: ${digits} (version 4, not verified, in use)`)
    bob.type('/otr fingerprint words')
    const [, words = ''] = /^yours: ([a-z ]+) \(version 4\)/m.exec((await bob.expect('info', ({ text }) => text.includes('yours:'))).text) ?? []
    expect(words.split(' ')).to.have.length(41)
    bob.type('/otr fingerprint qr')
    const code = (await bob.expect('info', ({ text }) => text.includes('otr4:bob?v4='))).text
    expect(code.split('\n').length).to.be.greaterThan(25)
    for (const form of [digits, words, code.split('\n').at(-1) ?? '']) {
      alice.type(`/otr compare ${form}`)
      expect((await alice.expect('info')).text).to.match(/^the same/)
    }
    alice.type(`/otr compare ${'00 '.repeat(56)}`)
    expect((await alice.expect('info')).text).to.match(/^NOT the same/)
    alice.type('/otr compare what')
    expect((await alice.expect('error')).text).to.match(/not a fingerprint/)
    alice.type('/otr devices')
    const [tag = ''] = (await alice.expect('info')).text.split(':')
    expect(tag).to.match(/^[0-9a-f]{8}$/)
    alice.type(`/otr device ${tag} telephone`)
    alice.type('/otr devices')
    expect((await alice.expect('info')).text).to.match(new RegExp(`^${tag} \\(telephone\\): version 4, encrypted, not verified, last heard .*; you write to it$`))
    alice.type('/otr lost')
    expect((await alice.expect('info')).text).to.equal('nothing is lost')
    alice.type('/otr resend 5')
    expect((await alice.expect('error')).text).to.match(/no lost message/)
    alice.type('/otr accept')
    expect((await alice.expect('info')).text).to.match(/not verified/)
  })

  it('leaving ends the private conversation, and that is the last that is sent', async () => {
    const [alice, bob] = await pair()
    await privately(alice, bob)
    alice.stdin.end()
    expect(await alice.exit).to.equal(0)
    await bob.expect('state', ({ state }) => state === 'ended')
    expect(alice.events.at(-1)).to.deep.equal({ type: 'bye' })
  })

  it('never shows a line of OTR, whatever arrives', async () => {
    const alice = start('alice')
    await alice.expect('ready')
    const eve = new RelayTransport({ url: relay.url, name: 'eve' })
    await eve.start()
    for (const line of ['?OTRv2? old client', '?OTR:AAEDAAAAAQ==.', '?OTR:AAMD', '?OTR:===.', '?OTR|1|2,1,2,?OTR:AAM,', '?OTR,1,2,?OTR:AA,', '?OTR?',
      '?OTRv?', '?OTR', '?OTR Error: <b>boo</b>\u001b[2J', 'the end']) await eve.send('alice', line)
    await alice.expect('message', ({ text }) => text === 'the end')
    await eve.close(0)
    for (const event of alice.events) if ('text' in event) expect(event.text, event.type).not.to.match(/\?OTR[:|,v]/)
    expect(alice.out).not.to.match(/AAM|AAED/)
    expect(alice.out).not.to.include('\u001b')
  })

  it('Q10: an offer that the network had kept is not answered', async () => {
    const [alice, bob] = await pair()
    await bob.leave()
    alice.type('/otr start')
    alice.type('read this later')
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    const before = saw.length
    const again = start('bob')
    expect(await again.expect('notice')).to.include({ peer: 'alice', code: 'old-offer' })
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    expect(saw.slice(before)).to.deep.equal([])
  })

  /** A folder for one test; everybody has left before it is removed. */
  async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
    const folder = temporaryFolder()
    try {
      await work(folder.path)
    } finally {
      for (const run of runs) run.stdin.end()
      await Promise.all(runs.map((run) => run.exit))
      folder.remove()
    }
  }

  it('W1: keeps everything in a folder, sealed: leaves, comes back, and the conversation goes on, verified', () => inFolder(async (path) => {
    const [first, bob] = await pair('--state', path)
    await privately(first, bob)
    first.type('/otr trust')
    expect(await first.expect('trust')).to.include({ peer: 'bob', verified: true })
    expect(await first.leave()).to.equal(0)
    bob.type('while you were away')
    await bob.expect('sent')
    const alice = start('alice', '--with', 'bob', '--state', path)
    expect(await alice.expect('message')).to.include({ privacy: 'private', verified: true, text: 'while you were away' })
    alice.type('I am back')
    expect(await bob.expect('message')).to.include({ privacy: 'private', text: 'I am back' })
    expect([...alice.events, ...bob.events].filter((event) => event.type === 'notice' || event.type === 'error')).to.deep.equal([])

    const other = await otr4(['chat', '--relay', relay.url, '--nick', 'carol', '--state', path], '', { OTR4_PASSPHRASE: 'open sesame' })
    expect(other.code).to.equal(2)
    expect(other.err).to.match(/^otr4: .*in use.*\n$/)
    await alice.leave()
    const wrong = await otr4(['chat', '--relay', relay.url, '--nick', 'alice', '--state', path], '', { OTR4_PASSPHRASE: 'wrong' })
    expect(wrong).to.have.property('code', 2)
    expect(wrong.err).to.match(/^otr4: OTR_STORE_PASSPHRASE: .*\n$/)
    const without = await otr4(['chat', '--relay', relay.url, '--nick', 'alice', '--state', path])
    expect(without.err).to.match(/^otr4: --state: set OTR4_PASSPHRASE .*\n$/)
    const known = await otr4(['fingerprint', '--state', path, '--json'], '', { OTR4_PASSPHRASE: 'open sesame' })
    expect(known.out).to.match(/"peer":"bob","version":4,.*"verified":true/)
    const again = await otr4(['keygen', '--state', path, '--account', 'alice', '--protocol', 'relay'])
    expect(again).to.include({ code: 1, err: 'otr4: alice has keys already, sealed\n' })
    for (const file of readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
      expect(readFileSync(join(file.parentPath, file.name), 'latin1')).to.not.match(/alice|bob|sesame|while you/)
      expect(statSync(join(file.parentPath, file.name)).mode & 0o077, file.name).to.be.oneOf([0, 0o044])
    }
  }))

  it('takes over the keys and the trust of a folder in clear, and seals them', () => inFolder(async (path) => {
    const made = await otr4(['keygen', '--state', path, '--account', 'alice', '--protocol', 'relay', '--json'])
    const { fingerprint3, fingerprint4, instanceTag } = JSON.parse(made.out) as Record<string, string>
    appendFileSync(join(path, 'otr.fingerprints'), `bob\talice\trelay\t${'ab'.repeat(20)}\tverified\n`)
    const alice = start('alice', '--with', 'bob', '--state', path)
    expect((await alice.expect('info')).text).to.match(/sealed now/)
    alice.type('/otr fingerprint')
    const { text } = await alice.expect('info')
    const digits = text.replaceAll(/\s/g, '').toLowerCase()
    for (const fingerprint of [fingerprint3, fingerprint4, 'ab'.repeat(20)]) expect(digits).to.include(fingerprint)
    await alice.leave()
    expect(existsSync(join(path, 'otr4.json'))).to.equal(false)
    expect(parsePrivateKeys(readFileSync(join(path, 'otr.private_key'), 'utf8'))).to.have.lengthOf(1)
    const shown = await otr4(['fingerprint', '--state', path, '--json'], '', { OTR4_PASSPHRASE: 'open sesame' })
    expect(shown.out).to.include(fingerprint4).and.include(fingerprint3)
    const bob = start('bob', '--with', 'alice')
    const back = start('alice', '--with', 'bob', '--state', path)
    await Promise.all([bob, back].map((one) => one.expect('ready')))
    back.type('/otr start')
    await bob.expect('state', ({ state }) => state === 'private')
    // Nobody has verified this key of bob's, and one is verified: nothing goes to it until the person says so.
    expect(await back.expect('state', ({ state }) => state === 'unaccepted')).to.include({ key: 'changed', verified: false })
    back.type('for a verified key')
    await back.expect('outbox', ({ event }) => event === 'held')
    back.type('/otr accept')
    await back.expect('state', ({ state }) => state === 'private')
    expect(await bob.expect('message')).to.include({ privacy: 'private', text: 'for a verified key' })
    expect(bob.events.find((event) => event.type === 'state' && event.state === 'private')).to.include({ instance: instanceTag, fingerprint: fingerprint4 })
  }))

  it('--no-passphrase keeps the key beside what it seals', () => inFolder(async (path) => {
    const run = async (...more: string[]): Promise<{ code: number, err: string }> =>
      otr4(['chat', '--relay', relay.url, '--nick', 'alice', '--state', path, '--json', ...more], '/quit\n')
    expect(await run('--no-passphrase')).to.include({ code: 0, err: '' })
    expect(statSync(join(path, 'key')).mode & 0o777).to.equal(0o600)
    expect(await run()).to.include({ code: 0, err: '' })
  }))

  it('has one passphrase for all accounts of a folder: another one for a new account would lock out the others', () => inFolder(async (path) => {
    const run = async (nick: string, passphrase: string | undefined, ...more: string[]): Promise<{ code: number, err: string }> =>
      otr4(['chat', '--relay', relay.url, '--nick', nick, '--state', path, '--json', ...more], '/quit\n', passphrase === undefined ? {} : { OTR4_PASSPHRASE: passphrase })
    expect(await run('alice', 'one')).to.include({ code: 0, err: '' })
    expect((await run('bob', 'two')).err).to.match(/^otr4: OTR_STORE_PASSPHRASE: [^\n]+\n$/)
    expect(await run('bob', undefined, '--no-passphrase')).to.deep.include({ code: 2, err: 'otr4: --no-passphrase: this state was sealed under a passphrase\n' })
    expect(existsSync(join(path, 'key'))).to.equal(false)
    expect(await run('bob', 'one')).to.include({ code: 0, err: '' })
    expect(await run('alice', 'one')).to.include({ code: 0, err: '' })
    expect(readdirSync(join(path, 'accounts')).filter((name) => !name.endsWith('.anchor'))).to.have.length(2)
  })).timeout(60_000)

  it('W2: a private conversation goes on after the network was gone', async () => {
    const [alice, bob] = await pair()
    await privately(alice, bob)
    const { port } = relay
    await relay.close()
    await Promise.all([alice, bob].map((one) => one.expect('connection', ({ status }) => status === 'waiting')))
    alice.type('written meanwhile')
    relay = await RelayServer.listen({ port, onLine: ({ text }) => { saw.push(text) } })
    await Promise.all([alice, bob].map((one) => one.expect('connection', ({ status }) => status === 'online')))
    bob.type('back again')
    await alice.expect('message', ({ privacy, text }) => privacy === 'private' && text === 'back again')
    expect(saw.some((line) => line.includes('written meanwhile'))).to.equal(false)
  })

  it('plain text for scripts: standard input that is no terminal is enough', async () => {
    const alice = new Run(['chat', '--relay', relay.url, '--nick', 'alice', '--with', 'bob'])
    const bob = new Run(['chat', '--relay', relay.url, '--nick', 'bob', '--with', 'alice', '--plain'])
    runs.push(alice, bob)
    await Promise.all([alice.sees(/^ready alice ws:\S+\n/), bob.sees(/^ready bob /)])
    alice.type('/otr start')
    await Promise.all([alice, bob].map((one) => one.sees(/^state (?:alice|bob) private v4 \d+ new unverified [0-9a-f]{112}$/m)))
    alice.type('hi there')
    await bob.sees(/^message alice private unverified hi there$/m)
    alice.type('/nosuch')
    await alice.sees(/^error there is no command/m)
    await alice.leave()
    await bob.sees(/^state alice ended$/m)
  })

  it('speaks over IRC, in fragments that fit, and follows a new nick', async () => {
    const server = await new IrcServer().listen()
    const [alice, bob] = ['alice', 'bob'].map((nick) => new Run(['chat', '--irc', `127.0.0.1:${server.port}`, '--nick', nick, '--json', '--pace', '100/1'])) as [Run, Run]
    runs.push(alice, bob)
    try {
      await Promise.all([alice.expect('ready'), bob.expect('ready')])
      alice.type('/with bob')
      await privately(alice, bob)
      // Whoever writes first is not by that the one whom he writes to.
      bob.type('to nobody')
      expect((await bob.expect('error')).text).to.match(/^with whom/)
      bob.type('/with alice')
      bob.type('from bob')
      await alice.expect('message', ({ privacy, text }) => privacy === 'private' && text === 'from bob')
      // The receiver gets the sender's address in front: with it, and the line's end, 512 bytes are the most.
      for (const peer of server.peers) {
        for (const { text } of peer.lines) expect(Buffer.byteLength(`:${server.address(peer)} ${text}\r\n`)).to.be.at.most(512)
        expect(peer.lines.filter(({ text }) => text.includes(' :?OTR|')).length).to.be.greaterThan(2)
      }
      server.rename(server.peer('bob'), 'robert')
      expect(await alice.expect('renamed')).to.deep.equal({ type: 'renamed', peer: 'bob', to: 'robert' })
      alice.type('to robert')
      await bob.expect('message', ({ privacy, text }) => privacy === 'private' && text === 'to robert')
    } finally {
      for (const run of [alice, bob]) run.stdin.end()
      await Promise.all([alice.exit, bob.exit])
      await server.close()
    }
  })

  it('gives a bouncer its password, and says at once, in its words, that it takes it or not', async () => {
    const server = await new IrcServer({ serverPassword: 'alice/net:secret' }).listen()
    const chat = (env: Record<string, string>): Run => {
      const run = new Run(['chat', '--irc', `127.0.0.1:${server.port}`, '--nick', 'alice', '--json', '--irc-password'], env)
      runs.push(run)
      return run
    }
    try {
      const right = chat({ OTR4_IRC_PASSWORD: 'alice/net:secret' })
      await right.expect('ready')
      expect(await right.leave()).to.equal(0)
      const wrong = chat({ OTR4_IRC_PASSWORD: 'alice/net:wrong' })
      expect(await wrong.exit).to.equal(1)
      expect(wrong.err).to.match(/^otr4: 127\.0\.0\.1:\d+ will not let you in: Invalid Password\n$/)
      const none = chat({})
      expect(await none.exit).to.equal(2)
      expect(none.err).to.include('set OTR4_IRC_PASSWORD')
    } finally {
      await server.close()
    }
  })

  it('asks a person at a terminal for the password of his XMPP account, and does not show it', async () => {
    const server = await new XmppServer().listen()
    const alice = new Run(['chat', '--xmpp', 'alice@test.example', '--server', `127.0.0.1:${server.port}`, '--plain'], {}, true)
    runs.push(alice)
    try {
      await alice.sees(/password of the XMPP account: $/)
      alice.type('secret')
      await alice.sees(/ready alice@test\.example/)
      expect(alice.out).not.to.include('secret')
    } finally {
      alice.stdin.end()
      await alice.exit
      await server.close()
    }
  })

  it('speaks over XMPP', async () => {
    const server = await new XmppServer().listen()
    const [alice, bob] = ['alice', 'bob'].map((name) => new Run(
      ['chat', '--xmpp', `${name}@test.example`, '--server', `127.0.0.1:${server.port}`, '--json'], { OTR4_PASSWORD: 'secret' },
    )) as [Run, Run]
    runs.push(alice, bob)
    try {
      await Promise.all([alice.expect('ready'), bob.expect('ready')])
      alice.type('/with Bob@test.example')
      await privately(alice, bob)
      alice.type('from alice')
      expect(await bob.expect('message')).to.include({ peer: 'alice@test.example', privacy: 'private', text: 'from alice' })
    } finally {
      for (const run of [alice, bob]) run.stdin.end()
      await Promise.all([alice.exit, bob.exit])
      await server.close()
    }
  })
})
