import { expect } from 'chai'
import { IrcTransport } from '../../src/transport/irc/index.js'
import { IrcServer } from '../support/irc-server.js'
import { collect, rejection, until } from '../support/transport.js'

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

  it('Q10: a line that a bouncer plays back is marked as stored', async () => {
    const messages = collect(alice, 'message')
    await inject(
      '@time=2020-01-01T00:00:00.000Z :bob!~bob@h PRIVMSG alice :?OTRv34?',
      `@time=${new Date().toISOString()} :bob!~bob@h PRIVMSG alice :now`,
    )
    expect(messages[0]?.meta.delayedSince).to.equal(Date.UTC(2020, 0, 1) / 1000)
    expect(messages[1]?.meta.delayedSince).to.equal(undefined)
  })

  it('text cannot become a command, a name cannot become two', async () => {
    const before = server.peer('alice').lines.length
    await alice.send('bob', 'x\r\nQUIT :gone\nPRIVMSG carol :y\0z')
    await alice.send('bob', '?OTRv3?\r\nQUIT')
    for (const name of ['bob,carol', 'bob x', 'bob\r\nQUIT', ':bob', '#room', '', 'bob\u0001', 'a!b@c']) {
      expect(await rejection(alice.send(name, 'x')), name).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
    await until(() => server.peer('alice').lines.length >= before + 4)
    expect(server.peer('alice').lines.slice(before).map(({ text }) => text)).to.deep.equal([
      'PRIVMSG bob :x', 'PRIVMSG bob :QUIT :gone', 'PRIVMSG bob :PRIVMSG carol :y\uFFFDz', 'PRIVMSG bob :?OTRv3? QUIT',
    ])
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
