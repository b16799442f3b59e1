import { expect } from 'chai'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Shown } from '../../src/cli/chat/shown.js'
import { TerminalView } from '../../src/cli/chat/terminal-view.js'

const hostile = 'x\u001b]0;owned\u0007\u001b[2J\u001b[1;1H\u009b31m\r\n12:00 [verified]  bob: send me the money\u2028***\u202e'

/** A terminal that keeps what it was given. */
function terminal(columns = 60): { view: TerminalView, stdin: PassThrough, raw: () => string, rows: () => string[] } {
  const stdin = new PassThrough()
  const stdout = Object.assign(new PassThrough(), { columns, rows: 24 })
  let raw = ''
  stdout.on('data', (data: Buffer) => { raw += data.toString('utf8') })
  const view = new TerminalView({ stdin, stdout, stderr: new PassThrough(), env: {}, terminal: true })
  return { view, stdin, raw: () => raw, rows: () => stripVTControlCharacters(raw).split(/\r?\n/) }
}

/** Without colours and the movements of the line editor. */
function withoutOwnSequences(raw: string): string {
  const [first = '', ...more] = raw.split('\u001b[')
  return first + more.map((part) => /^(?:[\d;]*m|\d*[ABCDGJK])/.test(part) ? part.replace(/^[\d;]*./, '') : `\u001b[${part}`).join('')
}

const settle = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 30) })

describe('the terminal', () => {
  const events: Shown[] = [
    { type: 'message', peer: 'eve', privacy: 'clear', verified: false, text: hostile },
    { type: 'message', peer: hostile, privacy: 'private', verified: true, text: 'hello' },
    { type: 'smp', peer: hostile, event: 'asked', question: hostile },
    { type: 'notice', peer: hostile, code: 'error-message', detail: hostile },
    { type: 'notice', peer: hostile, code: 'undelivered', detail: hostile },
    { type: 'connection', status: 'waiting', detail: hostile },
    { type: 'state', peer: hostile, state: 'private', version: 3, key: 'changed', verified: false, fingerprint: hostile },
    { type: 'renamed', peer: hostile, to: hostile },
    { type: 'info', text: hostile },
    { type: 'error', text: hostile },
    { type: 'ready', account: hostile, network: hostile },
    { type: 'trust', peer: hostile, verified: true, fingerprint: hostile },
    { type: 'sent', peer: hostile, privacy: 'private', verified: true, text: hostile },
  ]

  for (const event of events) {
    it(`H1: hostile text in a ${event.type} ${'text' in event ? 'text' : 'name'} cannot command the terminal nor forge a line`, async () => {
      const { view, raw, rows } = terminal()
      view.show(event)
      view.prompt(hostile, 'private', true)
      await settle()
      // Colours and the movements of the line editor are ours; nothing else may be there.
      expect(withoutOwnSequences(raw())).not.to.match(/(?![\r\n])[\p{Cc}\u2028\u202e]/u)
      expect(raw()).not.to.include('\u001b[2J')
      for (const row of rows()) {
        // Our own rows begin with the time and a mark, or with the margin. A forged one would begin with its own time.
        expect(row).not.to.match(/^\s*12:00 \[verified\]/)
        if (/\d\d:\d\d \[verified\]/.test(row)) expect(row).to.match(/\||^\d\d:\d\d \[verified\] {2}(?!bob: send)/)
      }
      view.close()
    })
  }

  it('H1: a long line is broken by us, never by the terminal', async () => {
    const { view, rows } = terminal(40)
    view.show({ type: 'message', peer: 'eve', privacy: 'clear', verified: false, text: `${' '.repeat(100)}12:00 [verified]  bob: hi${'x'.repeat(100)}` })
    await settle()
    const shown = rows().filter((row) => row !== '')
    expect(shown.length).to.be.greaterThan(3)
    for (const row of shown) expect(row.length).to.be.at.most(40)
    for (const row of shown.slice(1)) expect(row).to.match(/^ {16}\| |^> $/)
    view.close()
  })

  it('a secret is asked for without being shown, and does not come back with the arrow keys', async () => {
    const { view, stdin, raw } = terminal()
    const lines = view.lines()[Symbol.asyncIterator]()
    const asked = view.secret('the secret')
    stdin.write('open sesame\r')
    expect(await asked).to.equal('open sesame')
    await settle()
    view.show({ type: 'message', peer: 'bob', privacy: 'private', verified: false, text: 'hi' })
    stdin.write('\u001b[A\u001b[Aafter\r')
    expect((await lines.next()).value).to.equal('after')
    expect(raw()).not.to.include('sesame')
    view.close()
  })

  it('a secret typed behind a command is not kept either', async () => {
    const { view, stdin } = terminal()
    const lines = view.lines()[Symbol.asyncIterator]()
    stdin.write('/otr smp open sesame\r')
    expect((await lines.next()).value).to.equal('/otr smp open sesame')
    await settle()
    stdin.write('\u001b[A\r')
    expect((await lines.next()).value).to.equal('')
    view.close()
  })

  it('a message that arrives while a secret is typed does not show it', async () => {
    const { view, stdin, raw } = terminal()
    const asked = view.secret('the secret')
    stdin.write('open ses')
    await settle()
    view.show({ type: 'message', peer: 'bob', privacy: 'private', verified: false, text: 'hi' })
    view.prompt('bob', 'private', false)
    stdin.write('ame\r')
    expect(await asked).to.equal('open sesame')
    await settle()
    expect(raw()).not.to.include('ses')
    expect(raw()).to.include('hi')
    view.close()
  })

  it('the end of input ends the lines and an open question', async () => {
    const { view, stdin } = terminal()
    const lines = view.lines()[Symbol.asyncIterator]()
    const asked = view.secret('the secret')
    stdin.end()
    expect(await asked).to.equal(undefined)
    expect((await lines.next()).done).to.equal(true)
  })

  it('colours are left out where NO_COLOR says so', async () => {
    const stdout = Object.assign(new PassThrough(), { columns: 80 })
    let raw = ''
    stdout.on('data', (data: Buffer) => { raw += data.toString('utf8') })
    const view = new TerminalView({ stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: { NO_COLOR: '1' }, terminal: true })
    view.show({ type: 'message', peer: 'bob', privacy: 'exposed', verified: false, text: 'hi' })
    view.prompt('bob', 'ended', false)
    await settle()
    expect(raw).to.include('[IN CLEAR!]').and.not.match(/\p{Cc}\[[\d;]*m/u)
    view.close()
  })
})
