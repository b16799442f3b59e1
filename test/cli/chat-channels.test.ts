import { expect } from 'chai'
import { Run, temporaryFolder } from '../support/cli.js'
import { IrcServer } from '../support/irc-server.js'
import { runOnScreen, TestTerminal } from '../support/terminal.js'

describe('otr4 chat: channels, and what people do', () => {
  let server: IrcServer
  const runs: Run[] = []
  let screen: { readonly terminal: TestTerminal, readonly exit: Promise<number> } | undefined

  beforeEach(async () => { server = await new IrcServer({ closed: ['#secret'] }).listen() })

  afterEach(async () => {
    for (const run of runs) run.stdin.end()
    screen?.terminal.stdin.end()
    await Promise.all([...runs.splice(0).map((run) => run.exit), screen?.exit])
    screen = undefined
    await server.close()
  })

  function args(nick: string): string[] {
    return ['chat', '--irc', `127.0.0.1:${server.port}`, '--nick', nick, '--pace', '1000/1']
  }

  async function start(nick: string, ...more: string[]): Promise<Run> {
    const run = new Run([...args(nick), '--json', ...more])
    runs.push(run)
    await run.expect('ready')
    return run
  }

  async function privately(alice: Run, bob: Run): Promise<void> {
    alice.type('/otr start')
    await Promise.all([alice, bob].map((one) => one.expect('state', ({ state }) => state === 'private')))
  }

  const written = (nick: string): string[] => server.peer(nick).lines.map(({ text }) => text).filter((text) => text.startsWith('PRIVMSG '))

  it('what is typed in a channel goes to the channel in clear, beside a private conversation with somebody who is there', async () => {
    const alice = await start('alice', '--with', 'bob')
    const bob = await start('bob', '--with', 'alice')
    await privately(alice, bob)
    const before = written('alice').length
    alice.type('/join #garden')
    alice.type('hello, everybody')
    alice.type('/me waves')
    alice.type('how do I read ?OTRv34?')
    expect(await alice.expect('channel', ({ event }) => event === 'joined')).to.include({ channel: '#garden', own: true })
    expect(await alice.expect('channel', ({ event }) => event === 'said')).to.include({ text: 'hello, everybody', own: true })
    expect(await alice.expect('channel', ({ event }) => event === 'did')).to.include({ text: 'waves' })
    await alice.expect('channel', ({ text }) => text === 'how do I read ?OTRv34?')
    bob.type('/join #garden')
    await alice.expect('channel', ({ event, who }) => event === 'joined' && who === 'bob')
    expect(written('alice').slice(before)).to.deep.equal([
      'PRIVMSG #garden :hello, everybody', 'PRIVMSG #garden :\u0001ACTION waves\u0001', 'PRIVMSG #garden :how do I read ?\u200bOTRv34?',
    ])
    bob.type('in the garden')
    await alice.expect('channel', ({ event, who, text }) => event === 'said' && who === 'bob' && text === 'in the garden')
    for (const line of ['/otr start', '/otr end', '/otr smp "Where?" here', '/otr status', '/otr trust', '/otr outbox', '/otr devices', '/with #garden']) {
      alice.type(line)
      expect((await alice.expect('error')).text, line).to.include('a channel')
    }
    alice.type('/msg #garden once more')
    await alice.expect('channel', ({ text }) => text === 'once more')
    alice.type('/names')
    expect((await alice.expect('channel', ({ event }) => event === 'names')).text).to.equal('@alice bob')
    alice.type('/with bob')
    alice.type('for you alone')
    await bob.expect('message', ({ privacy, text }) => privacy === 'private' && text === 'for you alone')
    bob.type('/part')
    await alice.expect('channel', ({ event, who }) => event === 'left' && who === 'bob')
    bob.type('to whom?')
    expect((await bob.expect('error')).text).to.match(/^with whom/)
    expect(written('alice').some((line) => line.includes('alone'))).to.equal(false)
    expect(alice.events.filter((event) => 'peer' in event && (event.peer ?? '').startsWith('#'))).to.deep.equal([])
  })

  it('a channel that lets nobody in leaves what is typed next to whom it was typed', async () => {
    const alice = await start('alice')
    await start('bob')
    alice.type('/join #secret')
    alice.type('whose is this?')
    expect((await alice.expect('error')).text).to.include('#secret will not let you in: Cannot join channel (+i)')
    expect((await alice.expect('error')).text).to.match(/^with whom/)
    alice.type('/names')
    expect((await alice.expect('error')).text).to.match(/^which channel/)
    expect(written('alice')).to.deep.equal([])
  })

  it('what somebody does goes as an action where it goes in clear, and inside the encryption where there is one; held, it stays text', async () => {
    const alice = await start('alice', '--with', 'bob')
    const bob = await start('bob', '--with', 'alice')
    alice.type('/me waves ?OTR')
    expect((await bob.expect('message')).text).to.equal('/me waves ?\u200bOTR')
    expect(written('alice')).to.deep.equal(['PRIVMSG bob :\u0001ACTION waves ?\u200bOTR\u0001'])
    // Text that only looks like it is text.
    alice.type('//me waves')
    await bob.expect('message')
    expect(written('alice').at(-1)).to.match(/^PRIVMSG bob :[ \t]*\/me waves$/)
    await privately(alice, bob)
    const before = written('alice').length
    alice.type('/me whispers')
    expect(await bob.expect('message')).to.include({ privacy: 'private', text: '/me whispers' })
    bob.type('/otr end')
    await alice.expect('state', ({ state }) => state === 'ended')
    alice.type('/me waits')
    await alice.expect('outbox', ({ event }) => event === 'held')
    bob.type('/otr start')
    expect(await bob.expect('message', ({ text }) => text.includes('waits'))).to.include({ privacy: 'private', text: '/me waits' })
    expect(written('alice').slice(before).filter((line) => line.includes('\u0001') || /whispers|waits/.test(line))).to.deep.equal([])
  })

  it('with a client that keeps its state, too', async () => {
    const folder = temporaryFolder()
    const run = new Run([...args('alice'), '--json', '--with', 'bob', '--state', folder.path, '--no-passphrase'])
    runs.push(run)
    await run.expect('ready')
    const bob = await start('bob', '--with', 'alice')
    run.type('/me waves')
    await bob.expect('message')
    expect(written('alice')).to.deep.equal(['PRIVMSG bob :\u0001ACTION waves\u0001'])
    await run.leave()
    folder.remove()
  })

  it('in a terminal a channel has a window that says what it is, and nothing in it looks like a person\'s', async () => {
    const bob = await start('bob')
    const terminal = new TestTerminal(80, 24)
    screen = { terminal, exit: runOnScreen(terminal, args('alice')) }
    await terminal.shows('nobody in front')
    terminal.type('/join #Garden\r')
    await terminal.shows('#Garden [in clear, to everybody]>')
    expect(terminal.text.replace(/\n +\| /g, ' ')).to.include('you are in #Garden now. A channel: everybody there and the server reads it, in clear; /part leaves it')
    expect(terminal.text).to.include('2:#Garden in clear, everybody reads')
    bob.type('/join #garden')
    bob.type('hello')
    await terminal.shows(/\[channel\] {3}<bob> hello/)
    terminal.type('hello bob\r')
    await bob.expect('channel', ({ text }) => text === 'hello bob')
    await terminal.shows(/\[channel\] {3}<alice> hello bob/)
    terminal.type('/otr start\r')
    await terminal.shows('OTR does nothing in it')
    terminal.type('\u001b1')
    await terminal.shows('nobody in front')
    bob.type('and again')
    await terminal.shows('new: 2:#Garden(1)')
    terminal.type('\u001b2/close\r')
    await terminal.shows('you are not in #Garden any more')
    expect(await bob.expect('channel', ({ event }) => event === 'left')).to.include({ who: 'alice' })
    expect(terminal.text).to.include('nobody in front')
  })
})
