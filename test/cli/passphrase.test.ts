import { expect } from 'chai'
import { OtrError } from '../../src/errors.js'
import { UsageError } from '../../src/cli/command.js'
import { withSecret } from '../../src/cli/passphrase.js'
import { releaseTerminal } from '../../src/cli/terminal/input.js'
import { TestTerminal } from '../support/terminal.js'

const wanted = { variable: 'OTR4_TEST', what: 'the box' }

/** Opens with one passphrase alone. */
function box(passphrase: string): { readonly tried: string[], readonly open: (secret: string) => Promise<string> } {
  const tried: string[] = []
  return {
    tried,
    open: (secret) => {
      tried.push(secret)
      return secret === passphrase ? Promise.resolve('opened') : Promise.reject(new OtrError('OTR_STORE_PASSPHRASE', 'another passphrase'))
    },
  }
}

describe('a passphrase that is asked for', () => {
  const terminals: TestTerminal[] = []

  afterEach(async () => {
    for (const terminal of terminals.splice(0)) await releaseTerminal(terminal)
  })

  function made(): TestTerminal {
    const terminal = new TestTerminal()
    terminals.push(terminal)
    return terminal
  }

  /** Types when the question stands there for the so-manieth time. */
  async function answer(terminal: TestTerminal, question: string, time: number, typed: string): Promise<void> {
    for (let tries = 0; tries < 2000 && terminal.other.split(question).length - 1 < time; tries++) await new Promise((resolve) => { setTimeout(resolve, 5) })
    terminal.type(typed)
  }

  const failed = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => { throw new Error('it opened') }, (error: unknown) => error)

  it('may be mistyped twice, and is never shown', async () => {
    const terminal = made()
    const { tried, open } = box('open sesame')
    const opening = withSecret(terminal.io(), wanted, open)
    await answer(terminal, 'passphrase of the box: ', 1, 'open sesma\r')
    await answer(terminal, 'passphrase of the box: ', 2, 'open ses\u007f\u007fam\r')
    await answer(terminal, 'passphrase of the box: ', 3, 'open sesaem\u007f\u007fme\r')
    expect(await opening).to.equal('opened')
    expect(tried).to.deep.equal(['open sesma', 'open sam', 'open sesame'])
    expect(terminal.other).not.to.match(/open s/)
    expect(terminal.other).to.include('that did not open it: another passphrase')
  })

  it('after the third time what is typed goes nowhere: not to the next question, not to the shell', async () => {
    const terminal = made()
    const { tried, open } = box('open sesame')
    const opening = failed(withSecret(terminal.io(), wanted, open))
    for (let time = 1; time <= 3; time++) await answer(terminal, 'passphrase of the box: ', time, 'wrong\r')
    await answer(terminal, 'what you type now is not read', 1, 'open sesame\r')
    expect(await opening).to.have.property('code', 'OTR_STORE_PASSPHRASE')
    await releaseTerminal(terminal)
    expect(tried).to.deep.equal(['wrong', 'wrong', 'wrong'])
    expect(terminal.stdin.read()).to.equal(null)
    expect(terminal.other).not.to.include('sesame')
  })

  it('an empty line is asked for again, Escape, Ctrl-C and the end of input decline', async () => {
    for (const declines of ['\u001b', '\u0003', '\u0004']) {
      const terminal = made()
      const { tried, open } = box('open sesame')
      const opening = failed(withSecret(terminal.io(), wanted, open))
      await answer(terminal, 'passphrase of the box: ', 1, '\r')
      await answer(terminal, 'passphrase of the box: ', 2, declines)
      expect(await opening).to.be.instanceOf(UsageError)
      expect(tried).to.deep.equal([])
    }
    const terminal = made()
    const opening = failed(withSecret(terminal.io(), wanted, box('').open))
    terminal.stdin.end()
    expect(await opening).to.be.instanceOf(UsageError)
    expect(await failed(withSecret(terminal.io(), wanted, box('').open))).to.be.instanceOf(UsageError)
  })

  it('a new one is typed twice; two different ones are asked for again', async () => {
    const terminal = made()
    const making = withSecret(terminal.io(), { ...wanted, isNew: true }, (secret) => Promise.resolve(secret))
    await answer(terminal, 'a passphrase for the box: ', 1, 'one\r')
    await answer(terminal, 'once more: ', 1, 'two\r')
    await answer(terminal, 'a passphrase for the box: ', 2, 'three\r')
    await answer(terminal, 'once more: ', 2, 'three\r')
    expect(await making).to.equal('three')
    expect(terminal.other).to.include('these were two different ones').and.not.match(/one\r|three/)
  })

  it('may be pasted, with the end of its line; several lines are none', async () => {
    const terminal = made()
    const { tried, open } = box('open sesame')
    const opening = withSecret(terminal.io(), wanted, open)
    await answer(terminal, 'passphrase of the box: ', 1, '')
    terminal.paste('open\nsesame')
    await answer(terminal, 'one line is wanted', 1, '')
    terminal.paste('open sesame\n')
    await new Promise((resolve) => { setTimeout(resolve, 80) })
    expect(tried).to.deep.equal([])
    terminal.type('\r')
    expect(await opening).to.equal('opened')
    expect(terminal.other).not.to.include('sesame')
  })

  it('comes from the environment where a program says it there, once and without a question; and from nowhere where nobody is', async () => {
    const terminal = made()
    const { tried, open } = box('open sesame')
    expect(await failed(withSecret(terminal.io({ OTR4_TEST: 'wrong' }), wanted, open))).to.have.property('code', 'OTR_STORE_PASSPHRASE')
    expect(tried).to.deep.equal(['wrong'])
    expect(await failed(withSecret({ ...terminal.io(), terminal: false }, wanted, open))).to.have.property('message', 'set OTR4_TEST to the passphrase of the box')
    expect(terminal.raw).to.equal('')
  })

  it('what is typed while it is tried is not read', async () => {
    const terminal = made()
    const opening = withSecret(terminal.io(), wanted, async (secret) => {
      terminal.type('type-ahead\r')
      await new Promise((resolve) => { setTimeout(resolve, 20) })
      if (secret !== 'second') throw new OtrError('OTR_STORE_PASSPHRASE', 'another passphrase')
      return secret
    })
    await answer(terminal, 'passphrase of the box: ', 1, 'first\r')
    await answer(terminal, 'passphrase of the box: ', 2, 'second\r')
    expect(await opening).to.equal('second')
    expect(terminal.other).not.to.include('ahead')
  })
})
