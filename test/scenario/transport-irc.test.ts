import { expect } from 'chai'
import fc from 'fast-check'
import { foldCase, IrcTransport, maxTextBytes, parseCaseMapping, splitText } from '../../src/transport/irc/index.js'
import { IrcStage } from '../support/irc-stage.js'
import { collect, rejection, until } from '../support/transport-events.js'

describe('irc: private messages', () => {
  const stage = new IrcStage()
  const serve = stage.serve.bind(stage)
  const client = stage.client.bind(stage)

  afterEach(() => stage.close())

  it('H11: carries text both ways, with the sender\'s address', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const atBob = collect(bob, 'message')
    const atAlice = collect(alice, 'message')
    await alice.send('bob', 'hello  <3 "x" \u{1f600}')
    await alice.send('bob', ':-) colon first')
    await bob.send('alice', ' leading space')
    await until(() => atBob.length === 2 && atAlice.length === 1)
    expect(atBob[0]).to.deep.equal({ from: 'alice', text: 'hello  <3 "x" \u{1f600}', meta: { address: 'alice!~alice@host.test' } })
    expect(atBob[1]?.text).to.equal(':-) colon first')
    expect(atAlice[0]?.text).to.equal(' leading space')
  })

  it('H11: a line of the greatest length arrives whole; one byte more is refused before it is cut', async () => {
    await serve({ host: 'a-rather-long-cloak.example.users.test' })
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const limit = 512 - 2 - ':alice!~alice@a-rather-long-cloak.example.users.test PRIVMSG bob :'.length
    await until(() => alice.maxMessageLength('bob') === limit)
    const longest = '?OTR:'.padEnd(limit - 1, 'A') + '.'
    await alice.send('bob', longest)
    expect(await rejection(alice.send('bob', `?OTR:${'A'.repeat(limit - 5)}.`))).to.have.property('code', 'OTR_TRANSPORT_TOO_LONG')
    await until(() => lines.length === 1)
    expect(lines[0]?.text).to.equal(longest)
  })

  it('H11: while our own host name is unknown the longest one is assumed', async () => {
    await serve({ userhost: false, host: 'h'.repeat(63) })
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const longest = '?OTR:'.padEnd(alice.maxMessageLength('bob') - 1, 'A') + '.'
    await alice.send('bob', longest)
    await until(() => lines.length === 1)
    expect(lines[0]?.text).to.equal(longest)
  })

  it('H11: LINELEN and HOSTLEN of numeric 005 are respected', async () => {
    await serve({ tokens: ['LINELEN=2048', 'HOSTLEN=20'], userhost: false, host: 'h'.repeat(20), cutAt: 2048 })
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    await until(() => alice.maxMessageLength('bob') > 600)
    expect(alice.maxMessageLength('bob')).to.equal(2048 - 2 - `:alice!~alice@${'h'.repeat(20)} PRIVMSG bob :`.length)
    const longest = '?OTR:'.padEnd(alice.maxMessageLength('bob') - 1, 'A') + '.'
    await alice.send('bob', longest)
    await until(() => lines.length === 1)
    expect(lines[0]?.text).to.equal(longest)
  })

  it('H11: irc-framework\'s own cut at 350 characters is not met', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    await alice.send('bob', `?OTR:${'A'.repeat(400)}.`)
    await until(() => lines.length === 1)
    expect(lines[0]?.text).to.have.length(406)
  })

  it('H11: a nick change is followed, the own one too', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const renamed = collect(alice, 'renamed')
    const accounts = collect(alice, 'account')
    const atAlice = collect(alice, 'message')
    const atBob = collect(bob, 'message')
    await bob.send('alice', 'one')
    await until(() => atAlice.length === 1)
    stage.server.rename(stage.server.peer('bob'), 'Bob_away')
    await until(() => renamed.length === 1)
    expect(renamed).to.deep.equal([{ from: 'bob', to: 'bob_away' }])
    await alice.send('bob_AWAY', 'two')
    await until(() => atBob.length === 1)
    const before = alice.maxMessageLength('bob')
    stage.server.rename(stage.server.peer('alice'), 'alice2')
    await until(() => accounts.length === 1)
    expect(alice.account).to.equal('alice2')
    await bob.send('alice2', 'three')
    await until(() => atAlice.length === 2)
    expect(atAlice[1]?.from).to.equal('bob_away')
    expect(alice.spelling('bob_away')).to.equal('Bob_away')
    expect(alice.maxMessageLength('bob')).to.equal(before - 1)
  })

  it('H11: names are compared by the server\'s CASEMAPPING: one key, whatever is typed and heard', async () => {
    await serve({ tokens: ['CASEMAPPING=rfc1459'] })
    const alice = await client('alice')
    const bob = await client('Bob[x]')
    const renamed = collect(alice, 'renamed')
    const atAlice = collect(alice, 'message')
    await bob.send('ALICE', 'one')
    await until(() => atAlice.length === 1)
    expect(atAlice[0]?.from).to.equal('bob{x}')
    for (const typed of ['bOB{X}', 'Bob[x]', 'BOB[X}', 'bob{x}']) expect(alice.canonical(typed)).to.equal('bob{x}')
    expect(alice.spelling('bob{x}')).to.equal('Bob[x]')
    stage.server.rename(stage.server.peer('Bob[x]'), 'BOB{x}')
    await bob.send('alice', 'two')
    await until(() => atAlice.length === 2)
    expect(atAlice[1]?.from).to.equal('bob{x}')
    expect(renamed).to.deep.equal([])
    expect(foldCase('A[]\\^Z', 'rfc1459')).to.equal('a{}|~z')
    expect(foldCase('A[]\\^Z', 'strict-rfc1459')).to.equal('a{}|^z')
    expect(foldCase('A[]\\^\u00c4', 'ascii')).to.equal('a[]\\^\u00c4')
    expect(parseCaseMapping('ascii')).to.equal('ascii')
    expect(parseCaseMapping(undefined)).to.equal('rfc1459')
  })

  it('H11: lines leave at a pace', async function () {
    // A machine that pauses for a moment breaks the first bound, not the second.
    this.retries(3)
    await serve()
    const alice = await client('alice', { pace: { burst: 3, intervalMs: 40 } })
    await client('bob')
    const began = performance.now()
    await Promise.all(Array.from({ length: 8 }, (_, at) => alice.send('bob', String(at))))
    const times = (): number[] => stage.server.peer('alice').lines.filter(({ text }) => text.startsWith('PRIVMSG')).map(({ at }) => at)
    await until(() => times().length === 8)
    expect((times()[2] ?? 0) - began).to.be.lessThan(5 * 40)
    expect((times()[7] ?? 0) - (times()[0] ?? 0)).to.be.greaterThan(5 * 40 - 20)
    expect(stage.server.peer('alice').lines.filter(({ text }) => text.startsWith('PRIVMSG')).map(({ text }) => text.at(-1)))
      .to.deep.equal('01234567'.split(''))
  })

  it('text for people is cut into lines, OTR text is not', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    await alice.send('bob', 'first\r\n\nsecond')
    await alice.send('bob', 'word '.repeat(150))
    await alice.send('bob', '?OTRv34?\nAlice wants to speak in private.\nSee example.org')
    await until(() => lines.at(-1)?.text.startsWith('?OTRv34?') === true)
    expect(lines.slice(0, 2).map(({ text }) => text)).to.deep.equal(['first', 'second'])
    expect(lines.slice(2, -1).map(({ text }) => text.trim()).join(' ')).to.equal('word '.repeat(150).trim())
    expect(lines.at(-1)?.text).to.equal('?OTRv34? Alice wants to speak in private. See example.org')
  })

  it('reconnects, and sends what waited', async () => {
    await serve()
    const { port } = stage.server
    const alice = await client('alice')
    await stage.server.close()
    await until(() => alice.status === 'waiting')
    const waiting = alice.send('bob', 'kept')
    await serve({}, port)
    await until(() => alice.status === 'online')
    await waiting
    await until(() => stage.server.peer('alice').lines.some(({ text }) => text === 'PRIVMSG bob :kept'))
  })

  it('takes another nick when its own is in use, and says so', async () => {
    await serve()
    await client('alice')
    const second = new IrcTransport({ host: '127.0.0.1', port: stage.server.port, nick: 'alice' })
    stage.add(second)
    const accounts = collect(second, 'account')
    await second.start()
    expect(second.account).to.equal('alice_')
    expect(accounts).to.deep.equal([{ account: 'alice_' }])
  })

  it('logs in by SASL, and leaves a server that does not take it', async () => {
    await serve({ password: 'secret' })
    const alice = await client('alice', { password: 'secret' })
    expect(alice.status).to.equal('online')
    expect(await rejection(client('bob', { password: 'wrong' }))).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
    await alice.close(0)
    await stage.server.close()
    await serve()
    expect(await rejection(client('carol', { password: 'secret' }))).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
  })

  it('says that nobody of this nick is there, also of one who was never heard; other refusals in the server\'s words', async () => {
    await serve()
    const alice = await client('alice')
    const lost = collect(alice, 'undelivered')
    const away = collect(alice, 'away')
    await alice.send('Bob', 'are you there?')
    await until(() => lost.length === 1)
    expect(lost).to.deep.equal([{ to: 'bob', detail: 'nobody of this nick is here' }])
    const peer = stage.server.peer('alice')
    stage.server.write(peer, ':irc.test 401 alice carol :No such nick')
    stage.server.write(peer, ':irc.test 486 alice BOB :You must be identified\u0002 to a registered account')
    stage.server.write(peer, ':irc.test 301 alice Bob :out for lunch')
    await until(() => away.length === 1)
    expect(lost.slice(1)).to.deep.equal([{ to: 'bob', detail: 'You must be identified to a registered account' }])
    expect(away).to.deep.equal([{ who: 'bob', text: 'out for lunch' }])
  })

  it('a clock that differs from the server\'s, by any amount, makes no line of now an old one', async () => {
    for (const ahead of [-3_600_000, -90_000, 90_000, 86_400_000]) {
      await serve({ ahead })
      const alice = await client('alice')
      const bob = await client('bob')
      const lines = collect(alice, 'message')
      await bob.send('alice', '?OTRv34?')
      await until(() => lines.length === 1)
      expect(lines[0]?.meta.sentAt, `${ahead}`).to.equal(undefined)
      stage.server.write(stage.server.peer('alice'), `@time=${new Date(stage.server.now - 600_000).toISOString()} :bob!~b@h PRIVMSG alice :ten minutes ago`)
      await until(() => lines.length === 2)
      expect(lines[1]?.meta.sentAt, `${ahead}`).to.be.closeTo(Date.now() / 1000 - 600, 3)
      await stage.close()
    }
    await serve()
  })

  it('a server or a bouncer gets its password, and says at once and in its own words what it refuses', async () => {
    await serve({ serverPassword: 'alice/net: secret' })
    const alice = await client('alice', { serverPassword: 'alice/net: secret' })
    expect(alice.status).to.equal('online')
    // It is not given to SASL too.
    expect(stage.server.peer('alice').lines.filter(({ text }) => text.startsWith('AUTHENTICATE'))).to.deep.equal([])
    const began = performance.now()
    const wrong = await rejection(client('bob', { serverPassword: 'wrong' }))
    expect(wrong).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
    expect(wrong.message).to.match(/will not let you in: Invalid Password$/)
    const told: string[] = []
    const none = new IrcTransport({ host: '127.0.0.1', port: stage.server.port, nick: 'carol' })
    stage.add(none)
    none.on('notice', ({ text }) => told.push(text))
    const missing = await rejection(none.start())
    expect(missing.message).to.match(/will not let you in: Password required \*\*\* You need to send your password\. \(no server password was given\)$/)
    expect(told).to.deep.equal(['*** You need to send your password.'])
    // Not half a minute, after which a silent server counts as gone.
    expect(performance.now() - began).to.be.lessThan(10_000)
    for (const serverPassword of ['a\r\nQUIT', 'a\0b']) {
      expect(() => new IrcTransport({ host: '127.0.0.1', port: 1, nick: 'a', serverPassword })).to.throw().with.property('code', 'OTR_ARGUMENT')
    }
  })

  it('why a server closes is said in its words; a password that it takes no more is not tried for ever', async () => {
    await serve()
    const alice = await client('alice')
    const told = collect(alice, 'status')
    const peer = stage.server.peer('alice')
    stage.server.write(peer, 'ERROR :Closing link: (alice@h) [Excess Flood]')
    peer.socket.end()
    await until(() => told.some(({ status }) => status === 'waiting'))
    expect(told.find(({ status }) => status === 'waiting')?.detail).to.match(/closed the connection: Closing link: \(alice@h\) \[Excess Flood\]$/)
    await until(() => alice.status === 'online')
    const { port } = stage.server
    await stage.server.close()
    await serve({ serverPassword: 'changed' }, port)
    await until(() => alice.status === 'closed')
    expect(told.at(-1)?.detail).to.include('Password required')
  })

  it('a whitespace tag is put in front, where servers leave it, unless blanks of the text would count as part of it', async () => {
    await serve()
    const alice = await client('alice')
    await client('bob')
    const tag = ' \t  \t\t\t\t \t \t \t    \t\t  \t\t'
    const texts = (): string[] => stage.server.peer('alice').lines.map(({ text }) => text).filter((text) => text.startsWith('PRIVMSG')).map((text) => text.slice('PRIVMSG bob :'.length))
    await alice.send('bob', `good day${tag}`)
    await alice.send('bob', `        indented${tag}`)
    await alice.send('bob', `/me waves${tag}`, { action: true })
    await until(() => texts().length === 3)
    expect(texts()).to.deep.equal([`${tag}good day`, '        indented', '\u0001ACTION waves\u0001'])
    await alice.send('bob', `${'word '.repeat(100)}${tag}`)
    await until(() => texts().length === 5)
    expect(texts()[3]).to.match(/^[ \t]{24}word word/)
    expect(texts().slice(3).join(' ').replace(tag, '').trim().split(/ +/)).to.deep.equal(Array.from({ length: 100 }, () => 'word'))
  })

  it('a nick that either side may be given leaves room in a line', async () => {
    await serve({ tokens: ['NICKLEN=20'] })
    const alice = await client('alice')
    const limit = 512 - 2 - `:${'n'.repeat(20)}!~alice@host.test PRIVMSG ${'n'.repeat(20)} :`.length
    await until(() => alice.maxMessageLength('bob') === limit)
  })

  it('leaving is not taken for a lost connection: nothing comes back', async () => {
    await serve()
    const alice = await client('alice')
    const told = collect(alice, 'status')
    await alice.close()
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    expect(told.map(({ status }) => status)).to.deep.equal(['closed'])
    const bob = await client('alice')
    expect(bob.account).to.equal('alice')
  })

  it('the last line is out before the connection is', async () => {
    await serve()
    const alice = await client('alice', { pace: { burst: 1, intervalMs: 20 } })
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    for (let at = 0; at < 5; at++) void alice.send('bob', String(at))
    await alice.close()
    await until(() => lines.length === 5)
    expect(stage.server.peers[0]?.lines.at(-1)?.text).to.match(/^QUIT/)
  })
})

describe('irc: splitting text', () => {
  it('every piece fits, none is empty, nothing but white space is lost', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 4, max: 60 }), (text, limit) => {
      const pieces = splitText(text, limit)
      for (const piece of pieces) {
        expect(piece).not.to.equal('')
        expect(Buffer.byteLength(piece)).to.be.at.most(limit)
        expect(piece).not.to.match(/[\r\n\0]/)
      }
      const squeeze = (all: string): string => all.replaceAll('\0', '\uFFFD').replace(/[ \r\n]/g, '')
      expect(squeeze(pieces.join(''))).to.equal(squeeze(text))
    }))
  })

  it('a whitespace tag is not torn', () => {
    const tag = ' \t  \t\t\t\t \t \t \t    \t\t  \t\t'
    const pieces = splitText(`${'x'.repeat(30)}${tag}`, 40)
    expect(pieces).to.deep.equal(['x'.repeat(30), tag])
  })

  it('the limit counts bytes of the whole line as the receiver gets it', () => {
    const prefix = { nick: 'al\u00efce', user: '~a', host: 'h' }
    const limit = maxTextBytes(prefix, 'bob')
    expect(Buffer.byteLength(`:al\u00efce!~a@h PRIVMSG bob :${'x'.repeat(limit)}\r\n`)).to.equal(512)
  })
})
