/** `otr4 chat --record FILE`: what the network saw, and nothing that it did not. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { examineTranscript, readTranscript } from '../../src/forge/index.js'
import { ChatRuns } from '../support/chat-runs.js'
import { otr4, temporaryFolder, type Run } from '../support/cli.js'

describe('the record of what goes over the network', () => {
  const chats = new ChatRuns()
  let folder: ReturnType<typeof temporaryFolder>
  let file: string

  beforeEach(() => {
    folder = temporaryFolder()
    file = join(folder.path, 'talk.jsonl')
  })

  afterEach(() => { folder.remove() })

  const isPrivate = async (...both: Run[]): Promise<void> => { await Promise.all(both.map((one) => one.expect('state', ({ state }) => state === 'private'))) }

  it('is said at the start, is for its owner alone, verifies, and holds no private text and no secret; inspect and forge read it', async () => {
    const alice = await chats.start('alice', 'bob', '--record', file)
    expect((await alice.expect('info')).text).to.match(/^EVERYTHING THAT GOES OVER THE NETWORK is recorded in .*talk\.jsonl: .* No keys, and not what private messages say$/)
    const bob = await chats.start('bob', 'alice', '--policy', 'maxMessageLength=400')
    alice.type('in clear')
    await bob.expect('message')
    alice.type('/otr start')
    await isPrivate(alice, bob)
    for (const [from, to, text] of [[alice, bob, 'for you alone'], [bob, alice, 'for you alone, too'], [alice, bob, 'Paris'], [bob, alice, 'yes']] as const) {
      from.type(text)
      await to.expect('message')
    }
    alice.type('/log')
    expect((await alice.expect('info')).text).to.include('EVERYTHING THAT GOES OVER THE NETWORK')
    await alice.leave()

    expect(statSync(file).mode & 0o777).to.equal(0o600)
    const text = readFileSync(file, 'utf8')
    expect(text).to.include('"from":"alice","to":"bob","message":"in clear"').and.not.match(/alone|Paris|"text"/)
    expect(text).to.match(/"time":\d{10}\}/)
    const { faults, profiles, published, version } = examineTranscript(readTranscript(text))
    expect({ faults, version, of: profiles.map(({ address }) => address).sort() }).to.deep.equal({ faults: [], version: 4, of: ['alice', 'bob'] })
    expect(published.length).to.be.greaterThan(0)

    const inspected = await otr4(['inspect', '--json', file])
    expect(inspected.code).to.equal(1)
    const lines = inspected.out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.find(({ kind }) => kind === 'plaintext')).to.include({ line: 2, from: 'alice', to: 'bob' })
    expect(lines.map(({ kind }) => kind)).to.include('v4-identity').and.include('v4-auth-r').and.include('v4-auth-i').and.include('v4-data').and.include('fragment')
    const wanted = join(folder.path, 'new.json')
    writeFileSync(wanted, JSON.stringify({ texts: [{ from: 'bob', text: 'I never said that' }] }))
    const forged = await otr4(['forge', 'forge-transcript', '--like', file, wanted])
    expect(forged.code, forged.err).to.equal(0)
    expect((await otr4(['forge', 'examine', '-'], forged.out)).code).to.equal(0)
  })

  it('a file that is there is continued if it is a transcript, and is for its owner alone then; anything else is refused before anything is said', async () => {
    const begin = '{"transcript":"otr","format":1}\n{"from":"alice","to":"bob","message":"before"}\n'
    writeFileSync(file, begin)
    chmodSync(file, 0o644)
    const alice = await chats.start('alice', 'bob', '--record', file)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    alice.type('after')
    await alice.expect('sent')
    const { lines, faults } = readTranscript(readFileSync(file, 'utf8'))
    expect(readFileSync(file, 'utf8').startsWith(begin)).to.equal(true)
    expect(lines.map(({ message }) => message)).to.deep.equal(['before', 'after'])
    expect(faults).to.deep.equal([])

    const mine = join(folder.path, 'letter.txt')
    writeFileSync(mine, 'Dear Bob')
    for (const [path, says] of [[mine, 'no transcript of otr4'], [folder.path, 'cannot be written (EISDIR)'], [join(folder.path, 'none', 'x'), 'cannot be written (ENOENT)']] as const) {
      const { code, out, err } = await otr4(['chat', '--relay', chats.url, '--nick', 'carol', '--record', path])
      expect({ code, out }).to.deep.equal({ code: 2, out: '' })
      expect(err).to.include(says)
    }
    expect(readFileSync(mine, 'utf8')).to.equal('Dear Bob')
  })

  it('a disk that fails is said, and stops nothing', async () => {
    const alice = await chats.start('alice', 'bob', '--record', file)
    const bob = await chats.start('bob', 'alice')
    const { rmSync } = await import('node:fs')
    rmSync(file)
    mkdirSync(file)
    alice.type('said all the same')
    expect((await alice.expect('error')).text).to.match(/^a line could not be recorded: /)
    expect((await bob.expect('message')).text).to.equal('said all the same')
    bob.type('heard')
    expect((await alice.expect('message')).text).to.equal('heard')
  })

  it('nothing is recorded without the option', async () => {
    const alice = await chats.start('alice', 'bob')
    alice.type('hello')
    await alice.expect('sent')
    expect(alice.out).to.not.match(/record/)
  })
})

describe('otr4 inspect of a transcript', () => {
  it('names each message with its line and its addresses, puts fragments of both sides together, and shows all others when one cannot be read', async () => {
    const lines = [
      '{"transcript":"otr","format":1}', '{"from":"alice","to":"bob","message":"?OTR|0|00000101|00000000,00001,00002,?OTR:AAMC,"}',
      '{"from":"bob","to":"alice","message":"?OTR:AAMC."}', '{"from":"eve\\u001b[2J","to":"alice"}', '{"from":"bob","to":"alice","message":"?OTRv34? come"}',
    ]
    const { code, out, err } = await otr4(['inspect', '-'], lines.join('\n'))
    expect({ code, err }).to.deep.equal({ code: 2, err: '' })
    expect(out).to.include('Cannot be read: malformed: ').and.include('Cannot be read: no line of a transcript: "message" is no text').and.include('OTR Query Message')
    expect(out).to.match(/^ {2}Line +5\n {2}From +bob\n {2}To +alice$/m).and.not.include('\u001b')
    const json = (await otr4(['inspect', '--json', '-'], lines.join('\n'))).out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(json.map(({ line, kind }) => [line, kind])).to.deep.equal([[2, 'fragment'], [3, 'malformed'], [4, 'malformed'], [5, 'query']])
  })
})
