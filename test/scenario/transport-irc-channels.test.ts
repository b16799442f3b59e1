import { expect } from 'chai'
import { IrcStage } from '../support/irc-stage.js'
import { collect, rejection, until } from '../support/transport-events.js'

describe('irc: channels', () => {
  const stage = new IrcStage()
  const serve = stage.serve.bind(stage)
  const client = stage.client.bind(stage)

  afterEach(() => stage.close())

  it('joins, talks, does, and leaves; nothing of it reaches a session', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const atAlice = collect(alice, 'channel')
    const messages = collect(alice, 'message')
    await alice.channels.join('#Garden')
    await bob.channels.join('#garden')
    await until(() => atAlice.length === 4)
    expect(atAlice.splice(0)).to.deep.equal([
      { channel: '#garden', event: 'joined', who: 'alice', text: '', own: true },
      { channel: '#garden', event: 'topic', who: 'the server', text: 'all about #Garden' },
      { channel: '#garden', event: 'names', who: 'the server', text: '@alice' },
      { channel: '#garden', event: 'joined', who: 'bob', text: '' },
    ])
    await bob.channels.say('#GARDEN', 'hello, everybody')
    await bob.channels.say('#garden', 'waves', { action: true })
    await until(() => atAlice.length === 2)
    stage.server.rename(stage.server.peer('bob'), 'robert')
    bob.channels.part('#garden')
    await until(() => atAlice.length === 4)
    expect(atAlice.splice(0)).to.deep.equal([
      { channel: '#garden', event: 'said', who: 'bob', text: 'hello, everybody' },
      { channel: '#garden', event: 'did', who: 'bob', text: 'waves' },
      { channel: '#garden', event: 'renamed', who: 'bob', text: 'robert' },
      { channel: '#garden', event: 'left', who: 'robert', text: '' },
    ])
    expect(messages).to.deep.equal([])
    expect(alice.channels.spelling('#garden')).to.equal('#Garden')
  })

  it('a channel is no address of a conversation, whatever a person or a bug hands over', async () => {
    await serve()
    const alice = await client('alice')
    await alice.channels.join('#garden')
    for (const name of ['#garden', '#GARDEN', '&local', '+modeless', '!safe']) {
      expect(() => alice.canonical(name), name).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
      expect(await rejection(alice.send(name, '?OTRv34?')), name).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
    for (const name of ['bob', '', 'gar#den', '#with blank', '#a,#b', '#a\r\nQUIT', '+modeless']) {
      expect(alice.channels.isChannel(name), name).to.equal(false)
      expect(await rejection(alice.channels.join(name)), name).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    }
    expect(await rejection(alice.channels.join('#other', 'a b'))).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    expect(stage.server.peer('alice').lines.filter(({ text }) => /^(?:PRIVMSG|QUIT)/.test(text))).to.deep.equal([])
  })

  it('no query and no whitespace tag is ever said in a channel, and no text becomes a command to the other programs', async () => {
    await serve()
    const alice = await client('alice')
    await alice.channels.join('#garden')
    const tag = ' \t  \t\t\t\t \t \t \t    \t\t  \t\t'
    await alice.channels.say('#garden', '?OTRv34?')
    await alice.channels.say('#garden', `good day${tag}`)
    await alice.channels.say('#garden', '/me waves')
    expect(await rejection(alice.channels.say('#garden', '\u0001VERSION\u0001'))).to.have.property('code', 'OTR_TRANSPORT_TEXT')
    const said = (): string[] => stage.server.peer('alice').lines.map(({ text }) => text).filter((text) => text.startsWith('PRIVMSG'))
    await until(() => said().length === 3)
    expect(said()).to.deep.equal(['PRIVMSG #garden :?\u200bOTRv34?', 'PRIVMSG #garden :good day', 'PRIVMSG #garden :/me waves'])
  })

  it('says in the server\'s words why it lets nobody in, and what it does not take', async () => {
    await serve({ closed: ['#secret'] })
    const alice = await client('alice')
    const refused = await rejection(alice.channels.join('#secret'))
    expect(refused).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
    expect(refused.message).to.include('#secret will not let you in: Cannot join channel (+i)')
    expect(await rejection(alice.channels.say('#secret', 'hello'))).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
    await alice.channels.join('#garden')
    const events = collect(alice, 'channel')
    stage.server.write(stage.server.peer('alice'), ':irc.test 404 alice #garden :Cannot send to channel (+m)')
    stage.server.write(stage.server.peer('alice'), ':op!o@h KICK #garden alice :not today')
    await until(() => events.length === 4)
    expect(events.slice(2)).to.deep.equal([
      { channel: '#garden', event: 'refused', who: 'the server', text: 'Cannot send to channel (+m)' },
      { channel: '#garden', event: 'left', who: 'alice', text: 'taken out by op: not today', own: true },
    ])
    expect(await rejection(alice.channels.say('#garden', 'hello'))).to.have.property('code', 'OTR_TRANSPORT_ADDRESS')
  })

  it('is back in its channels after the connection was lost; what was played back of them is of then', async () => {
    await serve()
    const { port } = stage.server
    const alice = await client('alice')
    await alice.channels.join('#garden')
    await stage.server.close()
    await serve({ closed: ['#gone'] }, port)
    const events = collect(alice, 'channel')
    await until(() => events.some(({ event, own }) => event === 'joined' && own === true))
    events.length = 0
    const peer = stage.server.peer('alice')
    for (const line of [
      'BATCH +x chathistory #garden', '@batch=x;time=2026-11-28T10:00:00.000Z :bob!b@h PRIVMSG #garden :yesterday', '@batch=x :bob!b@h PART #garden', '@batch=x :bob!b@h NICK :robert',
      'BATCH -x', ':bob!b@h PRIVMSG #garden :today',
    ]) stage.server.write(peer, line.startsWith('@') ? line : `:irc.test ${line}`.replace(/^:irc\.test :/, ':'))
    await until(() => events.some(({ text }) => text === 'today'))
    expect(events.filter(({ event }) => event === 'said')).to.deep.equal([
      { channel: '#garden', event: 'said', who: 'bob', text: 'yesterday', sentAt: Date.UTC(2026, 10, 28, 10) / 1000 },
      { channel: '#garden', event: 'said', who: 'bob', text: 'today' },
    ])
    expect(events.filter(({ event }) => event === 'left' || event === 'renamed')).to.deep.equal([])
  })

  it('follows a late or changed comparison of names, and lines to a channel wait in order under its key', async () => {
    await serve({ tokens: ['CASEMAPPING=ascii'] })
    const alice = await client('alice')
    await alice.channels.join('#A[b]')
    stage.server.options(stage.server.peer('alice'), 'CASEMAPPING=rfc1459')
    await until(() => alice.channels.canonical('#a[B]') === '#a{b}')
    expect(alice.channels.spelling('#a{b}')).to.equal('#A[b]')
    await alice.channels.say('#a{B}', 'there')
    await until(() => stage.server.peer('alice').lines.some(({ text }) => text === 'PRIVMSG #A[b] :there'))
  })

  it('says who asks us into a channel, and goes nowhere by that', async () => {
    await serve()
    const alice = await client('alice')
    const notices = collect(alice, 'notice')
    for (const line of [':bob!b@h INVITE carol #garden', ':bob!b@h INVITE alice garden', ':bob!b@h INVITE alice', ':bob!b@h INVITE alice :#garden']) stage.server.write(stage.server.peer('alice'), line)
    await until(() => notices.length > 0)
    expect(notices).to.deep.equal([{ from: 'bob', text: 'asks you into #garden, a channel that everybody in it reads: /join #garden' }])
    expect(stage.server.peer('alice').lines.some(({ text }) => text.startsWith('JOIN'))).to.equal(false)
  })

  it('hostile lines change nothing and throw nowhere', async () => {
    await serve()
    const alice = await client('alice')
    await alice.channels.join('#garden')
    const events = collect(alice, 'channel')
    const peer = stage.server.peer('alice')
    for (const line of ['JOIN', 'JOIN :', ':x JOIN', ':x!y@z JOIN #elsewhere', ':x!y@z PART #elsewhere', ':irc.test 353 alice', ':irc.test 366', ':x!y@z KICK #garden', ':x!y@z QUIT', ':x NICK',
      ':x!y@z TOPIC', 'BATCH', ':irc.test 332 alice', ':irc.test 474', ':irc.test 353 alice = #garden :@ + !', ':x!y@z PRIVMSG #garden :\u0001VERSION\u0001', ':x!y@z PRIVMSG #garden', ':x!y@z PRIVMSG #garden :\u0001ACTION \u0001',
      ':x!y@z PRIVMSG @#garden :to the ops', ':x!y@z PRIVMSG #garden :the end']) stage.server.write(peer, line)
    await until(() => events.some(({ text }) => text === 'the end'))
    expect(events.filter(({ event }) => event === 'said' || event === 'did').map(({ text }) => text)).to.deep.equal(['to the ops', 'the end'])
    expect(alice.status).to.equal('online')
  })
})
