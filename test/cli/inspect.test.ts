import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { otr4, Run } from '../support/cli.js'
import { encryptedPair } from '../support/network.js'
import { fragmentMessage, whitespaceTag } from '../../src/wire/index.js'

/** Every string in a recording that is a line of OTR. */
function recorded(name: string): string[] {
  const text = readFileSync(new URL(`../vectors/data/${name}`, import.meta.url), 'utf8')
  const lines = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value === 'string' && value.startsWith('?OTR:')) lines.add(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk)
  }
  walk(JSON.parse(text))
  return [...lines]
}

describe('otr4 inspect', () => {
  const v3 = recorded('v3-libotr/v3-full.json')
  const v4 = recorded('v4-otr4j-interactive.json')

  it('prints what libotr and otr4j sent, every message of it', async () => {
    for (const lines of [v3, v4]) {
      expect(lines.length).to.be.greaterThan(4)
      const { code, out, err } = await otr4(['inspect', '--json', '-'], lines.join('\n'))
      expect({ code, err }).to.deep.equal({ code: 0, err: '' })
      expect(out.trimEnd().split('\n').length).to.be.at.least(lines.length)
    }
  })

  it('names every field, in JSON with its bytes', async () => {
    const { out } = await otr4(['inspect', '--json', '-'], v4.join('\n'))
    const descriptions = out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    const identity = descriptions.find(({ kind }) => kind === 'v4-identity')
    expect(identity).to.include.keys('senderTag', 'receiverTag', 'clientProfile', 'y', 'b', 'firstEcdh', 'firstDh')
    expect(identity?.['y']).to.match(/^[0-9a-f]{114}$/)
    expect(identity?.['clientProfile']).to.include.keys('instanceTag', 'publicKey', 'forgingKey', 'fingerprint', 'versions', 'expiration', 'signature')
    expect(descriptions.some(({ kind }) => kind === 'v4-auth-r')).to.equal(true)
    expect(descriptions.some(({ kind }) => kind === 'v4-auth-i')).to.equal(true)
    const data = descriptions.find(({ kind }) => kind === 'v4-data')
    expect(data).to.include.keys('ratchetId', 'messageId', 'previousChain', 'ecdh', 'dh', 'ciphertext', 'authenticator', 'revealedMacKeys')
  })

  it('H1: JSON is ASCII, on one line, and reads as the very strings', async () => {
    const nasty = 'a\u001b[2J\u0007\u007f\u0085\u009b31m\u200f\u202e\u2066\u2028\u2029\ufeff\u{e0041}\u00fc\u{1f600}z'
    for (const [line, kind, code] of [[nasty, 'plaintext', 1], [`?OTR Error: ${nasty}`, 'error', 0], [`?OTRv4? ${nasty}`, 'query', 0]] as const) {
      const { out, code: exit } = await otr4(['inspect', '--json', line])
      expect(exit).to.equal(code)
      expect(out).to.match(/^[\x20-\x7e]+\n$/)
      const read = JSON.parse(out) as { readonly kind: string, readonly text: string }
      expect(read.kind).to.equal(kind)
      expect(read.text).to.include(nasty)
    }
  })

  it('takes a text that is longer than any path for what it is', async () => {
    for (const line of ['x'.repeat(5000), `{"from":"a","to":"b","message":"${'x'.repeat(5000)}"}`]) {
      const { code, out, err } = await otr4(['inspect', '--json', line])
      expect([code, err]).to.deep.equal([1, ''])
      expect(out).to.include('xxx')
    }
  })

  it('finds a whitespace tag at either end of a line, and messages between blanks', async () => {
    const tag = whitespaceTag([4])
    for (const line of [`${tag}hello`, `hello${tag}`, tag]) {
      const { out } = await otr4(['inspect', '--json', line])
      expect(JSON.parse(out), JSON.stringify(line)).to.deep.include({ kind: 'plaintext', versions: [4] })
      for (const input of [line, `${line}\n`, `${line}\r\n`, `${line}\n?OTRv4?\n${line}\n`]) {
        const read = (await otr4(['inspect', '--json', '-'], input)).out.trim().split('\n')
        for (const at of [0, read.length - 1]) expect(JSON.parse(read[at] ?? ''), JSON.stringify(input)).to.deep.include({ kind: 'plaintext', versions: [4] })
      }
    }
    for (const line of [`  ${v4[0] ?? ''} `, '\t?OTRv34?\t']) {
      expect((await otr4(['inspect', '--json', line])).code).to.equal(0)
    }
    expect(JSON.parse((await otr4(['inspect', '--json', '  two blanks  '])).out)).to.include({ text: '  two blanks  ' })
  })

  it('reads for people, with the specification\'s names and dates', async () => {
    const line = v4.find((one) => one.startsWith('?OTR:AAQ1')) ?? ''
    const { out, code } = await otr4(['inspect', line])
    expect(code).to.equal(0)
    expect(out).to.match(/^OTRv4 Identity Message, \d+ bytes\n {2}Protocol version/)
    expect(out).to.match(/Receiver's instance tag +/)
    expect(out).to.match(/expires +\d+ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/)
    for (const row of out.trimEnd().split('\n')) expect(row.length).to.be.below(200)
  })

  it('shows revealed MAC keys one by one', async () => {
    const { out } = await otr4(['inspect', '--json', '-'], v3.join('\n'))
    const keys = out.trimEnd().split('\n').map((line) => JSON.parse(line) as { oldMacKeys?: string[] }).flatMap(({ oldMacKeys }) => oldMacKeys ?? [])
    expect(keys.length).to.be.greaterThan(0)
    for (const key of keys) expect(key).to.match(/^[0-9a-f]{40}$/)
  })

  it('reassembles fragments and shows their message', async () => {
    const text = v4.find((one) => one.startsWith('?OTR:AAQ1')) ?? ''
    const pieces = fragmentMessage({ version: 4, text, senderTag: 0x101, receiverTag: 0, maxLength: 300, identifier: 7 })
    expect(pieces.length).to.be.greaterThan(3)
    const { out, code } = await otr4(['inspect', '-'], pieces.join('\n'))
    expect(code).to.equal(0)
    expect(out.match(/^OTRv4 fragment \d+ of \d+$/gm)).to.have.length(pieces.length)
    expect(out).to.match(/^OTRv4 Identity Message/m)
  })

  it('shows no instance tags in version 2, which has none', async () => {
    const { network } = encryptedPair({ alice: { versions: '2', policy: { maxMessageLength: 200 } }, bob: { versions: '2' } })
    const lines = network.log.map(({ line }) => line)
    const { code, out } = await otr4(['inspect', '-'], lines.join('\n'))
    expect(code).to.equal(0)
    for (const title of ['D-H Commit', 'D-H Key', 'Reveal Signature', 'Signature']) expect(out).to.match(new RegExp(`^OTRv2 ${title} Message, \\d+ bytes$`, 'm'))
    expect(out).to.match(/^OTRv2 fragment 1 of \d+$/m)
    expect(out).to.not.match(/tag/i)
  })

  it('queries, tags, errors and plain text', async () => {
    expect(await otr4(['inspect', '?OTRv34? come'])).to.include({ code: 0, out: 'OTR Query Message\n  Versions offered  3, 4\n  Text               come\n' })
    expect((await otr4(['inspect', '?OTR Error: ERROR_2: what\u001b[2J'])).out).to.include('Code  2').and.not.include('\u001b')
    expect((await otr4(['inspect', '--json', 'hi \t  \t\t\t\t \t \t \t    \t\t  \t\t there'])).out).to.include('"versions":[3]')
    expect(await otr4(['inspect', 'just text'])).to.include({ code: 1 })
  })

  it('H1: hostile bytes in a message do not reach the terminal', async () => {
    const run = new Run(['inspect', '-'])
    run.stdin.end('?OTR Error: \u001b]0;x\u0007\u202e\u009b31m')
    expect(await run.exit).to.equal(0)
    expect(run.out).not.to.match(/(?!\n)[\p{Cc}\u202e]/u)
  })

  it('one bad line among good ones: nothing is printed but where it is', async () => {
    const { code, out, err } = await otr4(['inspect', '-'], [...v3.slice(0, 2), '?OTR:AAMC.', v3[2]].join('\n'))
    expect({ code, out }).to.deep.equal({ code: 2, out: '' })
    expect(err).to.match(/^otr4: line 3: malformed: Sender Instance tag at byte 3: [^\n]+\n$/)
  })
})
