/** `otr4 forge` and the peer protocol's `forge`. What the operations make is tested in test/scenario/forge.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { forge } from '../../src/cli/peer/forge.js'
import { Fields } from '../../src/cli/peer/request-fields.js'
import { PeerClock, type PeerState } from '../../src/cli/peer/state.js'
import { systemRandom } from '../../src/crypto/index.js'
import { forgeAke, forgeTranscript, formatTranscript, type ForgedSideV3, type TranscriptLine } from '../../src/forge/index.js'
import { armorMessage, base64Encode, encodeClientProfile, encodePrekeyProfile, hexEncode } from '../../src/wire/index.js'
import { forgePage } from '../../scripts/forge-page.mjs'
import { otr4 } from '../support/cli.js'
import { libotrKey } from '../scenario/v3-parties.js'
import { seededRandom } from '../support/seeded.js'
import { published } from '../support/v4-offline.js'
import { addressOf, NOW, v4Account } from '../support/v4-parties.js'

const accounts = { alice: v4Account('alice'), bob: v4Account('bob') }
const sides = { bob: { address: addressOf('bob'), clientProfile: accounts.bob.clientProfile }, alice: { address: addressOf('alice'), clientProfile: accounts.alice.clientProfile } }
const side = ({ address, clientProfile }: typeof sides.bob): object => ({ address, clientProfile: base64Encode(encodeClientProfile(clientProfile)) })
const otr4j = JSON.parse(readFileSync(new URL('../vectors/data/v4-otr4j-interactive.json', import.meta.url), 'utf8')) as {
  readonly data: readonly { readonly message: string, readonly chainKey: string, readonly MKenc: string, readonly MKmac: string, readonly plaintext: string }[]
}

describe('otr4 forge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otr4-forge-'))
  const talk = join(folder, 'talk.jsonl')
  const lines: readonly TranscriptLine[] = forgeTranscript({
    ...sides, now: NOW, texts: [{ from: 'alice', text: 'meet at six' }, { from: 'bob', text: 'yes' }, { from: 'alice', text: 'bring it' }, { from: 'bob', text: 'sure' }],
  }, seededRandom('talk'))

  before(() => { writeFileSync(talk, formatTranscript(lines)) })
  after(() => { rmSync(folder, { recursive: true }) })

  /** The result of an operation, as JSON. */
  async function result(...args: string[]): Promise<Record<string, unknown>> {
    const { code, out, err } = await otr4(['forge', args[0] ?? '', '--json', ...args.slice(1)])
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
    return JSON.parse(out) as Record<string, unknown>
  }

  it('makes another conversation between the two of a transcript, without any key, that examine finds nothing wrong with', async () => {
    const texts = join(folder, 'texts.json')
    writeFileSync(texts, JSON.stringify({ texts: [{ from: addressOf('alice'), text: 'I never said that' }, { from: 'bob', text: 'nor I' }] }))
    const { code, out, err } = await otr4(['forge', 'forge-transcript', '--like', talk, texts])
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
    const examined = await otr4(['forge', 'examine', '-'], out)
    expect(examined.code, examined.out).to.equal(0)
    expect(examined.out).to.include('version: 4\n').and.to.include('faults: none\n')
    expect(out).to.include('"text":"I never said that"')
    expect((await otr4(['inspect', '-'], out)).out).to.include('OTRv4 Auth-R Message').and.to.include('OTRv4 Data Message')
  })

  it('examine names the line in which something is wrong, and ends with 1', async () => {
    const broken = [...lines.slice(0, 2), { ...lines[2]!, message: '?OTR:AAQ3.' }, ...lines.slice(3)]
    const { code, out } = await otr4(['forge', 'examine', '--json', '-'], formatTranscript(broken))
    expect(code).to.equal(1)
    expect((JSON.parse(out) as { faults: { line: number, fault: string }[] }).faults.map(({ line, fault }) => [line, fault])).to.deep.equal([[4, 'malformed']])
  })

  it('changes a line of a transcript with the MAC key that the transcript has published, and says where none is', async () => {
    const { published: keys } = await result('examine', talk) as { published: { changes: number[], by: string }[] }
    const line = keys.find(({ by }) => by === addressOf('bob'))?.changes[0] ?? 0
    const { code, out } = await otr4(['forge', 'modify', '--line', String(line), '--old', 'six', '--new', 'ten', '--offset', '8', talk])
    expect(code).to.equal(0)
    expect(out.split('\n')[line - 1]).to.not.equal(readFileSync(talk, 'utf8').split('\n')[line - 1])
    expect((await otr4(['forge', 'examine', '-'], out)).code).to.equal(0)
    const last = lines.length + 1
    const { code: refused, err } = await otr4(['forge', 'modify', '--line', String(last), '--old', 'a', '--new', 'b', talk])
    expect(refused).to.equal(2)
    expect(err).to.include(`has not published the MAC key of line ${last}`)
  })

  it('reads, replaces and modifies what otr4j sent, with the keys that otr4j had', async () => {
    const { message, chainKey, MKenc, MKmac, plaintext } = otr4j.data[0]!
    const text = Buffer.from(plaintext, 'hex').toString('utf8').split('\0')[0] ?? ''
    expect(await result('read-forge', '--key', chainKey, message)).to.include({ verified: true, text })
    const { message: forged } = await result('read-forge', '--key', MKenc, '--key-of', 'message', '--new', 'other words', message) as { message: string }
    expect(await result('read-forge', '--key', chainKey, forged)).to.include({ verified: true, text: 'other words' })
    expect(await result('show-mac', MKenc)).to.deep.equal({ macKey: MKmac })
    expect(await result('remac', '--mac-key', MKmac, forged)).to.deep.equal({ message: forged })
    const { message: modified } = await result('modify', '--mac-key', MKmac, '--old', 'other', '--new', 'seven', forged) as { message: string }
    expect(await result('read-forge', '--key', chainKey, modified)).to.include({ text: 'seven words' })
    expect(await result('read-forge', '--key', '00'.repeat(64), message)).to.deep.equal({ verified: false })
    expect(await result('parse', message)).to.include({ kind: 'v4-data' })
  })

  it('says what is wrong with its words, and shows no key in an error', async () => {
    for (const [args, says] of [
      [[], 'OPERATION is missing'], [['paint'], 'no operation "paint"'], [['parse', 'hello'], 'no encoded message'], [['show-mac', 'xyz'], 'must be bytes in hex'],
      [['show-mac', 'ab'.repeat(3)], 'a message key has 64 bytes'], [['forge-transcript', '[]'], 'no JSON object'], [['forge-transcript', '{"texts":[]}'], 'field "bob" is missing'],
      [['modify', '--offset', 'x', '--old', 'a', '--new', 'b', talk], '--offset must be a number'], [['forge-dake', JSON.stringify({ bob: side(sides.bob), alice: side(sides.alice), now: NOW, signer: 'ab'.repeat(56) })], '57 bytes'],
      [['forge-transcript', '--like', join(folder, 'none'), '{}'], 'no such file'], [['examine', join(folder, 'none')], 'no such file'], [['parse', '{"message":"?OTR:AAMK.","more":1}'], ''],
    ] as const) {
      const { code, out, err } = await otr4(['forge', ...args])
      expect({ code, out }, err).to.deep.equal({ code: 2, out: '' })
      expect(err).to.include(says)
      expect(err).to.not.match(/(?:ab){5}/)
    }
  })
})

describe('otr4 forge --page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otr4-forge-page-'))
  after(() => { rmSync(folder, { recursive: true }) })

  it('writes one file with all that it needs, which may load nothing', async () => {
    const file = join(folder, 'page.html')
    const { code, out, err } = await otr4(['forge', '--page', file])
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
    expect(out).to.include(file).and.to.include('open it in a browser')
    const text = readFileSync(file, 'utf8')
    expect(text === await forgePage(), 'dist/ is older than page/ or src/: npm run build').to.equal(true)
    expect(text).to.not.match(/\b(?:https?|wss?):|\bsrc=|<link|@import|\burl\(|\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b|\beval\(/i)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(text)?.[1] ?? ''
    expect(policy.split('; ').map((part) => part.replace(/sha256-[^']{44}/, 'sha256'))).to.deep.equal([
      "default-src 'none'", "script-src 'sha256' 'wasm-unsafe-eval'", "style-src 'sha256'", 'worker-src blob:', "base-uri 'none'", "form-action 'none'",
    ])
    expect(text.match(/\{\{\w+\}\}/)).to.equal(null)
  })

  it('replaces a file only with --force, and says what is wrong with its words', async () => {
    const file = join(folder, 'mine.html')
    writeFileSync(file, 'mine')
    const { code, err } = await otr4(['forge', '--page', file])
    expect(code).to.equal(2)
    expect(err).to.include('exists already; --force replaces it')
    expect(readFileSync(file, 'utf8')).to.equal('mine')
    expect((await otr4(['forge', '--page', file, '--force'])).code).to.equal(0)
    expect(readFileSync(file, 'utf8')).to.match(/^<!doctype html>/)
    for (const [args, says] of [
      [['--page'], 'argument missing'], [['--page='], '--page needs the name of a file'], [['--page', join(folder, 'more.html'), 'parse'], 'too many words'],
      [['--page', join(folder, 'none', 'page.html')], 'its folder is not there'], [['--page', join(folder, 'other.html'), '--json'], "'--json'"],
    ] as const) {
      const refused = await otr4(['forge', ...args])
      expect({ code: refused.code, out: refused.out }, refused.err).to.deep.equal({ code: 2, out: '' })
      expect(refused.err).to.include(says)
    }
    expect(readFileSync(file, 'utf8')).to.match(/^<!doctype html>/)
  })
})

describe('the peer protocol\'s forge', () => {
  const state = { clock: new PeerClock(NOW), client: undefined, keys: undefined, keeper: undefined, passphrase: undefined } as unknown as PeerState

  async function ask(op: string, given: object): Promise<Record<string, unknown>> {
    const fields = new Fields({ op, ...given })
    const work = forge(fields)
    fields.done()
    return { ...(await work(state)).fields }
  }

  it('forges a key exchange, with and without a long-term key', async () => {
    const given = { bob: side(sides.bob), alice: side(sides.alice) }
    const anybody = await ask('forge-dake', given)
    expect(anybody['messages']).to.have.length(3)
    expect(anybody['signedBy']).to.deep.equal(['one-time key', 'one-time key'])
    const alices = await ask('forge-dake', { ...given, signer: hexEncode(accounts.alice.identity.symmetricKey) })
    expect(alices['signedBy']).to.deep.equal(['long-term key', 'one-time key'])
    expect(alices['ssid']).to.match(/^[0-9a-f]{16}$/)
  })

  it('makes a false ensemble, and a conversation that answers it, signed by its one-time key', async () => {
    const { ensembles: [real] } = published(accounts.bob)
    const made = await ask('false-ensemble', {
      clientProfile: base64Encode(encodeClientProfile(accounts.bob.clientProfile)), prekeyProfile: base64Encode(encodePrekeyProfile(real!.prekeyProfile)),
    })
    const talk = await ask('forge-transcript', {
      ensemble: made['ensemble'], oneTimeKey: made['oneTimeKey'], bob: { address: addressOf('bob') }, alice: side(sides.alice), texts: [{ from: 'alice', text: 'are you there?' }],
    })
    expect((talk['transcript'] as string).split('\n')).to.have.length(4)
    const auth = await ask('forge-auth', { bobAddress: addressOf('bob'), ensemble: made['ensemble'], oneTimeKey: made['oneTimeKey'], alice: side(sides.alice) })
    expect(auth['signedBy']).to.equal('one-time key')
    expect((await ask('parse', { message: auth['message'] }))['kind']).to.equal('v4-non-interactive-auth')
  })

  it('forges a conversation of version 3 with two keys of libotr', async () => {
    const side3 = (name: 'alice' | 'bob', tag: number): object => ({
      address: addressOf(name), tag, dsa: readFileSync(new URL(`../vectors/data/v3-libotr/keys/${name}.private_key`, import.meta.url), 'utf8'),
    })
    const given = { bob: side3('bob', 0x101), alice: side3('alice', 0x102) }
    const { transcript } = await ask('forge-transcript', { version: 3, ...given, texts: [{ from: 'bob', text: 'hi' }], endedBy: 'bob' })
    expect((transcript as string).trimEnd().split('\n')).to.have.length(1 + 4 + 2)
    expect((await ask('forge-ake', given))['messages']).to.have.length(4)
  })

  it('forges all that was said after a key exchange of version 3 that took place, with the private key of one side', async () => {
    const side3 = (name: 'alice' | 'bob', instanceTag: number): ForgedSideV3 => ({ address: addressOf(name), instanceTag, dsa: libotrKey(name) })
    const { messages, bob } = forgeAke({ bob: side3('bob', 0x101), alice: side3('alice', 0x102), now: NOW }, systemRandom)
    const like = formatTranscript(messages.map((message, at) => ({ from: addressOf(at % 2 === 0 ? 'bob' : 'alice'), to: addressOf(at % 2 === 0 ? 'alice' : 'bob'), message: armorMessage(message) })))
    const given = { version: 3, like, privateKey: hexEncode(bob.keys.oursPrevious.privateKey), texts: [{ from: addressOf('alice'), text: 'I never said that' }, { from: 'bob', text: 'nor I' }], endedBy: 'alice' }
    const { transcript } = await ask('forge-transcript', given)
    expect((transcript as string).startsWith(like)).to.equal(true)
    expect((await ask('examine', { transcript }))['faults']).to.deep.equal([])
    expect((transcript as string).trimEnd().split('\n')).to.have.length(1 + 4 + 3)
  })

  it('refuses an operation or a field that it does not know', async () => {
    for (const given of [{ op: 'x' }, { op: 'show-mac', key: 'ab'.repeat(64), more: 1 }, { op: 'show-mac' }]) {
      const { op, ...rest } = given
      let code: unknown
      try { await ask(op, rest) } catch (error) { ({ code } = error as { code: unknown }) }
      expect(code).to.equal('OTR_FIELD')
    }
  })
})
