import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { dsaFingerprint } from '../../src/crypto/index.js'
import { OtrError } from '../../src/errors.js'
import {
  formatFingerprints, formatInstanceTags, formatPrivateKeys, type LibotrPrivateKey, parseFingerprints, parseInstanceTags, parsePrivateKeys,
  readFingerprints,
} from '../../src/v3/libotr/index.js'
import { hexEncode } from '../../src/wire/index.js'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
// Written by libotr 4.1.1, with names that need every kind of quoting.
const keyFile = read('data/libotr/otr.private_key')
const tagFile = read('data/libotr/otr.instance_tags')
const fingerprintFile = read('data/libotr/otr.fingerprints')
const aliceFile = read('../vectors/data/v3-libotr/keys/alice.private_key')

const fingerprintOf = ({ key }: LibotrPrivateKey): string => hexEncode(dsaFingerprint(key))

/** Runs what must fail as a broken file does; gives the message. */
function fileError(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).instanceOf(OtrError)
    expect(error).property('code', 'OTR_FILE')
    const { message } = error as OtrError
    expect(message).match(/^(private key|fingerprints|instance tags) file, line \d+: ./)
    return message
  }
  throw new Error('the file was accepted')
}

describe('libotr files: private keys', () => {
  it('are read with the names and fingerprints that libotr gives them', () => {
    expect(parsePrivateKeys(keyFile).map((entry) => [entry.account, entry.protocol, fingerprintOf(entry)])).deep.equal([
      ['tab\tname', 'p', '7deaed83d3ce6e7fdd7b2aa63118d807a580b2ba'],
      ['plain-name.x_y:z*+=', 'tok', '09e7dfb11bd4e13e3c82144dda97fef9d716fd2e'],
      ['7up', 'IRC', '0117c5f40f1ea32d9729b82aadd899cf7a596d86'],
      ['alice@example.org/', 'prpl-jabber', '292e83b5c2d9952675377f3f4fdc95175e8f0134'],
      ['al ice"q\\u\'ote', 'prpl-irc', '96e02ec68e6da98cd86b46138d016f6db4c5cf31'],
      ['été', 'xmpp', 'bcc278639c7e2e3b14dfe5236fff47fadb7a8576'],
      ['café@x', 'xmpp', '957a3504dec8ec2418ca259c31144468e1e6946d'],
      ['mitµx', 'p', '8e04668cb70d609cb34afc04f545030550aa0647'],
    ])
  })

  it('are written as libotr writes them, byte for byte', () => {
    for (const file of [keyFile, aliceFile, read('../vectors/data/v3-libotr/keys/bob.private_key')]) {
      expect(formatPrivateKeys(parsePrivateKeys(file))).equal(file)
    }
  })

  it('have the fingerprints of the recorded transcript', () => {
    const transcript = read('../vectors/data/v3-libotr/v3-full.json')
    for (const name of ['alice', 'bob']) {
      const [entry] = parsePrivateKeys(read(`../vectors/data/v3-libotr/keys/${name}.private_key`))
      expect(entry).include({ account: name, protocol: 'test' })
      expect(transcript).include(`new_fingerprint ${name} fp=${fingerprintOf(entry!)}`)
    }
  })

  it('may be written in every form that an S-expression allows', () => {
    const [alice] = parsePrivateKeys(aliceFile)
    const variants: [string, string][] = [
      ['(name alice)', '(name "alice")'],
      ['(name alice)', '(name #616C 69\n6365#)'],
      ['(name alice)', '(name |YWxpY2U=|)'],
      ['(name alice)', '(name 5:alice)'],
      ['(name alice)', '(name "\\141\\x6cic\\\ne")'],
      ['(name alice)', '(name "al\\\r\nice")'],
      ['(name alice)', '(4:name(  5:alice  ))'.replace('(  5:alice  )', ' 5:alice ')],
      ['(privkeys\n', '\r\n\t(PrivKeys '],
      ['(protocol test)', '(protocol test) (something else (entirely))'],
    ]
    for (const [from, to] of variants) {
      const changed = aliceFile.replace(from, to)
      expect(changed).not.equal(aliceFile)
      expect(parsePrivateKeys(changed)).deep.equal([alice])
    }
    expect(parsePrivateKeys('(privkeys)')).deep.equal([])
    expect(formatPrivateKeys([])).equal('(privkeys\n)\n')
  })

  it('may have text behind them, which libotr passes over too; a list there would be lost, and is an error', () => {
    const keys = parsePrivateKeys(aliceFile)
    for (const behind of ['hello', ' "quoted', ' [', '\0\0', '\n; a comment\n', '\r\n-- \r\nAlice', '#zz', '\u2603 5:ab']) {
      expect(parsePrivateKeys(aliceFile.trimEnd() + behind), JSON.stringify(behind)).deep.equal(keys)
    }
    for (const behind of [aliceFile, '(unfinished', 'a)', '\n; (c) Alice']) {
      expect(fileError(() => parsePrivateKeys(aliceFile + behind))).match(/line (16|17): something follows the closing parenthesis/)
    }
  })

  it('keep every name of an account, whatever characters it has', () => {
    const [alice] = parsePrivateKeys(aliceFile)
    const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff })).map((value) => String.fromCodePoint(value))
    const names = fc.oneof(fc.string({ unit: codePoint }), fc.string({ unit: fc.constantFrom('\\', '"', '\'', '\n', '\0', '#', '|', ' ', '1', 'é', '\x7f') }))
    fc.assert(fc.property(names, names, (account, protocol) => {
      const entry = { ...alice!, account, protocol }
      expect(parsePrivateKeys(formatPrivateKeys([entry]))).deep.equal([entry])
    }), { numRuns: 40 })
  })

  it('say which line is broken, and how', () => {
    const cases: [string | RegExp, string, RegExp][] = [
      [/[^]*/, '', /line 1: the file is empty/],
      [/[^]*/, 'hello', /line 1: a list in parentheses/],
      [/[^]*/, '(keys)', /line 1: the list "privkeys" is expected/],
      [/[^]*/, '()', /line 1: the list "privkeys" is expected/],
      [/[^]*/, '(privkeys\n (acount))', /line 2: a list "account" is expected/],
      [/[^]*/, '(privkeys\n\nx)', /line 3: a list "account" is expected/],
      [/[^]*/, '('.repeat(1000), /line 1: lists are nested too deeply/],
      [/\)\n$/, ')\n)\n', /line 16: something follows/],
      [/\)\n$/, '', /line 1: a closing parenthesis is missing/],
      ['(name alice)', '', /line 2: "name" is missing/],
      ['(name alice)', '(name)', /line 3: "name" takes one value/],
      ['(name alice)', '(name al ice)', /line 3: "name" takes one value/],
      ['(name alice)', '(name (alice))', /line 3: "name" takes one value/],
      ['(name alice)', '(name alice)\n(name bob)', /line 4: "name" stands here a second time/],
      ['(name alice)', '(name #ff#)', /line 3: "name" is not UTF-8/],
      ['(name alice)', '(name "alice)', /line 3: the end of a quoted string is missing/],
      ['(name alice)', '(name "al\\ice")', /line 3: an unknown escape/],
      ['(name alice)', '(name #616#)', /line 3: a broken hexadecimal value/],
      ['(name alice)', '(name #xy#)', /line 3: a broken hexadecimal value/],
      ['(name alice)', '(name |a|)', /line 3: a broken base64 value/],
      ['(name alice)', '(name 9999:alice)', /line 3: a string is shorter than its length says/],
      ['(name alice)', `(name ${'9'.repeat(400)}:alice)`, /line 3: a length must be followed|line 3: a string is shorter/],
      ['(name alice)', '(name 5alice)', /line 3: a length must be followed by a colon/],
      ['(name alice)', '(name ali@ce)', /line 3: an unexpected character/],
      ['(name alice)', '(name "é\\', /line 3: the end of a quoted string is missing|line 3: an unknown escape/],
      ['(dsa', '(rsa', /line 5: "dsa" is missing/],
      ['(x #', '(z #', /line 6: "x" is missing/],
      ['(q #00', '(q #0000000000', /nothing/],
      ['(q #00E6', '(q #00E7', /line 6: bad DSA key: q does not divide/],
      ['(x #00C1', '(x #00C2', /line 6: bad DSA key: x and y do not belong together/],
      ['(g #5A', '(g #5B', /line 6: bad DSA key: g is not of order q/],
      ['(p #00847A', '(p #847A', /nothing/],
      ['(p #00847A', '(p #00', /line 6: bad DSA key: p has/],
    ]
    for (const [from, to, problem] of cases) {
      const changed = aliceFile.replace(from, to)
      expect(changed).not.equal(aliceFile)
      if (problem.source === 'nothing') expect(parsePrivateKeys(changed)).deep.equal(parsePrivateKeys(aliceFile))
      else expect(fileError(() => parsePrivateKeys(changed)), to.slice(0, 40)).match(problem)
    }
  })

  it('are refused when cut anywhere, with no word of their content', () => {
    const whole = aliceFile.trimEnd()
    const secret = /\(x #00([0-9A-F]+)#\)/.exec(aliceFile)![1]!
    const pieces = Array.from({ length: secret.length - 5 }, (_, at) => secret.slice(at, at + 6))
    for (let length = 0; length < whole.length; length++) {
      const message = fileError(() => parsePrivateKeys(whole.slice(0, length)))
      expect(message.length).lessThan(100)
      expect(pieces.some((piece) => message.toUpperCase().includes(piece))).equal(false)
    }
  })

  it('end in an answer or an OTR_FILE error, whatever stands in them', () => {
    const pieces = fc.constantFrom('(', ')', '"', '#', '|', '\\', ':', ' ', '\n', '0', '9', 'a', 'privkeys', 'account', 'name', '\0', 'é', '\ud800')
    fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')), (text) => {
      try {
        parsePrivateKeys(text)
      } catch (error) {
        expect(error).property('code', 'OTR_FILE')
      }
    }), { numRuns: 500 })
    fc.assert(fc.property(fc.nat(aliceFile.length - 1), fc.nat(20), fc.array(pieces, { maxLength: 3 }), (at, cut, parts) => {
      try {
        parsePrivateKeys(aliceFile.slice(0, at) + parts.join('') + aliceFile.slice(at + cut))
      } catch (error) {
        expect(error).property('code', 'OTR_FILE')
      }
    }), { numRuns: 300 })
  })

  it('are read in linear time', () => {
    const padded = `(privkeys${'\n(account(x "y"))'.repeat(60_000)})`
    expect(fileError(() => parsePrivateKeys(padded))).match(/line 2: "name" is missing/)
    expect(fileError(() => parsePrivateKeys(`(privkeys ${'\n'.repeat(1_000_000)}`))).match(/a closing parenthesis/)
  })
})

describe('libotr files: fingerprints', () => {
  it('are read and written as libotr writes them', () => {
    const entries = parseFingerprints(fingerprintFile)
    expect(entries.map(({ username, account, protocol, trust }) => [username, account, protocol, trust])).deep.equal([
      ['bob@example.org', 'al ice"q\\u\'ote', 'prpl-irc', 'verified'],
      ['bob@example.org', 'alice@example.org/', 'prpl-jabber', ''],
      ['bén@example.org', '7up', 'IRC', 'smp'],
    ])
    expect(hexEncode(entries[1]!.fingerprint)).equal('000d1a2734414e5b6875828f9ca9b6c3d0ddeaf7')
    expect(formatFingerprints(entries)).equal(fingerprintFile)
  })

  it('are read from old files, other systems and with empty lines', () => {
    const line = `bob\talice\tprpl-irc\t${'AB'.repeat(20)}`
    const expected = [{ username: 'bob', account: 'alice', protocol: 'prpl-irc', fingerprint: new Uint8Array(20).fill(0xab), trust: '' }]
    for (const text of [line, `${line}\n`, `${line}\t\n`, `${line}\t\r\n`, `\n${line}\r\n\n`]) expect(parseFingerprints(text)).deep.equal(expected)
    expect(parseFingerprints('')).deep.equal([])
    expect(formatFingerprints([])).equal('')
  })

  it('say which line is broken, and how', () => {
    const good = fingerprintFile
    const lines = good.split('\n').length
    const hex = 'ab'.repeat(20)
    const cases: [string, RegExp][] = [
      ['bob', /user, account, protocol and fingerprint are expected/],
      ['bob\talice\tirc', /user, account, protocol and fingerprint are expected/],
      ['bob\talice\tirc\t', /40 hexadecimal digits/],
      [`bob\talice\tirc\t${hex.slice(1)}`, /40 hexadecimal digits/],
      [`bob\talice\tirc\t${hex}0`, /40 hexadecimal digits/],
      [`bob\talice\tirc\tx${hex.slice(1)}`, /40 hexadecimal digits/],
      [`bob\talice\tirc\t${hex}\tverified\tmore`, /too many fields/],
      [`\talice\tirc\t${hex}\tverified`, /the user is missing/],
    ]
    for (const [line, problem] of cases) {
      const message = fileError(() => parseFingerprints(good + line))
      expect(message).match(problem).match(new RegExp(`line ${lines}:`))
    }
  })

  it('are read line by line: one that cannot be read is told with its number and refuses none of the others', () => {
    const good = parseFingerprints(fingerprintFile)
    const text = ['half a line', fingerprintFile.trimEnd(), '', `bob\talice\tirc\t${'x'.repeat(40)}\tverified`, ''].join('\n')
    const { fingerprints, refused } = readFingerprints(text)
    expect(fingerprints).deep.equal(good.map((entry, index) => ({ ...entry, line: index + 2 })))
    expect(refused).deep.equal([
      { line: 1, problem: 'user, account, protocol and fingerprint are expected, with tabs between them' },
      { line: 6, problem: 'the fingerprint must have 40 hexadecimal digits' },
    ])
    expect(fileError(() => parseFingerprints(text))).match(/^fingerprints file, line 1: user, account/)
  })

  it('refuse to be written where the file could not hold them', () => {
    const [entry] = parseFingerprints(fingerprintFile)
    const changes = [{ username: '' }, { username: 'a\tb' }, { account: 'a\nb' }, { protocol: 'a\rb' }, { trust: 'a\0b' }, { fingerprint: new Uint8Array(56) }]
    for (const change of changes) expect(fileError(() => formatFingerprints([entry!, { ...entry!, ...change }]))).match(/line 2/)
  })

  it('survive the round trip, and every cut ends in an answer or an error', () => {
    const field = fc.string({ unit: 'grapheme' }).filter((text) => !/[\t\r\n\0]/.test(text))
    const entries = fc.record({
      username: field.filter((text) => text !== ''), account: field, protocol: field, fingerprint: fc.uint8Array({ minLength: 20, maxLength: 20 }), trust: field,
    })
    fc.assert(fc.property(fc.array(entries), (list) => {
      expect(parseFingerprints(formatFingerprints(list))).deep.equal(list)
    }))
    for (let length = 0; length < fingerprintFile.length; length++) {
      try {
        expect(parseFingerprints(fingerprintFile.slice(0, length)).length).lessThan(4)
      } catch (error) {
        expect(error).property('code', 'OTR_FILE')
      }
    }
  })
})

describe('libotr files: instance tags', () => {
  it('are read and written as libotr writes them', () => {
    const tags = parseInstanceTags(tagFile)
    expect(tags.length).equal(7)
    expect(tags.at(-1)).deep.equal({ account: 'alice@example.org/', protocol: 'prpl-jabber', instanceTag: 0x7184f3da })
    expect(formatInstanceTags(tags)).equal(tagFile)
    expect(parseInstanceTags(formatInstanceTags([]))).deep.equal([])
  })

  it('say which line is broken, and how', () => {
    const lines = tagFile.split('\n').length
    const cases: [string, RegExp][] = [
      ['alice', /account, protocol and instance tag are expected/],
      ['alice\tirc', /account, protocol and instance tag are expected/],
      ['alice\tirc\t', /8 hexadecimal digits/],
      ['alice\tirc\t1234567', /8 hexadecimal digits/],
      ['alice\tirc\t123456789', /8 hexadecimal digits/],
      ['alice\tirc\t0x123456', /8 hexadecimal digits/],
      ['alice\tirc\t000000ff', /below 00000100/],
      ['alice\tirc\t00000000', /below 00000100/],
      ['alice\tirc\t12345678\tx', /too many fields/],
    ]
    for (const [line, problem] of cases) {
      expect(fileError(() => parseInstanceTags(tagFile + line))).match(problem).match(new RegExp(`line ${lines}:`))
    }
    const [tag] = parseInstanceTags(tagFile)
    for (const change of [{ instanceTag: 0xff }, { instanceTag: 2 ** 32 }, { instanceTag: 256.5 }, { account: '#a' }, { account: 'a\tb' }, { protocol: 'a\n' }]) {
      fileError(() => formatInstanceTags([{ ...tag!, ...change }]))
    }
  })

  it('survive the round trip, and every cut ends in an answer or an error', () => {
    const field = fc.string({ unit: 'grapheme' }).filter((text) => !/[\t\r\n\0]/.test(text) && !text.startsWith('#'))
    const tags = fc.record({ account: field, protocol: field, instanceTag: fc.integer({ min: 0x100, max: 0xffff_ffff }) })
    fc.assert(fc.property(fc.array(tags), (list) => {
      expect(parseInstanceTags(formatInstanceTags(list))).deep.equal(list)
    }))
    for (let length = 0; length < tagFile.length; length++) {
      try {
        parseInstanceTags(tagFile.slice(0, length))
      } catch (error) {
        expect(error).property('code', 'OTR_FILE')
      }
    }
  })
})
