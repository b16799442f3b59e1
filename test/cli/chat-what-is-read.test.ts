import { expect } from 'chai'
import { noticeText } from '../../src/cli/chat/notice-text.js'
import { generateDsaKey, generateEd448Keys, generateInstanceTag, systemRandom, type AccountKeys } from '../../src/index.js'
import { IrcTransport } from '../../src/transport/irc/index.js'
import { RelayTransport } from '../../src/transport/relay/index.js'
import { Person } from '../support/chat-person.js'
import { ChatRuns } from '../support/chat-runs.js'
import { Run } from '../support/cli.js'
import { IrcServer } from '../support/irc-server.js'

describe('otr4 chat: what people read', () => {
  const chats = new ChatRuns()

  async function privately(alice: Run, bob: Run): Promise<void> {
    alice.type('/otr start')
    await Promise.all([alice, bob].map((one) => one.expect('state', ({ state }) => state === 'private')))
  }

  const html = '&lt;b&gt; is <b>bold</b>, see <A HREF="https://x.example/?a=1&b=2">here</A> <3'

  it('what a text is says the library: of version 3 the person, of version 4 and in clear it is as typed', async () => {
    const alice = await chats.start('alice', 'bob', '--policy', 'allowV4=false')
    const bob = await chats.start('bob', 'alice')
    bob.type(html)
    expect(await alice.expect('message')).to.include({ privacy: 'clear', text: html }).and.not.have.property('html')
    await privately(alice, bob)
    bob.type('<b>perhaps</b>')
    expect(await alice.expect('message')).to.include({ privacy: 'private', text: '<b>perhaps</b>', html: 'perhaps' })
    bob.type(html)
    // A bare `<` is nothing that a program writes which writes HTML.
    expect(await alice.expect('message')).to.include({ privacy: 'private', text: html }).and.not.have.property('html')
    alice.type('/otr format html')
    expect((await alice.expect('info')).text).to.include('read as HTML')
    bob.type(html)
    expect(await alice.expect('message')).to.include({ text: '<b> is bold, see here (https://x.example/?a=1&b=2) <3', html: 'read' })
    alice.type('/otr format plain')
    await alice.expect('info')
    bob.type(html)
    expect(await alice.expect('message')).to.include({ text: html }).and.not.have.property('html')
  })

  it('of version 4 nothing is taken for HTML; a private action of another program\'s is read as one', async () => {
    const alice = await chats.start('alice', 'bob')
    const bob = await chats.start('bob', 'alice')
    await privately(alice, bob)
    alice.type('/otr format html')
    await alice.expect('info')
    bob.type(html)
    expect(await alice.expect('message')).to.include({ text: html }).and.not.have.property('html')
    for (const line of ['\u0001ACTION waves\u0001', '\u0001ACTION waves']) {
      bob.type(line)
      expect(await alice.expect('message')).to.include({ privacy: 'private', text: '/me waves' })
    }
    bob.type('\u0001VERSION\u0001')
    expect(await alice.expect('message')).to.include({ text: '\u0001VERSION\u0001' })
  })

  it('who offers version 2 alone is said in words, and the raw query is not shown', async () => {
    const alice = await chats.start('alice', 'bob')
    const bob = new RelayTransport({ url: chats.url, name: 'bob' })
    await bob.start()
    for (const line of ['?OTRv2?\nbob@x has requested an Off-the-Record private conversation', '?OTR?v2?', '?OTRv12?']) {
      await bob.send('alice', line)
      expect(await alice.expect('notice')).to.include({ peer: 'bob', code: 'unsupported' })
    }
    await bob.send('alice', 'do you know ?OTRv2? at all')
    expect((await alice.expect('message')).text).to.equal('do you know (OTR) at all')
    await bob.close(0)
    expect(alice.events.filter(({ type }) => type === 'message')).to.have.length(1)
    expect(noticeText({ type: 'notice', peer: 'bob', code: 'unsupported' })?.text).to.equal('bob uses a version of OTR that is not spoken here; a newer program of theirs would help')
    for (const code of ['unsupported', 'no-answer'] as const) expect(noticeText({ type: 'notice', peer: 'bob', code, choices: [2] })?.text).to.include('/otr allow 2 says what that means')
  })

  it('where the policy forbids every version, a query is text like any other', async () => {
    const alice = await chats.start('alice', 'bob', '--policy', 'allowV3=false,allowV4=false')
    const bob = new RelayTransport({ url: chats.url, name: 'bob' })
    await bob.start()
    await bob.send('alice', '?OTRv34? bob has requested a private conversation')
    expect(await alice.expect('message')).to.include({ privacy: 'clear', text: '(OTR) bob has requested a private conversation' })
    await bob.close(0)
  })

  it('text that the network cannot carry is told of before it goes, and is not shown as sent; private text may hold it', async () => {
    const server = await new IrcServer().listen()
    const [alice, bob] = ['alice', 'bob'].map((nick) => new Run(['chat', '--irc', `127.0.0.1:${server.port}`, '--nick', nick, '--with', nick === 'alice' ? 'bob' : 'alice', '--json', '--pace', '1000/1'])) as [Run, Run]
    chats.endWithTest(alice, bob)
    await Promise.all([alice, bob].map((one) => one.expect('ready')))
    alice.type('one\u0001two')
    expect((await alice.expect('error')).text).to.match(/^it was not sent: IRC takes U\+0001 for the beginning of a command.*\/otr start first/)
    alice.type('/me is \u0001here')
    await alice.expect('error')
    expect(alice.events.filter(({ type }) => type === 'sent')).to.deep.equal([])
    expect(server.peer('alice').lines.filter(({ text }) => text.startsWith('PRIVMSG'))).to.deep.equal([])
    await privately(alice, bob)
    alice.type('one\u0001two')
    expect(await bob.expect('message')).to.include({ privacy: 'private', text: 'one\u0001two' })
    for (const run of [alice, bob]) {
      run.stdin.end()
      await run.exit
    }
    await server.close()
  })
})

describe('otr4 chat: private lines for keys that are gone', () => {
  let server: IrcServer
  const people: Person[] = []
  const keys = async (): Promise<AccountKeys> => ({ dsa: await generateDsaKey(systemRandom), ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom) })

  beforeEach(async () => { server = await new IrcServer({ tokens: ['CASEMAPPING=rfc1459', 'NICKLEN=16'] }).listen() })

  afterEach(async () => {
    for (const person of people.splice(0)) await person.leave()
    await server.close()
  })

  async function sit(nick: string, peer: string, serverPassword?: string): Promise<Person> {
    const transport = new IrcTransport({ host: '127.0.0.1', port: server.port, nick, pace: { burst: 1000, intervalMs: 1 }, ...serverPassword !== undefined && { serverPassword } })
    const person = await Person.sit(transport, { keys: await keys(), peer })
    people.push(person)
    return person
  }

  it('are said to be lost, once, where no other program can be; one command tells their writer, and a private conversation stands again', async () => {
    const alice = await sit('alice', 'bob')
    const bob = await sit('bob', 'alice')
    bob.type('/otr start')
    await bob.sees((event) => event.type === 'state' && event.state === 'private', 'private')
    // Her machine breaks, and she makes a new account.
    await alice.transport.close(0)
    await alice.leave()
    people.splice(0, 1)
    const anew = await sit('alice', 'bob')
    bob.type('for nobody '.repeat(100))
    expect(await anew.sees((event) => event.type === 'notice')).to.include({ peer: 'bob', code: 'lost-keys' })
    bob.type('/me asks again')
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    expect(anew.shown.filter((event) => event.type === 'notice' && (event.code === 'lost-keys' || event.code === 'other-instance'))).to.have.length(1)
    bob.type('/otr tell')
    await bob.sees((event) => event.type === 'error' && event.text.startsWith('nothing came that could not be read'), 'nothing to tell')
    anew.type('/otr tell')
    await anew.sees((event) => event.type === 'info' && event.text.startsWith('bob was told, in clear'), 'told')
    expect(await bob.sees((event) => event.type === 'notice' && event.code === 'error-message')).to.have.property('detail').that.includes('could not read what you wrote privately')
    await anew.sees((event) => event.type === 'state' && (event.state === 'private' || event.state === 'unaccepted'), 'private anew')
    expect(server.peers.flatMap(({ lines }) => lines).some(({ text }) => text.includes('for nobody') || text.includes('asks again'))).to.equal(false)
  })

  it('may be for another program where the account may have one', async () => {
    await server.close()
    server = await new IrcServer({ serverPassword: 'pass' }).listen()
    const alice = await sit('alice', 'bob', 'pass')
    const bob = await sit('bob', 'alice', 'pass')
    bob.type('/otr start')
    await bob.sees((event) => event.type === 'state' && event.state === 'private', 'private')
    await alice.transport.close(0)
    await alice.leave()
    people.splice(0, 1)
    const anew = await sit('alice', 'bob', 'pass')
    bob.type('for the other one')
    const notice = await anew.sees((event) => event.type === 'notice')
    expect(notice).to.include({ peer: 'bob', code: 'earlier-installation' })
    expect(noticeText({ type: 'notice', peer: 'bob', code: 'earlier-installation' })?.text)
      .to.match(/^bob is probably writing to an earlier installation of yours.* or to another program of yours .*\/otr tell says to them/)
  })
})
