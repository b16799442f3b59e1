import { expect } from 'chai'
import { armorMessage, errorMessage, fragmentMessage, LineKinds, queryMessage, whitespaceTag, type LineKind } from '../../src/wire/index.js'
import { samples } from './samples.js'

const wanted = (kind: string): LineKind => kind.endsWith('data') ? 'data' : kind === 'v4-non-interactive-auth' ? 'offline' : 'handshake'

describe('what a line is for', () => {
  it('is known of every message, whole and in pieces, also when the pieces of several stand between each other', () => {
    for (const message of samples) expect(new LineKinds().of(armorMessage(message)), message.kind).to.equal(wanted(message.kind))
    for (const maxLength of [80, 120, 400]) {
      const kinds = new LineKinds()
      const rows = samples.map((message, at) => ({
        kind: wanted(message.kind),
        lines: fragmentMessage({
          version: message.kind.startsWith('v3') ? 3 : 4, text: armorMessage(message), senderTag: 0x100 + at, receiverTag: 0x200, maxLength, identifier: at,
        }),
      }))
      for (let piece = 0; rows.some(({ lines }) => piece < lines.length); piece++) {
        for (const { kind, lines } of rows) {
          const line = lines[piece]
          if (line !== undefined) expect(kinds.of(line), line.slice(0, 40)).to.equal(kind)
        }
      }
    }
  })

  it('is known of text, offers and errors', () => {
    const kinds = new LineKinds()
    for (const text of ['', 'hello', `hello${whitespaceTag([3, 4])}`, '?OTR is a protocol', `it looks like ${armorMessage(samples[0]!)} on the wire`]) {
      expect(kinds.of(text), text).to.equal('text')
    }
    expect(kinds.of(queryMessage([3, 4], 'I would like to talk'))).to.equal('offer')
    expect(kinds.of(errorMessage('what?'))).to.equal('error')
  })

  it('never throws: what is no message but meant as one, and pieces without a first, are carried as carefully as data', () => {
    const kinds = new LineKinds()
    for (const line of ['?OTR:', '?OTR:!!!!.', '?OTR:AAID.', '?OTR|', '?OTR|1|2,1,1,x,', '?OTR|1|2,2,3,x,', '?OTR|1|2,1,3,?OTR:A,', '?OTR,1,2,x,', `?OTR:${'A'.repeat(17 << 20)}.`]) {
      expect(kinds.of(line), line.slice(0, 40)).to.equal('data')
    }
    // Rows that are never completed are forgotten.
    for (let at = 0; at < 1000; at++) kinds.of(`?OTR|1|${(at + 256).toString(16)},1,2,?OTR:AAMC,`)
    expect(kinds.of('?OTR|1|100,2,2,x,')).to.equal('data')
    expect(kinds.of('?OTR|1|4e7,2,2,x,')).to.equal('handshake')
  })
})
