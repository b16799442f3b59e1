import { expect } from 'chai'
import fc from 'fast-check'
import { formatted, withoutFormats } from '../../src/cli/formatting.js'
import { inertLine } from '../../src/cli/inert-text.js'
import { paintRow } from '../../src/cli/terminal/paint.js'
import { rowsOf } from '../../src/cli/chat/terminal/rows.js'

const codes = ['\u0002', '\u0003', '\u0004', '\u000f', '\u0011', '\u0016', '\u001d', '\u001e', '\u001f']
const painting = new RegExp(String.raw`${'\u001b'}\[[\d;]*m`, 'g')
const nasty = fc.string({ unit: fc.oneof(
  fc.constantFrom(...codes), fc.constantFrom('0', '1', '5', '12', ',', 'a', 'F', ' ', '\u0301', '\u200d', '\u001b', '[', '31m', '\n', '\u202e', '\u{1f469}', '\ud800', '\u4f60'),
  fc.string({ unit: 'binary', maxLength: 1 }),
), maxLength: 80 })

const row = (text: string, columns = 40): string => rowsOf({ id: 1, time: '12:00', isAnswer: false, said: { mark: '[private]', style: 'private', who: { shown: 'bob:', name: 'bob' }, text } }, columns)
  .map((one) => paintRow(one, columns, true)).join('\n')

describe('formatting codes of IRC', () => {
  it('bold, italic, underlined, struck, coloured, and off again', () => {
    const esc = '\u001b'
    expect(row('a \u0002b\u0002 \u001dc\u001d \u001fd\u001f \u001ee\u000f f', 200)).to.include(`a ${esc}[1mb${esc}[0m ${esc}[3mc${esc}[0m ${esc}[4md${esc}[0m ${esc}[9me${esc}[0m f`)
    expect(row('\u000304red\u0003 plain \u00033,12green on blue\u000f, \u0004ff0000hex\u0004 \u000399none \u0016reverse\u0016 \u0011code\u0011', 200)).to.include(
      `${esc}[91mred${esc}[0m plain ${esc}[92mgreen on blue${esc}[0m, hex none reverse code`,
    )
    expect(formatted('\u000304,5x\u00031234').text).to.equal('x34')
    expect(formatted('\u0003,5x\u0003 7').text).to.equal(',5x 7')
    expect(formatted('\u0004ff0000,00ff00hex \u0004ff00xx').text).to.equal('hex ff00xx')
  })

  it('what is written black on black, or in no colour at all, is read all the same', () => {
    const hidden = '\u000301,01pay \u000300,00the \u0016money'
    expect(row(hidden).replaceAll(painting, '')).to.include('bob: pay the money')
    expect(paintRow([{ text: 'bold', style: 'plain', format: { bold: true, italic: false, underline: false, strike: false, colour: 4 } }], 20, false)).to.equal('\u001b[1mbold\u001b[0m')
  })

  it('no colour of a text is one that says how private a line is', () => {
    for (let colour = 0; colour < 100; colour++) {
      const painted = paintRow([{ text: 'x', style: 'plain', format: { bold: false, italic: false, underline: false, strike: false, colour } }], 20, true)
      expect(painted, `${colour}`).to.not.match(/\[(?:36|32|33|31|1;31|7|2)m/)
    }
  })

  it('is total: whatever comes, the text is that without codes, inert, and every character has one format', () => {
    fc.assert(fc.property(nasty, (text) => {
      const { text: shown, formats } = formatted(text)
      expect(shown).to.equal(inertLine(withoutFormats(text)))
      expect(formats.length === 0 || formats.length === shown.length).to.equal(true)
      expect(shown).to.not.match(/\p{Cc}/u)
    }), { numRuns: 2000 })
  })

  it('H1: rows with formats have the same characters in the same places as rows without, and nothing else escapes', () => {
    fc.assert(fc.property(nasty, fc.integer({ min: 12, max: 60 }), (text, columns) => {
      const painted = row(text, columns)
      const plain = row(text.split('\n').map(withoutFormats).join('\n'), columns)
      // A joiner with nothing before it joins nothing, and is removed.
      const bare = (rows: string): string => rows.replaceAll(painting, '').replaceAll(/[\u200c\u200d]/g, '')
      expect(bare(painted)).to.equal(bare(plain))
      expect(bare(painted).replaceAll('\n', '')).to.not.match(/\p{Cc}/u)
    }), { numRuns: 1000 })
  })

  it('takes work in proportion to the length, also of nothing but codes', () => {
    // As many steps as characters: a parser that looked ahead again and again would never end here.
    for (const unit of ['\u0003', '\u00031,', '\u0004ffffff,', '\u0002', '\u000312,1', '\u0301']) expect(formatted(unit.repeat(300_000)).text.length).to.be.at.most(300_000)
  })
})
