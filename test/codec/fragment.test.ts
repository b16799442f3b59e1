import { expect } from 'chai'
import { MalformedError, OtrError } from '../../src/errors.js'
import {
  addFragment, armor, classify, defaultWireLimits, dropOldestOpenMessage, emptyFragmentAssembler, fragmentMessage, fragmentOverhead, hexDecode, parseFragment,
  type FragmentAssembler, type FragmentOptions,
} from '../../src/wire/index.js'

/** The example that both specifications give. */
const message = '?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAADA1g5IjD1ZGLDVQEyCgCyn9hbrL3KAbGDdzE2ZkMyTKl7XfkSxh8YJnudstiB74i4BzT0W2haClg6dMary/jo'
  + '9sMudwmUdlnKpIGEKXWdvJKT+hQ26h9nzMgEditLB8vjPEWAJ6gBXvZrY6ZQrx3gb4v0UaSMOMiR5sB7Eaulb2Yc6RmRnnlxgUUC2alosg4WIeFN951PLjSc'
  + 'ajVba6dqlDi+q1H5tPvI5SWMN7PCBWIJ41+WvF+5IAZzQZYgNaVLbAAAAAAAAAAEAAAAHwNiIi5Ms+4PsY/L2ipkTtquknfx6HodLvk3RAAAAAA==.'
const pieces = [
  '?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAADA1g5IjD1ZGLDVQEyCgCyn9hbrL3KAbGDdzE2ZkMyTKl7XfkSxh8YJnudstiB74i4BzT0W2haClg6dMary/jo9sMudwmUdlnKpIGEKXWdvJKT+'
  + 'hQ26h9nzMgEditLB8v',
  'jPEWAJ6gBXvZrY6ZQrx3gb4v0UaSMOMiR5sB7Eaulb2Yc6RmRnnlxgUUC2alosg4WIeFN951PLjScajVba6dqlDi+q1H5tPvI5SWMN7PCBWIJ41+WvF+5IAZzQZYgNaVLbAAAAAAAAAAEAAAA'
  + 'HwNiIi5Ms+4PsY/L2i',
  'pkTtquknfx6HodLvk3RAAAAAA==.',
]
const v3: FragmentOptions = { version: 3, text: message, senderTag: 0x5a73a599, receiverTag: 0x27e31597, maxLength: 199 }
const v4: FragmentOptions = { ...v3, version: 4, identifier: 0x3c5b5f03, maxLength: 208 }

describe('fragments', () => {
  it('the example of the v3 specification, character by character', () => {
    expect(fragmentMessage(v3)).to.deep.equal(pieces.map((piece, i) => `?OTR|5a73a599|27e31597,0000${i + 1},00003,${piece},`))
  })

  it('the example of the v4 specification, character by character', () => {
    expect(fragmentMessage(v4)).to.deep.equal(pieces.map((piece, i) => `?OTR|3c5b5f03|5a73a599|27e31597,0000${i + 1},00003,${piece},`))
  })

  for (const options of [v3, v4]) {
    it(`come together again (version ${options.version})`, () => {
      let state: FragmentAssembler = emptyFragmentAssembler
      const texts: (string | undefined)[] = []
      for (const line of fragmentMessage(options)) {
        const step = addFragment(state, parseFragment(line), 0, defaultWireLimits)
        expect(step.discarded).to.equal(undefined)
        state = step.state
        texts.push(step.complete)
      }
      expect(texts).to.deep.equal([undefined, undefined, message])
      expect(state).to.deep.equal(emptyFragmentAssembler)
      expect(classify(message).kind).to.equal('message')
    })
  }

  it('are read if their numbers have no leading zeros', () => {
    expect(parseFragment('?OTR|ec40|161,26,29,ab5b9OkBSaV3fsR=,'))
      .to.deep.equal({ version: 3, senderTag: 0xec40, receiverTag: 0x161, index: 26, total: 29, piece: 'ab5b9OkBSaV3fsR=' })
    expect(parseFragment('?OTR|1|FFAA6600|1f2e3d4c,1,2,x,'))
      .to.deep.equal({ version: 4, identifier: 1, senderTag: 0xffaa6600, receiverTag: 0x1f2e3d4c, index: 1, total: 2, piece: 'x' })
  })

  it('what stands around a fragment or a message is told, and is no part of it', () => {
    for (const unit of [`?OTR|100|200,1,2,?OTR:AAM,`, message]) {
      const alone = classify(unit)
      expect(alone).to.not.have.property('around')
      for (const [before, behind, around] of [
        ['', '\r\n', ''], ['', '   ', ''], [' ', '', ''], ['\n\t', ' ', ''], ['<p>', '</p>', '<p> </p>'], ['12:00 ', '', '12:00'], ['a ', ' b. c', 'a b. c'],
      ] as const) {
        expect(classify(before + unit + behind), JSON.stringify(before + behind)).to.deep.equal({ ...alone, ...around !== '' && { around } })
      }
    }
    // The first counts; the rest is not looked at.
    expect(classify(`${message} ${message}`)).to.deep.include({ around: message })
  })

  it('behind other text it takes more than the mark: people write of OTR', () => {
    for (const text of ['a ?OTR:', 'a ?OTR:AAMD', 'a ?OTR: AAMDAAAAAAAAAAAAAAA.', 'a ?OTR:hello', 'a ?OTR|', 'a ?OTR|1|2,', 'a ?OTR|1|2,n,m,p,', 'a ?OTR,1', '?OTR', 'a ?OTR']) {
      expect(classify(text), text).to.deep.equal({ kind: 'plaintext', text })
    }
    for (const text of ['a ?OTR:AAMDAAAAAAAAAAAAA', 'a ?OTR:AAQDAAAAAAAAAAAAAA b', 'a ?OTR|1|2,1,2,cut', 'a ?OTR|1|2,0,2,x, b']) {
      expect(classify(text).kind, text).to.equal('malformed')
    }
    expect(classify('a ?OTR,1,2,?OTR:AAIK,')).to.deep.equal({
      kind: 'fragment', fragment: { version: 2, senderTag: 0, receiverTag: 0, index: 1, total: 2, piece: '?OTR:AAIK' }, around: 'a',
    })
    expect(classify('?OTR,2,2,x, b')).to.deep.include({ kind: 'fragment', around: 'b' })
    for (const text of ['?OTR,', '?OTR,1', '?OTR,1,2', '?OTR,1,2,', '?OTR,1,2,x', '?OTR,n,m,x,', '?OTR,000001,2,x,']) expect(classify(text), text).to.deep.equal({ kind: 'plaintext', text })
    for (const text of ['?OTR,0,2,x,', '?OTR,3,2,x,', '?OTR,1,2,,', '?OTR,1,65536,x,']) expect(classify(text).kind, text).to.equal('malformed')
  })

  it('of what was cut the header is read as far as it goes: whom its sender meant, and whether they want to hear of it', () => {
    const line = armor(hexDecode('000303000001000000020001' + '00'.repeat(40)))
    const header = { version: 3, type: 3, senderTag: 0x100, receiverTag: 0x200, flags: 1 }
    for (const cut of [line.slice(0, 30), line.slice(0, 40), `${line.slice(0, 40)} ${line.slice(40)}`]) {
      expect(classify(cut), cut).to.deep.include({ kind: 'malformed', header })
      expect(classify(`> ${cut}`), cut).to.deep.include({ kind: 'malformed', header })
    }
    expect(classify(line.slice(0, 20))).to.not.have.property('header')
  })

  // Where the work grew with the square of the length, no timeout would be long enough.
  it('a line of two million characters is looked through, whatever is in it', () => {
    for (const part of ['?OTR', '?OTR|1|2,', '?OTR:AAM', 'a?OTR,1,1', '?OTR|1|2|3,1,', '<', '?OTR,1,1,x']) {
      expect(classify(`- ${part.repeat(2_000_000 / part.length)}`, { ...defaultWireLimits, maxFragmentLength: 10_000_000 }).kind).to.be.a('string')
    }
  })

  it('what fits is sent as it is', () => {
    expect(fragmentMessage({ ...v3, maxLength: message.length })).to.deep.equal([message])
    expect(fragmentMessage({ ...v3, maxLength: message.length - 1 })).to.have.length(2)
  })

  it('are refused for limits that leave no room, and for other impossible options', () => {
    expect(() => fragmentMessage({ ...v4, maxLength: fragmentOverhead(4) }))
      .to.throw(OtrError).that.includes({ code: 'OTR_FRAGMENT_LIMIT' })
    expect(() => fragmentMessage({ ...v3, maxLength: Number.NaN }))
      .to.throw(OtrError).that.includes({ code: 'OTR_FRAGMENT_LIMIT' })
    expect(() => fragmentMessage({ ...v3, text: 'x'.repeat(65_536), maxLength: fragmentOverhead(3) + 1 }))
      .to.throw(OtrError).that.includes({ code: 'OTR_TOO_LARGE' })
    expect(() => fragmentMessage({ ...v3, text: ','.repeat(500) })).to.throw(OtrError).that.includes({ code: 'OTR_INTERNAL' })
    const { identifier, ...unidentified } = v4
    expect(identifier).to.be.a('number')
    expect(() => fragmentMessage(unidentified)).to.throw(OtrError).that.includes({ code: 'OTR_INTERNAL' })
  })

  it('a refused fragment says which field was wrong and where', () => {
    const cases: readonly (readonly [string, string, number])[] = [
      ['?OTR|100|200,1,0,a,', 'total', 15], ['?OTR|100|200,0,1,a,', 'index', 13], ['?OTR|100|200,3,2,a,', 'index', 13],
      ['?OTR|100|200,1,2,,', 'piece', 17], ['?OTR|100|200,2,2,', 'piece', 17], ['?OTR|100|200,1,2,a', 'piece', 18], ['?OTR|100|200,1,2,a,b,', 'piece', 18], ['?OTR|', 'fragment', 0],
    ]
    for (const [text, field, offset] of cases) {
      expect(() => parseFragment(text), text).to.throw(MalformedError).that.includes({ field, offset })
    }
  })

  it('dropping the oldest of nothing is nothing', () => {
    expect(dropOldestOpenMessage(emptyFragmentAssembler)).to.equal(emptyFragmentAssembler)
  })
})
