import { expect } from 'chai'
import fc from 'fast-check'
import { inertLine, inertLines } from '../../src/cli/inert-text.js'
import { width, wrap } from '../../src/cli/text-width.js'

/** What no terminal may be given: C0 and C1 controls, DEL, bidi and other format characters but the joiners, line separators, lone surrogates. */
const harmful = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u

describe('text of others in a terminal', () => {
  it('H1: escape sequences, bells, backspaces and controls of every range become visible and harmless', () => {
    expect(inertLine('\u001b]0;title\u0007\u001b[2J\u001b[31mred')).to.equal('\u241b]0;title\u2407\u241b[2J\u241b[31mred')
    expect(inertLine('a\bb\rc\nd\u0000e\u007f')).to.equal('a\u2408b\u240dc\u240ad\u2400e\u2421')
    expect(inertLine('\u009b2J \u0085')).to.equal('<U+009B>2J <U+0085>')
    expect(inertLine('abc\u202edef\u2066\u200f\ufeff\u2028\ud800')).to.equal('abc<U+202E>def<U+2066><U+200F><U+FEFF><U+2028>\ufffd')
    expect(inertLine('x\u{e0041}')).to.equal('x<U+E0041>')
  })

  it('H2: what people write stays as it is', () => {
    for (const text of ['<3', 'a < b && c', '&lt;b&gt;', '\'"\\', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 'na\u00efve e\u0301', '\u05e9\u05dc\u05d5\u05dd', '\u4f60\u597d']) {
      expect(inertLine(text)).to.equal(text)
    }
    expect(inertLine('a\tb')).to.equal('a b')
  })

  it('H1: marks piled on one letter are cut off', () => {
    expect(inertLine(`a${'\u0301'.repeat(500)}b`).length).to.be.lessThan(10)
  })

  it('H1: no text whatever gives a harmful character, nor a row wider than asked for', () => {
    const nasty = fc.string({ unit: fc.oneof(
      fc.integer({ min: 0, max: 0x10_ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom('\u001b[2J', '\r', '\n', ' ', '\u202e', '\u{1f600}', 'word'),
    ), maxLength: 200 })
    fc.assert(fc.property(nasty, fc.integer({ min: 20, max: 100 }), (text, columns) => {
      for (const line of inertLines(text)) {
        expect(line).not.to.match(harmful)
        for (const row of wrap(line, columns)) expect(width(row)).to.be.at.most(columns)
      }
      expect(inertLine(text)).not.to.match(harmful)
    }))
  })

  it('wrapping loses nothing but the spaces it breaks at', () => {
    expect(wrap('one two three', 7)).to.deep.equal(['one two', 'three'])
    expect(wrap('abcdefgh', 3)).to.deep.equal(['abc', 'def', 'gh'])
    expect(wrap('\u4f60\u597d\u4f60', 4)).to.deep.equal(['\u4f60\u597d', '\u4f60'])
    expect(wrap('', 10)).to.deep.equal([''])
  })
})
