import { expect } from 'chai'
import fc from 'fast-check'
import { edit, emptyLine, insert, nextLine, textOf, withText, type Line } from '../../src/cli/terminal/line.js'

const press = (line: Line, name: string, { ctrl = false, alt = false } = {}): Line => edit(line, { kind: 'key', name, ctrl, alt })
const shown = ({ before, after }: Line): string => `${before}|${after}`

describe('the line that is typed', () => {
  const hello = insert(emptyLine, 'hello big world')

  it('is edited by the keys that people know', () => {
    expect(shown(press(hello, 'left'))).to.equal('hello big worl|d')
    expect(shown(press(press(hello, 'a', { ctrl: true }), 'right'))).to.equal('h|ello big world')
    expect(shown(press(hello, 'b', { alt: true }))).to.equal('hello big |world')
    expect(shown(press(press(hello, 'home'), 'right', { ctrl: true }))).to.equal('hello| big world')
    expect(shown(press(hello, 'w', { ctrl: true }))).to.equal('hello big |')
    expect(shown(press(press(hello, 'w', { ctrl: true }), 'y', { ctrl: true }))).to.equal('hello big world|')
    expect(shown(press(press(hello, 'home'), 'k', { ctrl: true }))).to.equal('|')
    expect(shown(press(hello, 'u', { ctrl: true }))).to.equal('|')
    expect(shown(press(press(hello, 'home'), 'delete'))).to.equal('|ello big world')
  })

  it('takes what people take for one character as one', () => {
    for (const one of ['e\u0301', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u{1f1e9}\u{1f1ea}', '\ud55c']) {
      const line = insert(emptyLine, `a${one}`)
      expect(shown(press(line, 'left')), one).to.equal(`a|${one}`)
      expect(shown(press(line, 'backspace')), one).to.equal('a|')
    }
  })

  it('remembers what was typed, but nothing that is to be forgotten', () => {
    let line = nextLine(insert(emptyLine, 'first'))
    line = nextLine(insert(line, '/otr smp open sesame'), true)
    line = insert(nextLine(insert(line, 'second')), 'being typed')
    expect(textOf(press(line, 'up'))).to.equal('second')
    expect(textOf(press(press(line, 'up'), 'up'))).to.equal('first')
    expect(textOf(press(press(press(line, 'up'), 'up'), 'up'))).to.equal('first')
    expect(textOf(press(press(line, 'up'), 'down'))).to.equal('being typed')
    // Nor does Ctrl-Y bring it back.
    const cut = nextLine(press(insert(emptyLine, 'sesame'), 'u', { ctrl: true }), true)
    expect(textOf(press(cut, 'y', { ctrl: true }))).to.equal('')
  })

  it('has one line, whatever is put in', () => {
    expect(textOf(insert(emptyLine, 'a\nb\u001b[2Jc'))).to.equal('a b [2Jc')
    expect(textOf(insert(emptyLine, 'x'.repeat(200_000)))).to.equal('')
  })

  it('keeps its text whatever is pressed that moves, and never throws', () => {
    const moves = fc.constantFrom(['left', {}], ['right', {}], ['home', {}], ['end', {}], ['left', { ctrl: true }], ['right', { ctrl: true }], ['b', { alt: true }], ['f', { alt: true }])
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.array(moves), (typed, pressed) => {
      const text = textOf(insert(emptyLine, typed))
      const moved = pressed.reduce((line, [name, held]) => press(line, name as string, held as { ctrl?: boolean, alt?: boolean }), withText(emptyLine, text))
      expect(textOf(moved)).to.equal(text)
    }))
  })
})
