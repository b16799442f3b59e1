import { expect } from 'chai'
import {
  classify, errorMessage, formatInstanceTag, isInstanceTag, otrError, parseErrorMessage, parseQuery, parseWhitespaceTag, queryMessage, whitespaceTag,
} from '../../src/wire/index.js'

const base = '\x20\x09\x20\x20\x09\x09\x09\x09\x20\x09\x20\x09\x20\x09\x20\x20'
const v1 = '\x20\x09\x20\x09\x20\x20\x09\x20'
const v2 = '\x20\x20\x09\x09\x20\x20\x09\x20'
const v3 = '\x20\x20\x09\x09\x20\x20\x09\x09'
const v4 = '\x20\x20\x09\x09\x20\x09\x20\x20'

describe('query messages', () => {
  it('are read as the examples of both specifications say', () => {
    const examples: Record<string, number[]> = {
      '?OTR?': [1], '?OTRv2?': [2], '?OTRv23?': [2, 3], '?OTR?v2?': [1, 2], '?OTRv24x?': [2, 4], '?OTR?v24x?': [1, 2, 4], '?OTR?v?': [1],
      '?OTRv?': [], '?OTRv3?': [3], '?OTRv45x?': [4, 5], '?OTRv?4?': [],
    }
    for (const [query, versions] of Object.entries(examples)) expect(parseQuery(query)?.versions, query).to.deep.equal(versions)
  })

  it('stands at the beginning, behind markup at most, with any text behind it', () => {
    expect(classify('?OTRv34?\n<b>alice</b> asks')).to.deep.equal({ kind: 'query', versions: [3, 4], text: '\n<b>alice</b> asks' })
    expect(classify('<a title="?OTRv43?">Hello</a>'))
      .to.deep.equal({ kind: 'query', versions: [4, 3], text: '<a title="">Hello</a>' })
    for (const before of ['', ' ', '\n\t', '\u0002', '\u000304,01', '&nbsp;', '<br/>', '<HTML><BODY bgcolor="#fff">', '<font color="red"> <b>', '</p><p>', '<p class="x" data-otr="']) {
      expect(classify(`${before}?OTRv34?${before.includes('data') ? '">' : ''} words`), JSON.stringify(before)).to.deep.include({ kind: 'query', versions: [3, 4] })
    }
    expect(classify('what does ?OTR mean?')).to.deep.equal({ kind: 'plaintext', text: 'what does ?OTR mean?' })
    expect(classify('?OTRv 4?')).to.deep.include({ kind: 'plaintext' })
  })

  it('Q16: is text where words, a name, a quotation mark or a time stand in front: people quote it, and bots repeat what strangers say', () => {
    for (const text of [
      'hello ?OTRv34?', '> ?OTRv34? I would like to talk', '>?OTRv3?', '<bob> ?OTRv34? I would like to talk', 'bob: ?OTRv34?', '[12:34:56] ?OTRv34?', '* ?OTRv3?',
      '"?OTRv34?"', '?OTR ?OTRv4?', '1 ?OTRv4?', '<message to="x"><body>?OTRv2? *x* has requested</body></message>', '<b>hello</b> ?OTRv34?', 'a<a title="?OTRv34?">',
      '&lt; ?OTRv34?', `${'<a '.repeat(1000)}?OTRv3?`, '\u{1f600}?OTRv3?',
    ]) expect(classify(text), text.slice(0, 40)).to.deep.equal({ kind: 'plaintext', text })
  })

  it('list each version once', () => {
    expect(parseQuery('?OTR?v114433?')?.versions).to.deep.equal([1, 4, 3])
  })

  it('are written with their versions in ascending order', () => {
    expect(queryMessage([4, 3])).to.equal('?OTRv34?')
    expect(queryMessage([4, 4])).to.equal('?OTRv4?')
    expect(queryMessage([3], 'I would like to talk off the record.')).to.equal('?OTRv3? I would like to talk off the record.')
  })
})

describe('whitespace tags', () => {
  it('by the bytes of both specifications', () => {
    expect(whitespaceTag([3])).to.equal(base + v3)
    expect(whitespaceTag([4, 3])).to.equal(base + v3 + v4)
    expect(parseWhitespaceTag(`hi${base}${v1}${v2}${v3}${v4}`)).to.deep.equal({ versions: [1, 2, 3, 4], text: 'hi' })
  })

  it('leaves text without a tag alone', () => {
    for (const text of ['', 'hi', ' \t \t ', base.slice(1), base.slice(0, 15), ' '.repeat(100), '\t'.repeat(100)]) {
      expect(classify(text)).to.deep.equal({ kind: 'plaintext', text })
    }
  })

  it('is told apart from a query, which counts more', () => {
    expect(classify(`?OTRv4?${base}${v3}`)).to.deep.equal({ kind: 'query', versions: [4], text: '' })
  })
})

describe('error messages', () => {
  it('are the same after they were written and read', () => {
    expect(errorMessage('no')).to.equal('?OTR Error: no')
    expect(parseErrorMessage('?OTR Error: no')).to.deep.equal({ text: 'no' })
    expect(parseErrorMessage('?OTR Error:no')).to.deep.equal({ text: 'no' })
    expect(parseErrorMessage(errorMessage(otrError.notInPrivateState)))
      .to.deep.equal({ text: otrError.notInPrivateState, code: 2 })
    expect(classify('?OTR Error:')).to.deep.equal({ kind: 'error', text: '' })
    expect(classify('?OTR Error')).to.deep.equal({ kind: 'plaintext', text: '?OTR Error' })
  })
})

describe('instance tags', () => {
  it('are unsigned numbers of 32 bits, written as eight digits', () => {
    expect(formatInstanceTag(0xffffffff)).to.equal('ffffffff')
    expect(formatInstanceTag(0x100)).to.equal('00000100')
    for (const [tag, ok] of [[0, false], [0xff, false], [0x100, true], [0x11111112, true], [0xffffffff, true], [2 ** 32, false], [-1, false], [256.5, false]] as const) {
      expect(isInstanceTag(tag), String(tag)).to.equal(ok)
    }
  })
})
