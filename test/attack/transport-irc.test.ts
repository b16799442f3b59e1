import { expect } from 'chai'
import { IrcTransport } from '../../src/transport/irc/index.js'
import { IrcServer } from '../support/irc-server.js'
import { encryptedPair } from '../support/network.js'
import { collect, rejection, until } from '../support/transport-events.js'

describe('irc: what must not happen', () => {
  let server: IrcServer
  let alice: IrcTransport
  let bob: IrcTransport

  beforeEach(async () => {
    server = await new IrcServer().listen()
    alice = new IrcTransport({ host: '127.0.0.1', port: server.port, nick: 'alice', pace: { burst: 100, intervalMs: 1 } })
    bob = new IrcTransport({ host: '127.0.0.1', port: server.port, nick: 'bob', pace: { burst: 100, intervalMs: 1 } })
    await alice.start()
    await bob.start()
  })

  afterEach(async () => {
    await alice.close(0)
    await bob.close(0)
    await server.close()
  })

  /** Sends the client raw lines and waits until it has read them. */
  async function inject(...lines: string[]): Promise<void> {
    const peer = server.peer('alice')
    for (const line of lines) server.write(peer, line)
    const done = collect(alice, 'message')
    server.write(peer, ':z!z@z PRIVMSG alice :done')
    await until(() => done.some(({ text }) => text === 'done'))
  }

  it('H11: a NOTICE never reaches the session and is never answered, a CTCP request neither', async () => {
    const messages = collect(alice, 'message')
    const ignored = collect(alice, 'ignored')
    const before = server.peer('alice').lines.length
    await inject(
      ':bob!~bob@h NOTICE alice :?OTRv34?',
      ':irc.test NOTICE alice :?OTRv34?',
      ':bob!~bob@h PRIVMSG alice :\u0001VERSION\u0001',
      ':bob!~bob@h PRIVMSG alice :\u0001PING 123\u0001',
      ':bob!~bob@h NOTICE alice :\u0001PING 123\u0001',
    )
    expect(messages.map(({ text }) => text)).to.deep.equal(['done'])
    expect(ignored.filter(({ reason }) => reason === 'notice')).to.have.length(5)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    expect(server.peer('alice').lines.slice(before).filter(({ text }) => !text.startsWith('PING'))).to.deep.equal([])
  })

  it('H9: channel messages, our own echo and a server\'s own lines never reach the session', async () => {
    const messages = collect(alice, 'message')
    await inject(
      ':bob!~bob@h PRIVMSG #room :?OTRv34?',
      ':bob!~bob@h PRIVMSG &room :?OTRv34?',
      ':bob!~bob@h PRIVMSG @#room :?OTRv34?',
      ':bob!~bob@h PRIVMSG $* :?OTRv34?',
      ':bob!~bob@h PRIVMSG carol :?OTRv34?',
      ':ALICE!~alice@h PRIVMSG alice :?OTRv34?',
      ':alice!~alice@h PRIVMSG bob :?OTRv34?',
    )
    expect(messages.map(({ text }) => text)).to.deep.equal(['done'])
  })

  it('Q10: a line that a server or a bouncer kept is marked as stored, by the server\'s clock alone', async () => {
    const messages = collect(alice, 'message')
    const time = (seconds: number): string => `@time=${new Date(server.now + seconds * 1000).toISOString()}`
    await inject(
      '@time=2020-01-01T00:00:00.000Z :bob!~bob@h PRIVMSG alice :?OTRv34?',
      `${time(-61)} :bob!~bob@h PRIVMSG alice :a minute ago`,
      `${time(-30)} :bob!~bob@h PRIVMSG alice :slow`,
      `${time(0)} :bob!~bob@h PRIVMSG alice :now`,
      // Another server's clock is ahead: it makes nobody's line an old one.
      `${time(7200)} :carol!~c@h PRIVMSG alice :from the future`,
      `${time(0)} :bob!~bob@h PRIVMSG alice :still now`,
      '@time=nonsense :bob!~bob@h PRIVMSG alice :no time',
      ':irc.test BATCH +1 znc.in/playback bob',
      `@batch=1;${time(-1).slice(1)} :bob!~bob@h PRIVMSG alice :played back`,
      '@batch=1 :bob PRIVMSG',
      `@batch=1;${time(-1).slice(1)} :bob!~bob@h PRIVMSG alice :played back too`,
      '@batch=1 :bob!~bob@h NICK bobby',
      ':irc.test BATCH -1',
      ':irc.test BATCH +2 labeled-response',
      `@batch=2;${time(0).slice(1)} :bob!~bob@h PRIVMSG alice :of now`,
      ':irc.test BATCH -2',
    )
    const kept = (text: string): boolean => messages.find((one) => one.text === text)?.meta.sentAt !== undefined
    expect(messages[0]?.meta.sentAt).to.be.closeTo(Date.UTC(2020, 0, 1) / 1000, 2)
    for (const text of ['?OTRv34?', 'a minute ago', 'played back', 'played back too']) expect(kept(text), text).to.equal(true)
    for (const text of ['slow', 'now', 'from the future', 'still now', 'no time', 'of now', 'done']) expect(kept(text), text).to.equal(false)
  })

  it('Q10: OTR behind a bouncer\'s time stamp is old, and handed over without the stamp; people\'s text keeps it', async () => {
    await alice.close(0)
    await bob.close(0)
    await server.close()
    server = await new IrcServer({ capabilities: '' }).listen()
    alice = new IrcTransport({ host: '127.0.0.1', port: server.port, nick: 'alice' })
    await alice.start()
    const messages = collect(alice, 'message')
    const tag = ' \t  \t\t\t\t \t \t \t    \t\t  \t\t'
    await inject(
      ':bob!~bob@h PRIVMSG alice :[11:45:53] ?OTRv3?', ':bob!~bob@h PRIVMSG alice :[9:05] ?OTR:AAMDxxxx.', ':bob!~bob@h PRIVMSG alice :[11:45:53] ?OTR|1|2,1,2,x,',
      `:bob!~bob@h PRIVMSG alice :[11:45:53] good day${tag}`, ':bob!~bob@h PRIVMSG alice :[11:45:53] good day', ':bob!~bob@h PRIVMSG alice :[note] ?OTR is a protocol',
    )
    expect(messages.map(({ text, meta }) => [text, meta.sentAt])).to.deep.equal([
      ['?OTRv3?', 0], ['?OTR:AAMDxxxx.', 0], ['?OTR|1|2,1,2,x,', 0], [`good day${tag}`, 0], ['[11:45:53] good day', undefined],
      ['[note] ?OTR is a protocol', undefined], ['done', undefined],
    ])
  })

  it('text cannot become a command, a name cannot become two', async () => {
    const before = server.peer('alice').lines.length
    await alice.send('bob', 'x\r\nQUIT :gone\nPRIVMSG carol :y')
    await alice.send('bob', '?OTRv3?\r\nQUIT')
    for (const name of ['bob,carol', 'bob x', 'bob\r\nQUIT', ':bob', '#room', '', 'bob\u0001', 'a!b@c', '$*', '$irc.test']) {
      expect(await rejection(alice.send(name, 'x')), name).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
    await until(() => server.peer('alice').lines.length >= before + 4)
    expect(server.peer('alice').lines.slice(before).map(({ text }) => text)).to.deep.equal([
      'PRIVMSG bob :x', 'PRIVMSG bob :QUIT :gone', 'PRIVMSG bob :PRIVMSG carol :y', 'PRIVMSG bob :?OTRv3? QUIT',
    ])
  })

  it('text never becomes a command to the other program by itself, not even `/me`: an action must be asked for', async () => {
    const before = server.peer('alice').lines.length
    for (const text of ['\u0001VERSION\u0001', '\u0001ACTION waves\u0001', 'x\n\u0001PING 1\u0001', 'a\0b', '', '   ', '\t']) {
      expect(alice.whatIsLost(text), JSON.stringify(text)).to.be.a('string')
      expect(await rejection(alice.send('bob', text)), JSON.stringify(text)).to.have.property('code', 'OTR_TRANSPORT_TEXT')
    }
    await alice.send('bob', '/me waves')
    await alice.send('bob', '/me waves', { action: true })
    await alice.send('bob', '/mean it', { action: true })
    await alice.send('bob', '?OTR:AAQDAAAB.', { action: true })
    await until(() => server.peer('alice').lines.length >= before + 4)
    expect(server.peer('alice').lines.slice(before).map(({ text }) => text)).to.deep.equal([
      'PRIVMSG bob :/me waves', 'PRIVMSG bob :\u0001ACTION waves\u0001', 'PRIVMSG bob :/mean it', 'PRIVMSG bob :?OTR:AAQDAAAB.',
    ])
  })

  it('an action says what it says: an empty one nothing, one that was cut all that came, one of OTR nothing to people', async () => {
    const messages = collect(alice, 'message')
    const ignored = collect(alice, 'ignored')
    await inject(
      ':bob!~bob@h PRIVMSG alice :\u0001ACTION\u0001', ':bob!~bob@h PRIVMSG alice :\u0001ACTION \u0001', ':bob!~bob@h PRIVMSG alice :\u0001\u0001',
      ':bob!~bob@h PRIVMSG alice :\u0001', ':bob!~bob@h PRIVMSG alice :\u0001ACTION waves\u0001', ':bob!~bob@h PRIVMSG alice :\u0001ACTION was cut',
      ':bob!~bob@h PRIVMSG alice :\u0001ACTION ?OTR:AAMD.\u0001', ':bob!~bob@h PRIVMSG alice :\u0001ACTION ?OTRv3?\u0001', ':bob!~bob@h PRIVMSG alice :\u0001VERSION',
    )
    expect(messages.map(({ text, meta }) => [text, meta.action])).to.deep.equal([['waves', true], ['was cut', true], ['done', undefined]])
    expect(ignored.map(({ reason }) => reason)).to.deep.equal(['empty', 'empty', 'notice', 'notice', 'malformed', 'malformed', 'notice'])
  })

  it('Q15: typing notices are no messages, and are not answered; a blank line is one, and no alarm in a private conversation', async () => {
    const messages = collect(alice, 'message')
    const before = server.peer('alice').lines.length
    await inject(
      '@+typing=active :bob!~bob@h TAGMSG alice', '@+typing=done;msgid=1 :bob!~bob@h TAGMSG alice', ':bob!~bob@h TAGMSG alice',
      ':bob!~bob@h PRIVMSG alice :\u0001TYPING 1\u0001', ':bob!~bob@h NOTICE alice :\u0001TYPING 0\u0001',
      ':bob!~bob@h PRIVMSG alice :', ':bob!~bob@h PRIVMSG alice : ', ':bob!~bob@h PRIVMSG alice :\u00a0',
    )
    expect(messages.map(({ text }) => text)).to.deep.equal(['', ' ', '\u00a0', 'done'])
    expect(server.peer('alice').lines.slice(before).filter(({ text }) => !text.startsWith('PING'))).to.deep.equal([])
    const { alice: person } = encryptedPair()
    for (const { text } of messages.slice(0, 3)) person.receive('bob', text)
    expect(person.texts).to.deep.equal(['', ' ', '\u00a0'])
    expect(person.notices).to.deep.equal([])
  })

  it('notices of services and of the server are reported but never answered; OTR in them is read by nobody', async () => {
    const notices = collect(alice, 'notice')
    const messages = collect(alice, 'message')
    await inject(':NickServ!s@h NOTICE alice :Password accepted', ':irc.test NOTICE alice :*** hello', ':bob!b@h NOTICE alice :?OTR:AAMD.', ':bob!b@h NOTICE alice :?OTRv3?')
    expect(notices).to.deep.equal([{ text: 'Password accepted', from: 'NickServ' }, { text: '*** hello' }])
    expect(messages.map(({ text }) => text)).to.deep.equal(['done'])
  })

  it('lines that make no sense do not end the client', async () => {
    await inject('', ':', ': ', '@', ':x', 'PRIVMSG', ':bob!b@h PRIVMSG', ':bob!b@h PRIVMSG alice', ':bob!b@h NOTICE', 'NICK', ':bob NICK',
      ':irc.test 001', ':irc.test 005', ':irc.test 005 alice CHANMODES', ':irc.test 005 alice LINELEN=9999999999 HOSTLEN=-1 CASEMAPPING=',
      ':irc.test 302 alice', ':irc.test 302 alice :', ':irc.test 302 alice :alice=+', ':irc.test 401', ':irc.test 433', 'CAP', 'CAP * ACK',
      ':irc.test BATCH +', 'AUTHENTICATE', ':irc.test 396 alice', '\u0001\u0002\u0003', 'ERROR :closing')
    expect(alice.status).to.equal('online')
    expect(alice.maxMessageLength('bob')).to.be.within(300, 510)
  })

  it('a server elsewhere is not reached without TLS unless that was asked for', () => {
    const options = { host: 'irc.example.org', port: 6667, nick: 'alice' }
    expect(() => new IrcTransport({ ...options, tls: false })).to.throw().with.property('code', 'OTR_TRANSPORT_INSECURE')
    expect(() => new IrcTransport({ ...options, tls: false, insecure: true })).not.to.throw()
    expect(() => new IrcTransport(options)).not.to.throw()
  })
})
