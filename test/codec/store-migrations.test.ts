import { expect } from 'chai'
import { journalFrom1, conversationFrom1, movingCorrespondentFrom1 } from '../../src/store/migrations.js'
import type { Plain } from '../../src/store/codec.js'

const key3: Plain = [3, 'ab'.repeat(20), 'verified', 'manually', 10, 20, null]
const key4: Plain = [4, 'cd'.repeat(56), 'verified', 'transitional', 30, 40, null]
const seen: Plain = [3, 'ef'.repeat(20), 'seen', 'shown', 10, 20, null]

function old(changes: Readonly<Record<number, Plain>> = {}): Plain {
  const row: Plain[] = [
    'bob', [], true, false, false, false, null, [], [], [], 1, [], null, [], 1, [], [], [], [[], 0], [120, 0], null, null, [],
  ]
  for (const [at, value] of Object.entries(changes)) row[Number(at)] = value
  return row
}

const field = (plain: Plain, at: number): Plain | undefined => (plain as readonly Plain[])[at]

describe('records of the first form', () => {
  it('A2: a key that a signature alone had verified is one that came after others; the key that was said to sign it stays verified', () => {
    const now = conversationFrom1(old({ 15: [key3, key4] }))
    expect(field(now, 14)).to.deep.equal([[...key3, null, null], [4, 'cd'.repeat(56), 'changed', 'shown', 30, 40, null, null, null]])
    expect(field(now, 15)).to.deep.equal([[40, 4, 'cd'.repeat(56), 'verified', 'changed', 'transitional']])
  })

  it('A9: where a key was verified the latch is on', () => {
    expect(field(conversationFrom1(old({ 15: [key3] })), 3)).to.equal(true)
    expect(field(conversationFrom1(old({ 15: [key4] })), 3)).to.equal(true)
    expect(field(conversationFrom1(old({ 15: [seen] })), 3)).to.equal(false)
    expect(field(conversationFrom1(old({ 3: true, 15: [seen] })), 3)).to.equal(true)
  })

  it('A12: delivery ids keep their place, in 12 characters each', () => {
    const marks = field(conversationFrom1(old({ 22: ['stanza 7', 'x'.repeat(100_000)] })), 21)
    expect(marks).to.have.length(2)
    for (const mark of marks as readonly string[]) expect(mark).to.match(/^[0-9a-f]{12}$/)
  })

  it('what waits, and what was sent, asks for nothing of its own', () => {
    const now = conversationFrom1(old({
      9: [[1, 'text', [], null, 5, true, true]], 13: [[1, new Uint8Array(1), [], 0x100, 3, 'ab'.repeat(8), 'ab'.repeat(20), true, 1, false, 5, null, false]],
    }))
    expect(field(now, 8)).to.deep.equal([[1, 'text', [], null, 5]])
    expect(field(now, 12)).to.deep.equal([[1, new Uint8Array(1), [], 0x100, 3, 'ab'.repeat(8), 'ab'.repeat(20), 1, false, 5, null, false]])
  })

  it('devices: nothing was known of how they write text and answer', () => {
    const now = conversationFrom1(old({ 11: [[0x100, 3, 'ab'.repeat(20), 1, 2, 'phone']] }))
    expect(field(now, 10)).to.deep.equal([[0x100, 3, 'ab'.repeat(20), 1, 2, 'phone', null, null]])
  })

  it('a correspondent of an account that moves, likewise', () => {
    const device: Plain = [0x100, 3, 'ab'.repeat(20), 1, 2, 'phone']
    expect(movingCorrespondentFrom1(['bob', [], true, false, true, [key3], [], [device], []]))
      .to.deep.equal(['bob', [], true, true, [[...key3, null, null]], [], [[...device, null, null]], []])
  })

  it('events of the journal get the new fields', () => {
    expect(journalFrom1([7, ['message', 7, null, 'bob', 'hi', true, null, 0x100, 4, null, null]]))
      .to.deep.equal([7, ['message', 7, null, 'bob', 'hi', true, null, 0x100, 4, null, null, null, 'text', null]])
    expect(journalFrom1([5, ['smp', 5, null, 'bob', 256, 3, 'aborted', null, null]])).to.deep.equal([5, ['smp', 5, null, 'bob', 256, 3, 'aborted', null, null, null, null]])
    expect(journalFrom1([8, ['notice', 8, null, 'bobby', null, 'renamed', 'bob']])).to.deep.equal([8, ['notice', 8, null, 'bob', null, 'moved', 'bobby', null, null, null, null, null]])
    expect(journalFrom1([9, ['notice', 9, null, 'bob', null, 'limit', 'x']])).to.deep.equal([9, ['notice', 9, null, 'bob', null, 'limit', 'x', null, null, null, null, null]])
  })

  it('what is not of that form is refused', () => {
    for (const plain of [null, [], 'x', [...old() as readonly Plain[], 1]]) {
      expect(() => conversationFrom1(plain)).to.throw('not the first form')
    }
  })
})
