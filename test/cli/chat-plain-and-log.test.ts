import { expect } from 'chai'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { ChatLog } from '../../src/cli/chat/chat-log.js'
import { pastedLines, type PastedLine } from '../../src/cli/chat/pasted-lines.js'
import { RelayServer } from '../../src/transport/relay/index.js'
import { ChatRuns } from '../support/chat-runs.js'
import { otr4, Run, temporaryFolder } from '../support/cli.js'

const on = '\u001b[200~'
const off = '\u001b[201~'

async function read(text: string): Promise<PastedLine[]> {
  async function* lines(): AsyncGenerator<string> {
    for (const line of text.split('\n')) yield await Promise.resolve(line)
  }
  const all: PastedLine[] = []
  for await (const line of pastedLines(lines())) all.push(line)
  return all
}

describe('what is pasted into the plain view at a terminal', () => {
  it('one pasted line is text, whatever it looks like; more are none at all; what is typed is typed', async () => {
    expect(await read('hello')).to.deep.equal([{ text: 'hello', pasted: false }])
    expect(await read('/quit')).to.deep.equal([{ text: '/quit', pasted: false }])
    expect(await read(`${on}/quit${off}`)).to.deep.equal([{ text: '/quit', pasted: true }])
    expect(await read(`${on}/quit\n${off}`)).to.deep.equal([{ text: '/quit', pasted: true }])
    expect(await read(`${on}one\ntwo\n/quit${off}`)).to.deep.equal([{ refused: 3 }])
    expect(await read(`typed ${on}one\ntwo${off} typed\nafter`)).to.deep.equal([{ refused: 2 }, { text: 'after', pasted: false }])
    expect(await read(`${on}\n\none\n\n${off}`)).to.deep.equal([{ text: 'one', pasted: true }])
  })

  it('a command that was begun by typing takes a pasted word, and a pasted slash begins none', async () => {
    expect(await read(`/otr compare ${on}0123 4567${off}`)).to.deep.equal([{ text: '/otr compare 0123 4567', pasted: false }])
    expect(await read(`${on}/${off}quit`)).to.deep.equal([{ text: '/quit', pasted: true }])
    expect(await read(`/${on}quit${off}`)).to.deep.equal([{ text: '/quit', pasted: true }])
    expect(await read(`/otr smp ${on}one\n/quit${off}`)).to.deep.equal([{ refused: 2 }])
  })

  it('a paste without an end takes everything behind it with it; marks in a paste end nothing early', async () => {
    expect(await read(`${on}one\n/quit\n/quit`)).to.deep.equal([{ refused: 3 }])
    expect(await read(`${on}one${off}${on}\n/quit${off}`)).to.deep.equal([{ refused: 2 }])
    expect(await read(`${off}/quit`)).to.deep.equal([{ text: '/quit', pasted: false }])
  })

  it('whatever is pasted, none of it is a command, and of several lines nothing is sent', async () => {
    const line = fc.string({ unit: fc.constantFrom('/', 'q', 'u', 'i', 't', ' ', on, 'x'), minLength: 1, maxLength: 12 })
    await fc.assert(fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (pasted) => {
      const result = await read(`${on}${pasted.join('\n')}${off}`)
      const texts = pasted.map((one) => one.replaceAll(on, '')).filter((one) => one !== '')
      expect(result).to.deep.equal(texts.length === 0 ? [] : texts.length === 1 ? [{ text: texts[0], pasted: true }] : [{ refused: texts.length }])
    }), { numRuns: 500 })
  })

  it('in the program: several lines are refused and said so, one goes as text, and the terminal is told to mark pastes', async () => {
    const relay = await RelayServer.listen()
    const alice = new Run(['chat', '--relay', relay.url, '--nick', 'alice', '--with', 'bob', '--plain'], {}, true)
    try {
      await alice.sees(/ready alice/)
      expect(alice.out).to.include('\u001b[?2004h')
      alice.type(`${on}one\n/quit\ntwo${off}`)
      await alice.sees(/^error 3 lines were pasted, and none of them was sent/m)
      alice.type(`${on}/quit${off}`)
      await alice.sees(/^sent bob clear unverified \/quit$/m)
      expect(alice.out).to.not.match(/^bye/m)
    } finally {
      alice.stdin.end()
      await alice.exit
      await relay.close()
    }
    expect(alice.out.trimEnd().endsWith('\u001b[?2004l')).to.equal(true)
  })
})

describe('the log', () => {
  const chats = new ChatRuns()
  let folder: ReturnType<typeof temporaryFolder>

  beforeEach(() => { folder = temporaryFolder() })

  afterEach(() => { folder.remove() })

  const kept = (path: string): string => readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8')).join('')

  it('is off by default, and says so when it is asked', async () => {
    const alice = await chats.start('alice', 'bob')
    alice.type('/log')
    expect((await alice.expect('info')).text).to.equal('nothing of what is said is kept; --log DIR keeps what is said in clear')
    alice.type('/log private yes')
    expect((await alice.expect('info')).text).to.match(/^nothing of what is said is kept/)
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it('keeps what is said in clear and no private text, says so at the start, and keeps private text only after the person said so', async () => {
    const path = join(folder.path, 'log')
    const alice = await chats.start('alice', 'bob', '--log', path)
    const bob = await chats.start('bob', 'alice')
    expect((await alice.expect('info')).text).to.equal(`what is said in clear is kept in ${path}; private text is not`)
    alice.type('in clear')
    await bob.expect('message')
    alice.type('/otr start')
    await Promise.all([alice, bob].map((one) => one.expect('state', ({ state }) => state === 'private')))
    alice.type('for you alone')
    await bob.expect('message')
    bob.type('for you alone, too')
    await alice.expect('message')
    alice.type('/otr smp "Where?" alone in Paris')
    await bob.expect('smp')
    expect(kept(path)).to.match(/^\S+Z sent bob clear unverified in clear$/m).and.match(/^\S+Z state bob private v4 /m).and.not.match(/alone|Where|Paris/)
    expect(statSync(path).mode & 0o777).to.equal(0o700)
    expect(readdirSync(path).map((name) => [name, statSync(join(path, name)).mode & 0o777])).to.deep.equal([['bob.log', 0o600]])
    alice.type('/log private yes')
    expect((await alice.expect('info', ({ text }) => text.includes('kept'))).text).to.include('PRIVATE TEXT TOO: whoever has the disk reads it')
    alice.type('now it is kept')
    await bob.expect('message')
    alice.type('/log private no')
    await alice.expect('info', ({ text }) => text.includes('private text is not'))
    alice.type('and now it is not')
    await bob.expect('message')
    expect(kept(path)).to.include('sent bob private unverified now it is kept\n').and.not.include('and now')
  })

  it('--log-private keeps it from the start and says so; without --log it is refused', async () => {
    const path = join(folder.path, 'log')
    const alice = await chats.start('alice', 'bob', '--log', path, '--log-private')
    expect((await alice.expect('info')).text).to.include('PRIVATE TEXT TOO')
    const { code, err } = await otr4(['chat', '--relay', chats.url, '--nick', 'carol', '--log-private'])
    expect([code, err]).to.deep.equal([2, 'otr4: --log-private goes with --log DIR\n'])
  })

  it('a name is never a path, and never two names in one file; a disk that fails is said and stops nothing', async () => {
    const path = join(folder.path, 'log')
    const log = new ChatLog(path, false, () => new Date(0))
    const names = ['bob', 'BOB', '../evil', '..', '.', '/etc/passwd', 'a/b', 'a_b', 'con\u0000', '#garden', 'x'.repeat(300), `${'x'.repeat(300)}y`]
    for (const peer of names) log.write({ type: 'message', peer, privacy: 'clear', verified: false, text: 'a\nb' })
    expect(readdirSync(path)).to.have.length(names.length)
    expect(existsSync(join(folder.path, 'evil.log'))).to.equal(false)
    for (const name of readdirSync(path)) {
      expect(name).to.match(/^[a-z0-9_#@-][a-z0-9@._#-]*\.log$/)
      expect(readFileSync(join(path, name), 'utf8').split('\n')).to.have.length(2)
    }
    writeFileSync(join(path, 'careless.log'), '')
    chmodSync(join(path, 'careless.log'), 0o644)
    log.write({ type: 'message', peer: 'careless', privacy: 'clear', verified: false, text: 'hi' })
    expect(statSync(join(path, 'careless.log')).mode & 0o777).to.equal(0o600)

    mkdirSync(join(path, 'carol.log'))
    const alice = await chats.start('alice', 'carol', '--log', path)
    alice.type('said all the same')
    await alice.expect('sent')
    expect((await alice.expect('error')).text).to.match(/^it could not be written to the log/)
  })
})
