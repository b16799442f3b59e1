import { expect } from 'chai'
import fc from 'fast-check'
import { keysPause, noKeys, readKeys, type Key, type KeyState } from '../../src/cli/terminal/keys.js'

const begin = '\u001b[200~'
const end = '\u001b[201~'

/** Reads chunks one after another, and then nothing for a while. */
function read(...chunks: readonly string[]): Key[] {
  let state: KeyState = noKeys
  const all: Key[] = []
  for (const chunk of chunks) {
    const step = readKeys(state, chunk)
    state = step.state
    all.push(...step.keys)
  }
  return [...all, ...keysPause(state).keys]
}

const text = (typed: string): Key => ({ kind: 'text', text: typed })
const key = (name: string, ctrl = false, alt = false): Key => ({ kind: 'key', name, ctrl, alt })
const pasted = (what: string, cut = false): Key => ({ kind: 'paste', text: what, cut })

describe('the keys of a terminal', () => {
  it('are letters, names, and what is held with them', () => {
    expect(read('h', 'i', '\r')).to.deep.equal([text('h'), text('i'), key('enter')])
    expect(read('\u001b[A\u001b[1;5D\u001bOH\u001b[5~\u001b[6~\u001b[3~')).to.deep.equal([
      key('up'), key('left', true), key('home'), key('pageup'), key('pagedown'), key('delete'),
    ])
    expect(read('\u0001\u0003\u007f\t')).to.deep.equal([key('a', true), key('c', true), key('backspace'), key('tab')])
    expect(read('\u001b1\u001bb\u001b\u007f')).to.deep.equal([key('1', false, true), key('b', false, true), key('backspace', false, true)])
    expect(read('\u4f60\u597d \u{1f600}')).to.deep.equal([text('\u4f60\u597d \u{1f600}')])
  })

  it('an escape alone is the escape key; the beginning of a sequence waits for its end', () => {
    expect(read('\u001b')).to.deep.equal([key('escape')])
    expect(read('\u001b[', '5', '~')).to.deep.equal([key('pageup')])
    expect(read('\u001b[200', '~one', ` two${end}`)).to.deep.equal([pasted('one two')])
  })

  it('what is pasted is one key, and presses none', () => {
    expect(read(`${begin}/quit\rrm -rf\r\u0003\u001b[A${end}`)).to.deep.equal([pasted('/quit\rrm -rf\r\u0003\u001b[A')])
    expect(read('say: ', `${begin}one\rtwo`, `\rthree${end}`)).to.deep.equal([text('say: '), pasted('one\rtwo\rthree')])
    expect(read(`${begin}one${end.slice(0, 3)}`, end.slice(3))).to.deep.equal([pasted('one')])
  })

  it('a paste that brings its own end mark does not type the rest', () => {
    expect(read(`${begin}harmless${end}\r/quit\r${end}`)).to.deep.equal([pasted('harmless\r/quit\r')])
    expect(read(`${begin}harmless${end}`, '\r/quit\r', end)).to.deep.equal([pasted('harmless\r/quit\r')])
    // After a pause somebody types again.
    const first = readKeys(noKeys, `${begin}one${end}`)
    const paused = keysPause(first.state)
    expect(paused.keys).to.deep.equal([pasted('one')])
    expect(readKeys(paused.state, '\r').keys).to.deep.equal([key('enter')])
  })

  it('several lines at once were pasted, also where the terminal does not mark it', () => {
    expect(read('one\rtwo\rthree\r')).to.deep.equal([pasted('one\rtwo\rthree\r')])
    expect(read('one\rtwo\r', '/quit\r')).to.deep.equal([pasted('one\rtwo\r/quit\r')])
    expect(read('x'.repeat(4096), '/quit\r')).to.deep.equal([pasted(`${'x'.repeat(4096)}/quit\r`)])
    // One line that comes whole may have been typed over a slow connection.
    expect(read('/otr start\r')).to.deep.equal([text('/otr start'), key('enter')])
    expect(read('yes\r\u001b[A')).to.deep.equal([text('yes'), key('enter'), key('up')])
  })

  it('more than anybody pastes, and a paste without an end, are given up whole', () => {
    expect(read(begin, 'x'.repeat(150_000), 'y'.repeat(100_000), `z${end}`)).to.deep.equal([pasted('', true)])
    expect(read(`${begin}one\rtwo`)).to.deep.equal([pasted('', true)])
    // Ctrl-C gives the keyboard back.
    const { state, keys } = readKeys(readKeys(noKeys, `${begin}one\rtwo`).state, '\u0003')
    expect([state, keys]).to.deep.equal([noKeys, [pasted('', true)]])
  })

  it('whatever comes in whatever pieces: nothing between the marks of a paste is ever a key, and nothing throws', () => {
    const nasty = fc.array(fc.constantFrom('a', '/quit', '\r', '\n', '\u001b', '[', '200~', '201~', '\u0003', '\u001b[A', '\u{1f600}', begin), { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(fc.property(nasty, fc.array(fc.nat(40), { maxLength: 5 }), (inside, cuts) => {
      const all = `${begin}${inside}${end}`
      const places = [...new Set(cuts.map((cut) => cut % all.length))].sort((a, b) => a - b)
      const chunks = [0, ...places].map((at, place, starts) => all.slice(at, starts[place + 1]))
      const keys = read(...chunks)
      // Only a cut right behind a lone escape, or Ctrl-C as a chunk of its own, can be anything but one paste.
      if (chunks.some((chunk) => chunk === '\u0003')) return
      expect(keys.filter(({ kind }) => kind !== 'paste')).to.deep.equal([])
      expect(keys).to.have.length(1)
    }))
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (chunks) => { read(...chunks) }))
  })
})
