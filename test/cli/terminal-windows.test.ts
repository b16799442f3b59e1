import { expect } from 'chai'
import fc from 'fast-check'
import { noIndicator, type Indicator } from '../../src/cli/chat/indicator.js'
import { draw, type Drawn } from '../../src/cli/chat/terminal/draw.js'
import { rowsOf, scrolled, visibleRows, widest } from '../../src/cli/chat/terminal/rows.js'
import { statusBar } from '../../src/cli/chat/terminal/status-bar.js'
import {
  add, bringToFront, close, firstWindow, frontOf, lookAt, nextUnread, rename, step, typeIn, withWindow, type Entry, type Window, type Windows,
} from '../../src/cli/chat/terminal/windows.js'
import { emptyLine, insert, textOf } from '../../src/cli/terminal/line.js'
import type { Row } from '../../src/cli/terminal/paint.js'

const entry = (text: string, who?: string): Omit<Entry, 'id'> =>
  ({ time: '12:00', isAnswer: false, said: { mark: '[private]', style: 'private', text, ...who !== undefined && { who: { shown: `${who}:`, name: who } } } })
const textIn = (rows: readonly Row[]): string[] => rows.map((row) => row.map(({ text }) => text).join('').trimEnd())
const open = (windows: Windows, name: string): Windows => bringToFront(withWindow(windows, name).windows, withWindow(windows, name).at)

const indicators: Readonly<Record<string, Indicator>> = {
  bob: { ...noIndicator, standing: 'private', devices: 2 },
  carol: { ...noIndicator, standing: 'private', verified: true, devices: 1 },
  dave: { ...noIndicator, standing: 'ended', held: 3 },
}

function drawn(windows: Windows, more: Partial<Drawn> = {}): Drawn {
  return {
    windows, panel: undefined, account: 'alice', network: 'irc.example.org', connection: 'online', progress: undefined,
    isChannel: (name) => name.startsWith('#'), spelled: (name) => name, indicator: (name) => indicators[name], presence: () => undefined, ...more,
  }
}

const bar = (windows: Windows, columns: number, more: Partial<Drawn> = {}): string => {
  const all = drawn(windows, more)
  const { name } = frontOf(windows)
  return textIn([statusBar({ ...all, below: false, indicator: name === undefined ? undefined : all.indicator(name), presence: name === undefined ? undefined : all.presence(name) }, columns)])[0] ?? ''
}

describe('the windows of a chat', () => {
  it('are one a correspondent, in the order in which they came, with what is new in each', () => {
    let windows = open(firstWindow, 'bob')
    windows = add(windows, 'carol', entry('hi', 'carol'), 'unread')
    windows = add(windows, 'carol', entry('are you there?', 'carol'), 'unread')
    windows = add(windows, 'bob', entry('hello', 'bob'), 'unread')
    expect(windows.all.map(({ name, unread, alarm }) => [name, unread, alarm])).to.deep.equal([[undefined, 0, false], ['bob', 0, false], ['carol', 2, false]])
    windows = add(windows, 'dave', entry('in clear!', 'dave'), 'alarm')
    expect(frontOf(nextUnread(windows)).name).to.equal('dave')
    const read = bringToFront(windows, 2)
    expect(read.all.map(({ unread }) => unread)).to.deep.equal([0, 0, 0, 1])
    expect(frontOf(step(step(read, 1), 1)).name).to.equal(undefined)
    expect(bringToFront(windows, 9)).to.equal(windows)
  })

  it('what is typed in one is never in another', () => {
    let windows = typeIn(open(firstWindow, 'bob'), insert(emptyLine, 'for bob alone'))
    windows = open(windows, 'carol')
    expect(textOf(frontOf(windows).line)).to.equal('')
    windows = typeIn(windows, insert(emptyLine, 'for carol'))
    expect(textOf(frontOf(bringToFront(windows, 1)).line)).to.equal('for bob alone')
    const closed = close(windows, 'carol')
    expect([frontOf(closed).name, textOf(frontOf(closed).line)]).to.deep.equal(['bob', 'for bob alone'])
  })

  it('keep their place when somebody has another name; two spellings of one name become one window', () => {
    let windows = add(add(open(open(firstWindow, 'Bob'), 'bob'), 'Bob', entry('one', 'Bob'), 'no'), 'bob', entry('two', 'bob'), 'no')
    expect(rename(windows, 'bob', 'robert').all.map(({ name }) => name)).to.deep.equal([undefined, 'Bob', 'robert'])
    windows = typeIn(bringToFront(windows, 1), insert(emptyLine, 'half a line'))
    const one = rename(windows, 'Bob', 'bob')
    expect(one.all.map(({ name }) => name)).to.deep.equal([undefined, 'bob'])
    expect(frontOf(one).entries.map(({ said }) => said.text)).to.deep.equal(['one', 'two'])
    expect([frontOf(one).name, textOf(frontOf(one).line)]).to.deep.equal(['bob', 'half a line'])
  })
})

describe('the rows of a window', () => {
  const long = 'word '.repeat(60).trim()

  it('fit the terminal, and only the first of a text begins with a time', () => {
    for (const columns of [30, 60, 80, 200]) {
      const rows = rowsOf({ ...entry(`${long}\n12:00 [verified]  bob: forged`, 'eve'), id: 1 }, columns)
      expect(widest(rows), String(columns)).to.be.at.most(columns)
      expect(textIn(rows).filter((row) => row.startsWith('12:00'))).to.have.length(1)
      for (const row of textIn(rows).slice(1)) expect(row).to.match(columns < 50 ? /^ {2}\| / : /^ {16}\| /)
    }
  })

  it('show the end, and page back and forth over all of it, whatever the size', () => {
    let windows = open(firstWindow, 'bob')
    for (let at = 1; at <= 30; at++) windows = add(windows, 'bob', entry(at % 3 === 0 ? `${at} ${long}` : String(at), 'bob'), 'no')
    for (const [columns, rows] of [[60, 22], [80, 10], [200, 40], [40, 3]] as const) {
      let window = frontOf(windows)
      const newest = textIn(visibleRows(window, columns, rows).map(({ row }) => row))
      const seen = new Set<string>()
      let pages = 0
      for (let before = ''; pages < 500; pages++) {
        const shown = visibleRows(window, columns, rows)
        for (const { entry: id, at } of shown) seen.add(`${id}.${at}`)
        const first = `${shown[0]?.entry ?? 0}.${shown[0]?.at ?? 0}`
        if (first === before) break
        before = first
        window = { ...window, last: scrolled(window, -Math.max(1, rows - 1), columns, rows) }
      }
      const all = window.entries.reduce((sum, one) => sum + rowsOf(one, columns).length, 0)
      expect(seen.size, `${columns} x ${rows}`).to.equal(all)
      while (window.last !== undefined && pages-- > -500) window = { ...window, last: scrolled(window, Math.max(1, rows - 1), columns, rows) }
      expect(textIn(visibleRows(window, columns, rows).map(({ row }) => row))).to.deep.equal(newest)
    }
  })

  it('stay where the person looks when something new comes, and when the size changes', () => {
    let windows = open(firstWindow, 'bob')
    for (let at = 1; at <= 50; at++) windows = add(windows, 'bob', entry(`number ${at}`, 'bob'), 'no')
    windows = lookAt(windows, scrolled(frontOf(windows), -19, 80, 20))
    const lastShown = (window: Window, columns: number): string => textIn(visibleRows(window, columns, 20).map(({ row }) => row)).at(-1) ?? ''
    const before = lastShown(frontOf(windows), 80)
    windows = add(windows, 'bob', entry('new', 'bob'), 'unread')
    expect(lastShown(frontOf(windows), 80)).to.equal(before)
    expect(lastShown(frontOf(windows), 200)).to.equal(before)
    expect(frontOf(windows).unread).to.equal(1)
    expect(frontOf(lookAt(windows, undefined)).unread).to.equal(0)
  })
})

describe('the bar and the line', () => {
  const three = add(add(open(firstWindow, 'bob'), 'carol', entry('hi', 'carol'), 'unread'), 'dave', entry('!', 'dave'), 'alarm')

  it('say who we are, with whom, how private that is, on how many devices, and what is new where', () => {
    expect(bar(three, 200)).to.equal(' alice on irc.example.org | 2:bob private, not verified, 2 devices | new: 3:carol(1) 4:dave(1!)')
    expect(bar(three, 80)).to.equal(' alice | 2:bob private, not verified, 2 devices | new: 3:carol(1) 4:dave(1!)')
    expect(bar(three, 60)).to.equal(' 2:bob private, not verified | new: 3 4!')
    expect(bar(firstWindow, 80)).to.equal(' alice on irc.example.org | 1: nobody in front; /with NAME')
    expect(bar(open(firstWindow, '#otr'), 80)).to.equal(' alice on irc.example.org | 2:#otr in clear, everybody reads')
    expect(bar(open(firstWindow, 'dave'), 80)).to.equal(' alice on irc.example.org | 2:dave ended: waits, 3 waiting')
    expect(bar(open(firstWindow, 'bob'), 100, { connection: 'waiting' })).to.match(/^ NOT CONNECTED: waiting \| /)
    expect(bar(open(firstWindow, 'bob'), 140, { progress: { type: 'progress', peer: 'bob', direction: 'sending', done: 5, of: 9, secondsLeft: 4 } })).to.include('| waiting for bob, 5 of 9 lines sent, 4 s')
    expect(bar(open(firstWindow, 'bob'), 60, { progress: { type: 'progress', peer: 'bob', direction: 'receiving', done: 5, of: 9, secondsLeft: 4 } })).to.include('5/9 lines come')
    expect(bar(open(firstWindow, 'bob'), 100, { presence: () => 'away' })).to.include(', away')
  })

  it('say what becomes of what is typed, at every width', () => {
    const prompt = (name: string, columns: number): string => textIn(draw(drawn(typeIn(open(firstWindow, name), insert(emptyLine, 'hi'))), columns, 24).rows).at(-1) ?? ''
    expect(prompt('bob', 80)).to.equal('bob [private, not verified]> hi')
    expect(prompt('carol', 60)).to.equal('carol [verified]> hi')
    expect(prompt('dave', 80)).to.equal('dave [ended: what you type waits]> hi')
    expect(prompt('dave', 60)).to.equal('dave [ended: waits]> hi')
    expect(prompt('eve', 60)).to.equal('eve [in clear]> hi')
    expect(prompt('#otr', 60)).to.equal('#otr [in clear, to everybody]> hi')
    expect(prompt('somebody.with.a.long.name@an.example.org', 60)).to.equal('somebody.with.\u2026 [in clear]> hi')
  })

  it('a picture has the size of the terminal, and its cursor is in it, whatever is shown and typed', () => {
    const texts = fc.string({ unit: fc.oneof(fc.constantFrom('word', ' ', '\u4f60', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u05e9\u05dc', '\u202e', '\u001b[2J', '\n', 'e\u0301'), fc.string({ unit: 'binary', maxLength: 1 })), maxLength: 60 })
    fc.assert(fc.property(fc.array(texts, { maxLength: 8 }), texts, texts, fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 40 }), (said, name, typed, columns, rows) => {
      let windows = typeIn(open(firstWindow, name), insert(emptyLine, typed))
      for (const text of said) windows = add(windows, name, entry(text, name), 'no')
      const picture = draw(drawn(windows), columns, rows)
      expect(picture.rows).to.have.length(rows)
      expect(picture.cursor?.row).to.equal(rows - 1)
      expect(picture.cursor?.column).to.be.at.least(0)
    }))
  })
})
