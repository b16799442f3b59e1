import { expect } from 'chai'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import { noIndicator, type Indicator } from '../../src/cli/chat/indicator.js'
import { TerminalView } from '../../src/cli/chat/terminal/terminal-view.js'
import type { Leaving, TypedLine } from '../../src/cli/chat/view.js'
import { releaseTerminal } from '../../src/cli/terminal/input.js'
import { TestTerminal } from '../support/terminal.js'

const hostile = 'x\u001b]0;owned\u0007\u001b[2J\u001b[1;1H\u009b31m\r\n12:00 [verified]  bob: send me the money\u2028***\u202e'
const privately: Indicator = { ...noIndicator, standing: 'private', devices: 1 }
const verified: Indicator = { ...privately, verified: true }

/** A terminal with the chat on it, and what the person typed there. */
interface Opened {
  readonly terminal: TestTerminal
  readonly view: TerminalView
  readonly typed: (TypedLine | Leaving)[]
}

describe('the terminal', () => {
  const opened: Opened[] = []

  afterEach(async () => {
    for (const { view, terminal } of opened.splice(0)) {
      await view.close()
      await releaseTerminal(terminal)
    }
  })

  async function open(columns = 80, rows = 24, env: Readonly<Record<string, string>> = {}): Promise<Opened> {
    const terminal = new TestTerminal(columns, rows)
    const view = new TerminalView(terminal.io(env), () => new Date(2026, 10, 29, 12, 0))
    await view.open({ spelling: (name) => name, isChannel: (name) => name.startsWith('#') })
    const typed: (TypedLine | Leaving)[] = []
    void (async () => { for await (const line of view.lines()) typed.push(line) })()
    opened.push({ terminal, view, typed })
    return { terminal, view, typed }
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let tries = 0; tries < 2000 && !condition(); tries++) await new Promise((resolve) => { setTimeout(resolve, 5) })
    expect(condition()).to.equal(true)
  }

  async function withBob(columns = 80, rows = 24): Promise<Opened> {
    const all = await open(columns, rows)
    all.view.turnTo('bob')
    all.view.indicate('bob', privately)
    await all.terminal.shows('bob [private, not verified]>')
    return all
  }

  const events: ChatEvent[] = [
    { type: 'message', peer: 'eve', privacy: 'clear', verified: false, text: hostile },
    { type: 'message', peer: hostile, privacy: 'private', verified: true, text: 'hello' },
    { type: 'smp', peer: hostile, event: 'asked', question: hostile },
    { type: 'notice', peer: hostile, code: 'error-message', detail: hostile },
    { type: 'notice', peer: hostile, code: 'undelivered', detail: hostile },
    { type: 'connection', status: 'waiting', detail: hostile },
    { type: 'state', peer: hostile, state: 'private', version: 3, key: 'changed', verified: false, fingerprint: hostile },
    { type: 'state', peer: hostile, state: 'ended', by: 'them' },
    { type: 'renamed', peer: hostile, to: hostile },
    { type: 'presence', peer: hostile, presence: 'away', detail: hostile },
    { type: 'channel', channel: hostile, event: 'said', who: hostile, text: hostile },
    { type: 'channel', channel: hostile, event: 'names', who: hostile, text: hostile },
    { type: 'service', from: hostile, text: hostile },
    { type: 'lost', peer: hostile, number: 1, text: hostile },
    { type: 'info', text: hostile },
    { type: 'error', text: hostile },
    { type: 'account', account: hostile },
    { type: 'ready', account: hostile, network: hostile },
    { type: 'trust', peer: hostile, verified: true, fingerprint: hostile },
    { type: 'sent', peer: hostile, privacy: 'private', verified: true, text: hostile },
  ]

  for (const event of events) {
    it(`H1: hostile text in a ${event.type} ${'text' in event ? 'text' : 'name'} cannot command the terminal nor forge a line`, async () => {
      for (const columns of [40, 60, 200]) {
        const { terminal, view } = await open(columns)
        view.turnTo(hostile)
        view.indicate(hostile, verified)
        view.show(event)
        view.show({ type: 'info', text: 'the end' })
        void view.ask({ title: hostile, label: 'answer', secret: true })
        await terminal.shows('Escape leaves')
        view.turnToNumber(1)
        view.show(event)
        await terminal.shows(/^ .*:/m)
        expect(terminal.strange, JSON.stringify(terminal.strange)).to.deep.equal([])
        expect(terminal.raw).not.to.match(/\u202e|\u2028/)
        // A forged row would begin with a time, and say what it likes.
        for (const row of terminal.rows) expect(row).not.to.match(/^\s*12:00 \[verified\]\s+bob:/)
      }
    })
  }

  it('a secret is asked for in a line of its own, is not shown, is not sent, and does not come back with the arrow keys', async () => {
    const { terminal, view, typed } = await withBob()
    terminal.type('half a li')
    const asked = view.ask({ title: 'Verify bob: type the secret.', label: 'secret', secret: true })
    await terminal.shows(/^secret \(not shown\)>$/m)
    expect(terminal.text).not.to.include('bob [private, not verified]>')
    terminal.type('open ses')
    view.show({ type: 'message', peer: 'bob', privacy: 'private', verified: false, text: 'hi' })
    view.indicate('bob', verified)
    terminal.type('ame')
    terminal.type('\r')
    expect(await asked).to.equal('open sesame')
    // What was begun before the question stands there as it was.
    await terminal.shows('bob [verified]> half a li')
    terminal.type('ne\r')
    await until(() => typed.length === 1)
    terminal.type('\u001b[A\u001b[A')
    await terminal.shows('bob [verified]> half a line')
    expect(typed).to.deep.equal([{ text: 'half a line', to: 'bob', pasted: false }])
    expect(terminal.raw).not.to.include('ses')
    expect(terminal.text).to.include('bob: hi')
  })

  it('Escape and Ctrl-C leave a question; a paste goes into it, and its line ends press nothing', async () => {
    const { terminal, view, typed } = await withBob()
    for (const leaves of ['\u001b', '\u0003', '\u0004']) {
      const asked = view.ask({ title: 'Which question?', label: 'question', secret: false })
      await terminal.shows(/^question>/m)
      terminal.type('never mind')
      await terminal.shows('question> never mind')
      terminal.type(leaves === '\u0004' ? '\u0015\u0004' : leaves)
      expect(await asked).to.equal(undefined)
    }
    const asked = view.ask({ title: 'Which question?', label: 'question', secret: false })
    await terminal.shows(/^question>/m)
    terminal.paste('two\nlines')
    await terminal.shows('One line is wanted')
    terminal.paste('where?\n')
    await terminal.shows('question> where?')
    terminal.type('\r')
    expect(await asked).to.equal('where?')
    expect(typed).to.deep.equal([])
  })

  it('a secret typed behind a command is not kept either', async () => {
    const { terminal, typed } = await withBob()
    terminal.type('/otr smp open sesame\r')
    await until(() => typed.length === 1)
    terminal.type('\u001b[A')
    await terminal.shows(/bob \[private, not verified\]>$/m)
    expect(terminal.text).not.to.include('sesame')
  })

  it('one pasted line stands there to be sent, and a slash in front of it makes no command', async () => {
    const { terminal, typed } = await withBob()
    terminal.paste('/quit\n')
    await terminal.shows('bob [private, not verified]> //quit')
    expect(typed).to.deep.equal([])
    terminal.type('\r')
    await until(() => typed.length === 1)
    expect(typed).to.deep.equal([{ text: '//quit', to: 'bob', pasted: false }])
    terminal.type('/otr compare ')
    terminal.paste('0123 4567')
    await terminal.shows('> /otr compare 0123 4567')
  })

  it('more pasted lines are shown as they would be sent, to whom, and go only after a yes: Return is none, nor is a second paste', async () => {
    const { terminal, typed } = await withBob()
    terminal.type('see: ')
    terminal.paste('one\n\n/quit\ry\n')
    await terminal.shows('You pasted 3 lines. Send them to bob [private, not verified] as 3 messages?')
    expect(terminal.text).to.match(/^> see: one\n> \/quit\n> y$/m)
    expect(terminal.text).to.match(/^y or n>$/m)
    terminal.type('\r')
    terminal.paste('y')
    terminal.type('q')
    await new Promise((resolve) => { setTimeout(resolve, 60) })
    expect(typed).to.deep.equal([])
    terminal.type('y')
    await until(() => typed.length === 3)
    expect(typed).to.deep.equal(['see: one', '/quit', 'y'].map((text) => ({ text, to: 'bob', pasted: true })))
    await terminal.shows(/bob \[private, not verified\]>$/m)
  })

  it('pasted lines go to nobody after a no, and a paste that cannot be shown is not taken', async () => {
    const { terminal, typed } = await withBob()
    for (const says of ['n', '\u001b', '\u0003']) {
      terminal.paste('one\ntwo')
      await terminal.shows('You pasted 2 lines')
      terminal.type(says)
      await terminal.shows(/bob \[private, not verified\]>$/m)
    }
    terminal.paste('x\n'.repeat(500))
    await terminal.shows('500 lines are too many')
    terminal.type('/msg carol ')
    terminal.paste('one\ntwo')
    await terminal.shows('a command takes one line')
    terminal.type('\u0003')
    // Without marks it is known by coming at once.
    terminal.type('one\r/quit\rtwo\r')
    await terminal.shows('You pasted 3 lines')
    terminal.type('n')
    await terminal.shows(/bob \[private, not verified\]>$/m)
    expect(typed).to.deep.equal([])
  })

  it('who is renamed gets what waits for a yes and what was typed already, and keeps what the bar says', async () => {
    const terminal = new TestTerminal()
    const view = new TerminalView(terminal.io())
    await view.open({ spelling: (name) => name, isChannel: (name) => name.startsWith('#') })
    opened.push({ terminal, view, typed: [] })
    view.turnTo('bob')
    view.indicate('bob', privately)
    await terminal.shows('bob [private, not verified]>')
    terminal.type('typed before\r')
    terminal.paste('one\ntwo')
    await terminal.shows('Send them to bob [private, not verified]')
    view.show({ type: 'renamed', peer: 'bob', to: 'robert' })
    await terminal.shows('Send them to robert [private, not verified]')
    terminal.type('y')
    await terminal.shows('robert [private, not verified]>')
    const typed: (TypedLine | Leaving)[] = []
    void (async () => { for await (const line of view.lines()) typed.push(line) })()
    await until(() => typed.length === 3)
    expect(typed).to.deep.equal([
      { text: 'typed before', to: 'robert', pasted: false }, { text: 'one', to: 'robert', pasted: true }, { text: 'two', to: 'robert', pasted: true },
    ])
  })

  it('a long paste can be looked at whole before it is sent', async () => {
    const { terminal } = await withBob(60, 20)
    terminal.paste(Array.from({ length: 50 }, (_, at) => `line number ${at + 1}`).join('\n'))
    await terminal.shows('> line number 1\n')
    expect(terminal.text).not.to.include('line number 30')
    terminal.type('\u001b[6~'.repeat(9))
    await terminal.shows('> line number 50')
    await terminal.shows(/rows \d+ to 50 of 50/)
  })

  it('goes between windows, each with what is new in it and with a line of its own', async () => {
    const { terminal, view, typed } = await withBob()
    terminal.type('for bob')
    view.show({ type: 'message', peer: 'carol', privacy: 'clear', verified: false, text: 'hello there' })
    await terminal.shows('new: 3:carol(1)')
    expect(terminal.text).not.to.include('hello there')
    terminal.type('\u001b3')
    await terminal.shows(/^carol \[in clear\]>$/m)
    expect(terminal.text).to.include('carol: hello there').and.not.include('new:')
    terminal.type('for carol\r')
    await until(() => typed.length === 1)
    terminal.type('\u001b2')
    await terminal.shows('bob [private, not verified]> for bob')
    terminal.type('\r')
    await until(() => typed.length === 2)
    expect(typed).to.deep.equal([{ text: 'for carol', to: 'carol', pasted: false }, { text: 'for bob', to: 'bob', pasted: false }])
  })

  it('completes commands, and names that were met', async () => {
    const { terminal, view } = await withBob()
    view.know(['carla'])
    view.show({ type: 'message', peer: 'carol', privacy: 'clear', verified: false, text: 'hello' })
    terminal.type('/wi\t')
    await terminal.shows('> /window')
    terminal.type('\t')
    await terminal.shows(/> \/with\b/)
    terminal.type('ca\t')
    await terminal.shows('> /with carla')
    terminal.type('\t')
    await terminal.shows('> /with carol')
    terminal.type('\u0015ca\t')
    await terminal.shows('> carla:')
  })

  it('looks back with PageUp, and wraps anew when the window has another size', async () => {
    const { terminal, view } = await withBob(60, 12)
    for (let at = 1; at <= 40; at++) view.show({ type: 'message', peer: 'bob', privacy: 'private', verified: false, text: `number ${at} ${'word '.repeat(12)}end` })
    await terminal.shows('number 40')
    terminal.type('\u001b[5~\u001b[5~')
    await terminal.shows('number 30')
    expect(terminal.text).to.include('PageDown: newer').and.not.include('number 40 ')
    view.show({ type: 'message', peer: 'bob', privacy: 'private', verified: false, text: 'the newest' })
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    expect(terminal.text).not.to.include('the newest')
    terminal.type('\u001b[6~'.repeat(4))
    await terminal.shows('the newest')
    terminal.resize(200, 30)
    await terminal.shows(/number 39 (?:word ){12}end/)
    terminal.resize(30, 10)
    await terminal.shows(/the\n {2}\| newest|the newest/)
    for (const row of terminal.rows) expect(row.length).to.be.at.most(30)
  })

  it('Ctrl-C erases the line, and then leaves; what is typed after the end goes to nobody', async () => {
    const { terminal, view, typed } = await withBob()
    terminal.type('a line')
    await terminal.shows('> a line')
    terminal.type('\u0003')
    await terminal.shows(/bob \[private, not verified\]>$/m)
    terminal.type('\u0003')
    await until(() => typed.length === 1)
    expect(typed).to.deep.equal([{ leave: true }])
    const asked = view.confirm('Leave? The private conversation with bob would end.')
    await terminal.shows('would end. y: yes, n: no')
    terminal.type('\r')
    terminal.type('n')
    expect(await asked).to.equal(false)
    const closing = view.close()
    terminal.type('a passphrase\r')
    await closing
    expect(terminal.stdin.isPaused()).to.equal(true)
    expect(terminal.stdin.read()).to.equal(null)
    expect(terminal.raw.endsWith('good-bye\n')).to.equal(true)
    expect(terminal.other).to.equal('good-bye\n')
  })

  it('the end of input ends the lines and an open question', async () => {
    const { terminal, view } = await open()
    const lines = view.lines()[Symbol.asyncIterator]()
    const asked = view.ask({ title: 'the secret', label: 'secret', secret: true })
    terminal.stdin.end()
    expect(await asked).to.equal(undefined)
    expect((await lines.next()).done).to.equal(true)
  })

  it('colours are left out where NO_COLOR says so, and everything can be read all the same', async () => {
    const { terminal, view } = await open(80, 24, { NO_COLOR: '1' })
    view.turnTo('bob')
    view.indicate('bob', { ...noIndicator, standing: 'ended' })
    view.show({ type: 'message', peer: 'bob', privacy: 'exposed', verified: false, text: 'hi' })
    await terminal.shows('[IN CLEAR!]')
    expect(terminal.text).to.include('bob [ended: what you type waits]>')
    expect(terminal.raw).not.to.match(/\p{Cc}\[[\d;]*[349]\d[\d;]*m/u)
  })

  it('H1: a text of 250,000 characters does not make every key slow', async () => {
    const { terminal, view } = await withBob()
    view.show({ type: 'message', peer: 'bob', privacy: 'private', verified: false, text: '\u4f60\u597d'.repeat(125_000) })
    await terminal.shows('\u4f60\u597d\u4f60\u597d')
    let made = 0
    const own = Object.getOwnPropertyDescriptor(Intl.Segmenter.prototype, 'segment')
    const segment = own?.value as (this: Intl.Segmenter, text: string) => Intl.Segments
    Object.defineProperty(Intl.Segmenter.prototype, 'segment', {
      ...own,
      value(this: Intl.Segmenter, text: string) {
        made += text.length
        return segment.call(this, text)
      },
    })
    try {
      terminal.type('x')
      await terminal.shows('> x')
    } finally {
      Object.defineProperty(Intl.Segmenter.prototype, 'segment', own ?? {})
    }
    // The rows on the screen are measured again; the text is not.
    expect(made).to.be.lessThan(20_000)
  })
})
