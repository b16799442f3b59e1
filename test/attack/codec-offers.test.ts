import { expect } from 'chai'
import { classify, instanceTagProblem, parseWhitespaceTag, whitespaceTag, type Fragment, type OtrMessage } from '../../src/wire/index.js'
import { samples } from '../codec/samples.js'
import { worked } from '../support/processor-time.js'

describe('attacks on instance tags', () => {
  const fragment: Fragment = { version: 3, senderTag: 0x100, receiverTag: 0x100, index: 1, total: 2, piece: 'a' }
  const tagless = samples.filter(({ kind }) => kind.startsWith('v2-'))
  const everything: readonly (OtrMessage | Fragment)[] = [...samples.filter((one) => !tagless.includes(one)), fragment, { ...fragment, version: 4, identifier: 0 }]

  it('I1: sender tags 0 and 1 to 0xFF are refused in every message and fragment', () => {
    for (const message of everything) {
      for (const senderTag of [0, 1, 0x80, 0xff]) expect(instanceTagProblem({ ...message, senderTag })).to.equal('sender')
      expect(instanceTagProblem({ ...message, senderTag: 0x100, receiverTag: 0x100 })).to.equal(undefined)
    }
  })

  it('I1: receiver tags 1 to 0xFF are refused in every message and fragment', () => {
    for (const message of everything) {
      for (const receiverTag of [1, 0x80, 0xff]) expect(instanceTagProblem({ ...message, receiverTag })).to.equal('receiver')
    }
  })

  it('I1: receiver tag 0 is only in the first handshake message and in fragments', () => {
    for (const message of everything) {
      const first = !('kind' in message) || message.kind === 'v3-dh-commit' || message.kind === 'v4-identity'
      expect(instanceTagProblem({ ...message, receiverTag: 0 })).to.equal(first ? undefined : 'receiver')
    }
  })

  it('I1/2: version 2 has no tags, so none can be wrong', () => {
    expect(tagless).to.have.length(5)
    for (const message of [...tagless, { ...fragment, version: 2, senderTag: 0, receiverTag: 0 } as const]) expect(instanceTagProblem(message)).to.equal(undefined)
  })

  it('I2: tags above 0x7FFFFFFF are unsigned numbers', () => {
    expect(classify('?OTR|11111112|ffffffff,1,2,a,')).to.deep.include({
      fragment: { version: 3, senderTag: 0x11111112, receiverTag: 0xffffffff, index: 1, total: 2, piece: 'a' },
    })
    expect(instanceTagProblem({ ...fragment, senderTag: 0xffffffff, receiverTag: 0x11111112 })).to.equal(undefined)
  })
})

describe('attacks on offers', () => {
  it('Q2: offers of versions 1 and 2 are recognised as nothing but that', () => {
    const offered = (text: string): readonly number[] | undefined => {
      const line = classify(text)
      return line.kind === 'query' || line.kind === 'plaintext' ? line.versions : undefined
    }
    expect(offered('?OTR?')).to.deep.equal([1])
    expect(offered('?OTRv1?')).to.deep.equal([1])
    expect(offered('?OTRv2?')).to.deep.equal([2])
    expect(offered('?OTR?v2?')).to.deep.equal([1, 2])
    expect(offered(`hi${whitespaceTag([])}  \t\t  \t `)).to.deep.equal([2])
  })

  it('Q4: an error message not at position 0 is text', () => {
    for (const text of [' ?OTR Error: x', 'a ?OTR Error: ERROR_2: x', '\n?OTR Error:', '?otr error: x']) {
      expect(classify(text)).to.deep.equal({ kind: 'plaintext', text })
    }
    expect(classify('?OTR Error: ERROR_2: x')).to.deep.equal({ kind: 'error', text: 'ERROR_2: x', code: 2 })
  })

  it('Q5: HTML and control characters in an error text come through as data', () => {
    const text = '<img src=x onerror=alert(1)>\u202e\u0000\u001b[2J'
    expect(classify(`?OTR Error: ${text}`)).to.deep.equal({ kind: 'error', text })
  })

  it('Q11: a whitespace tag in the middle', () => {
    expect(classify(`a${whitespaceTag([3, 4])}b`)).to.deep.equal({ kind: 'plaintext', text: 'ab', versions: [3, 4] })
  })

  it('Q11: two tags: the first counts, both go', () => {
    expect(classify(`a${whitespaceTag([4])}b${whitespaceTag([3])}c`)).to.deep.equal({ kind: 'plaintext', text: 'abc', versions: [4] })
    expect(classify(whitespaceTag([3]) + whitespaceTag([4]))).to.deep.equal({ kind: 'plaintext', text: '', versions: [3] })
  })

  it('Q11: unknown versions belong to the tag and offer nothing', () => {
    const spelled = (character: string): string =>
      character.charCodeAt(0).toString(2).padStart(8, '0').replaceAll('0', ' ').replaceAll('1', '\t')
    expect(parseWhitespaceTag(`a${whitespaceTag([])}${spelled('x')}${spelled('4')}${spelled('~')}${spelled('4')}b`))
      .to.deep.equal({ versions: [4], text: 'ab' })
  })

  it('Q11: white space of the text behind a tag stays', () => {
    for (const space of ['        ', '\t\t\t\t\t\t\t\t', '                code', ' \t']) {
      expect(parseWhitespaceTag(`${whitespaceTag([4])}${space}text`)).to.deep.equal({ versions: [4], text: `${space}text` })
    }
  })

  it('Q11: a tag cut at every character', () => {
    const tag = whitespaceTag([3, 4])
    for (let length = 0; length < tag.length; length++) {
      const cut = `a${tag.slice(0, length)}`
      const line = classify(cut)
      if (length < 16) expect(line).to.deep.equal({ kind: 'plaintext', text: cut })
      else if (length < 24) expect(line).to.deep.equal({ kind: 'plaintext', text: `a${tag.slice(16, length)}`, versions: [] })
      else expect(line).to.deep.equal({ kind: 'plaintext', text: `a${tag.slice(24, length)}`, versions: [3] })
    }
  })

  it('C19: megabytes of half tags and half queries are read in linear time', () => {
    const base = whitespaceTag([])
    for (const part of ['?OTR', '?OTRv', '?OTR?v', '?OTRv4', ' \t', base, base.slice(0, 15), `${base} `, ' ', '?']) {
      const text = part.repeat(2_000_000 / part.length)
      expect(worked(() => classify(text)).milliseconds, JSON.stringify(part)).to.be.below(3000)
    }
  })
})
