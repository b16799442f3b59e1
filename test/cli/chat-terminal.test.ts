import { expect } from 'chai'
import { RelayServer } from '../../src/transport/relay/index.js'
import { Run } from '../support/cli.js'
import { runOnScreen, TestTerminal } from '../support/terminal.js'

describe('otr4 chat at a terminal', () => {
  let relay: RelayServer
  let bob: Run | undefined
  let alice: { terminal: TestTerminal, exit: Promise<number> } | undefined
  const saw: string[] = []

  beforeEach(async () => {
    relay = await RelayServer.listen({ onLine: ({ text }) => { saw.push(text) } })
  })

  afterEach(async () => {
    bob?.stdin.end()
    alice?.terminal.stdin.end()
    await Promise.all([bob?.exit, alice?.exit])
    bob = undefined
    alice = undefined
    saw.length = 0
    await relay.close()
  })

  function startAlice(more: readonly string[] = ['--with', 'bob'], columns = 80, rows = 40): TestTerminal {
    const terminal = new TestTerminal(columns, rows)
    alice = { terminal, exit: runOnScreen(terminal, ['chat', '--relay', relay.url, '--nick', 'alice', ...more]) }
    return terminal
  }

  function startBob(...more: string[]): Run {
    bob = new Run(['chat', '--relay', relay.url, '--nick', 'bob', '--with', 'alice', '--json', ...more])
    return bob
  }

  async function privately(): Promise<{ terminal: TestTerminal, bob: Run }> {
    const terminal = startAlice()
    const other = startBob()
    await Promise.all([terminal.shows('bob [in clear]>'), other.expect('ready')])
    terminal.type('/otr start\r')
    await terminal.shows('bob [private, not verified]>')
    return { terminal, bob: other }
  }

  it('/otr smp asks for a question, then for the secret, in lines of their own; nothing of it is sent as a message', async () => {
    const { terminal, bob: other } = await privately()
    terminal.type('/otr smp\r')
    await terminal.shows(/^question>$/m)
    terminal.type('Where did we meet?\r')
    await terminal.shows(/^secret \(not shown\)>$/m)
    expect(terminal.text).to.include('the answer that you expect to "Where did we meet?"')
    terminal.type('in Paris\r')
    expect(await other.expect('smp')).to.include({ event: 'asked', question: 'Where did we meet?' })
    other.type('/otr answer in Paris')
    await terminal.shows('bob [verified]>')
    expect(terminal.raw).not.to.include('Paris')
    terminal.type('after\r')
    await other.expect('message', ({ text }) => text === 'after')
    expect(other.events.filter(({ type }) => type === 'message')).to.have.length(1)
  })

  it('Escape leaves either question, and nobody is asked; the question may be empty', async () => {
    const { terminal, bob: other } = await privately()
    terminal.type('/otr smp\r')
    await terminal.shows(/^question>$/m)
    terminal.type('\u001b')
    await terminal.shows('nobody is asked')
    terminal.type('/otr smp "Where?"\r')
    await terminal.shows(/^secret \(not shown\)>$/m)
    terminal.type('Paris\u0003')
    await terminal.shows(/nobody is asked: a secret is needed/)
    terminal.type('/otr smp where did we meet?\r')
    await terminal.shows('Put it in quotes')
    expect(other.events.filter(({ type }) => type === 'smp' || type === 'message')).to.deep.equal([])
    terminal.type('/otr smp\r')
    await terminal.shows(/^question>$/m)
    terminal.type('\r')
    await terminal.shows(/^secret \(not shown\)>$/m)
    terminal.type('Paris\r')
    expect(await other.expect('smp')).to.not.have.property('question')
  })

  it('whoever answers a question is told that they have verified nobody by that', async () => {
    const { terminal, bob: other } = await privately()
    terminal.type('/otr answer\r')
    await terminal.shows('has not asked')
    other.type('/otr smp "Where?" Paris')
    await terminal.shows('/otr answer, or /otr abort')
    terminal.type('/otr answer\r')
    await terminal.shows(/^answer \(not shown\)>$/m)
    expect(terminal.text).to.include('who asks "Where?"')
    terminal.type('Paris\r')
    expect(await other.expect('smp', ({ event }) => event === 'succeeded')).to.include({ verified: true })
    await terminal.shows('You have')
    expect(terminal.text).to.include('bob [private, not verified]>')
  })

  it('leaves the terminal as it was, with nothing of the conversation on it; Ctrl-C asks before private conversations end', async () => {
    const { terminal, bob: other } = await privately()
    terminal.type('between us\r')
    await other.expect('message')
    terminal.type('\u0003')
    await terminal.shows('Leave? The private conversation with bob would end. y: yes, n: no')
    terminal.type('n')
    await terminal.shows('bob [private, not verified]>')
    terminal.type('\u0003')
    await terminal.shows('Leave?')
    terminal.type('y')
    expect(await alice?.exit).to.equal(0)
    await other.expect('state', ({ state }) => state === 'ended')
    expect(terminal.other).to.match(/^connecting to ws:\S+\ngood-bye\n$/)
    const last = terminal.raw.slice(terminal.raw.lastIndexOf('\u001b[?1049l'))
    expect(last).not.to.include('between us')
    expect(last).to.include('\u001b[?2004l')
  })

  it('asks nothing where nothing would end, and shows what the other side has ended', async () => {
    const { terminal, bob: other } = await privately()
    other.type('/otr end')
    await terminal.shows('bob [ended: what you type waits]>')
    terminal.type('for bob alone\r')
    await terminal.shows('1 waiting')
    terminal.type('\u0004')
    expect(await alice?.exit).to.equal(0)
    expect(saw).not.to.include('for bob alone')
  })

  it('the first who writes is not by that the one to whom what is typed goes', async () => {
    const terminal = startAlice([])
    const other = startBob()
    await Promise.all([terminal.shows('1: nobody in front'), other.expect('ready')])
    other.type('hello')
    await terminal.shows('new: 2:bob(1)')
    terminal.type('for nobody\r')
    await terminal.shows('with whom? /with NAME')
    terminal.type('\u001b2')
    await terminal.shows('bob [in clear]>')
    terminal.type('hello bob\r')
    expect(await other.expect('message')).to.include({ text: 'hello bob', privacy: 'clear' })
  })

  it('an offer that nobody answers is not shown for ever: what stands before the line is what becomes of it', async () => {
    // The network keeps for bob what comes while he is away.
    const before = startBob()
    await before.expect('ready')
    await before.leave()
    const terminal = startAlice(['--with', 'bob', '--policy', 'handshakeRetryAfter=0.1,handshakeRetries=0'])
    await terminal.shows('bob [in clear]>')
    terminal.type('/otr start\r')
    await terminal.shows('bob [starting: what you type waits]>')
    await terminal.shows('did not answer')
    await terminal.shows(/^bob \[(?!starting).*\]>$/m)
    const says = /^bob \[(.*)\]>$/m.exec(terminal.text)?.[1]
    terminal.type('the next line\r')
    await terminal.shows(says === 'in clear' ? /\[in clear\] {2}you \u2192 the next line/ : /message 1 waits/)
    const other = startBob()
    await other.expect('notice', ({ code }) => code === 'old-offer')
    if (says === 'in clear') expect(await other.expect('message')).to.include({ text: 'the next line', privacy: 'clear' })
    else expect(saw).not.to.include('the next line')
  })

  it('a code is shown whole, or says how much room it needs', async () => {
    const terminal = startAlice(['--with', 'bob'], 80, 24)
    await terminal.shows('bob [in clear]>')
    terminal.type('/otr fingerprint qr\r')
    await terminal.shows('any key goes back')
    expect(terminal.rows.filter((row) => /[\u2580\u2584\u2588]{5}/.test(row)).length).to.be.within(20, 23)
    terminal.type(' ')
    await terminal.shows('otr4:alice?v4=')
    terminal.resize(60, 18)
    terminal.type('/otr fingerprint qr\r')
    await terminal.shows('the window is too small')
  })

  it('help is in pages that fit a terminal of 24 rows', async () => {
    const terminal = startAlice(['--with', 'bob'], 80, 24)
    await terminal.shows('bob [in clear]>')
    terminal.type('/otr help smp\r')
    await terminal.shows('| /otr smp "QUESTION" [ANSWER]')
    expect(terminal.text).to.include('verified nobody')
    terminal.type('/help nonsense\r')
    await terminal.shows('there is no page on nonsense')
  })
})
