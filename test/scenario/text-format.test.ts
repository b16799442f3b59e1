import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { PolicyChanges, TextFormat } from '../../src/index.js'
import { ReceivedText } from '../../src/session/text/received-text.js'
import { needsEscaping, writeText } from '../../src/session/text/text-format.js'
import { encryptedPair, Network, type Party } from '../support/network.js'

interface Cases {
  readonly receive: readonly { readonly peer: 'html' | 'plain', readonly in: string, readonly read: string, readonly source: string }[]
  readonly send: readonly { readonly peer: 'html' | 'plain', readonly typed: string, readonly out: string, readonly source: string }[]
}

/** Bytes that living programs sent and read. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/data/text-cases.json'), 'utf8')) as Cases

/** Alice's own text formats are tried; Bob stands for the other program and sends and shows bytes as they are. */
function pair(policy: PolicyChanges = {}, versions: '3' | '4' = '3'): { network: Network, alice: Party, bob: Party } {
  return encryptedPair({ alice: { versions, policy }, bob: { versions, policy: { textFormat: 'plain' } } })
}

function received({ network, alice, bob }: ReturnType<typeof pair>, text: string): object | undefined {
  bob.send('alice', text)
  network.run()
  return alice.all('message').at(-1)
}

function sent({ network, alice, bob }: ReturnType<typeof pair>, text: string): string | undefined {
  alice.send('bob', text)
  network.run()
  return bob.all('message').at(-1)?.text
}

describe('what a person typed, and what the other one reads, in version 3', () => {
  for (const { peer, in: bytes, read, source } of cases.receive) {
    it(`reads ${JSON.stringify(bytes)} of a program that writes ${peer} (${source})`, () => {
      const message = received(pair({ textFormat: peer }), bytes)
      expect(message).to.include({ text: read })
      if (read === bytes) expect(message).to.not.have.property('raw')
      else expect(message).to.include({ raw: bytes })
    })
  }

  for (const { peer, typed, out, source } of cases.send) {
    it(`writes ${JSON.stringify(typed)} for a program that reads ${peer} (${source})`, () => {
      expect(sent(pair({ textFormat: peer }), typed)).to.equal(out)
    })
  }

  it('writes escapes and reads text as it comes, for a program that decodes and does not escape', () => {
    const both = pair({ textFormat: 'escapes' })
    expect(sent(both, 'a < b & <c>\nd')).to.equal('a &lt; b &amp; &lt;c&gt;\nd')
    expect(received(both, '&lt;3 <b>')).to.include({ text: '&lt;3 <b>', contentType: 'text' })
  })

  it('version 4 and text in clear are as typed, whatever was said of the program', () => {
    const four = pair({ textFormat: 'html' }, '4')
    expect(sent(four, '<b>&lt;3</b>')).to.equal('<b>&lt;3</b>')
    expect(received(four, '<b>&lt;3</b>')).to.include({ text: '<b>&lt;3</b>', contentType: 'text' })
    four.alice.receive('carol', '<b>in clear</b>')
    expect(four.alice.all('message').at(-1)).to.include({ text: '<b>in clear</b>', contentType: 'text', encrypted: false })
  })

  it('where nothing is known text goes as typed, and the person is told when words may be missing', () => {
    const both = pair()
    expect(sent(both, 'nothing special')).to.equal('nothing special')
    expect(both.alice.notices).to.not.include('text-format')
    expect(sent(both, 'hello <foo> bar')).to.equal('hello <foo> bar')
    expect(both.alice.notices).to.include('text-format')
    expect(received(both, '<b>perhaps</b>')).to.deep.include({ text: '<b>perhaps</b>', contentType: 'unknown' })
  })

  it('a text that only such a program writes speaks for HTML, from that text on, in both directions', () => {
    const both = pair()
    expect(received(both, '&lt;3')).to.include({ text: '<3', raw: '&lt;3', contentType: 'html' })
    expect(sent(both, 'List<String> x')).to.equal('List&lt;String&gt; x')
    expect(both.alice.notices).to.not.include('text-format')
  })

  it('one bare character proves text as typed: it takes a sign back, and no later sign counts', () => {
    const both = pair()
    received(both, 'see <A HREF="http://example.org/">this</A>')
    expect(sent(both, '<3')).to.equal('&lt;3')
    expect(received(both, '"so" &lt;')).to.include({ text: '"so" &lt;', contentType: 'text' })
    received(both, '&quot;x&quot;')
    expect(sent(both, '<3')).to.equal('<3')
  })

  it('what was learned is kept with the device, over a refresh and a restart; what a person says counts for more', () => {
    const { network, alice, bob } = pair()
    bob.send('alice', '&quot;typed&quot;')
    network.run()
    alice.start('bob')
    network.run()
    const again = network.add('alice', { key: 1, versions: '3', tag: alice.core.instanceTag, state: structuredClone(alice.core.exportState()) })
    again.send('bob', '<3')
    network.run()
    expect(bob.texts.at(-1)).to.equal('&lt;3')
    again.take(again.core.conversation('bob').setPolicy({ textFormat: 'plain' }))
    again.send('bob', '<3')
    network.run()
    expect(bob.texts.at(-1)).to.equal('<3')
  })

  it('the program that the network names counts for more than what the text shows, and less than a person', () => {
    const both = pair()
    const line = (text: string): string => {
      both.bob.send('alice', text)
      return both.network.queue.splice(0).at(-1)?.line ?? ''
    }
    both.alice.take(both.alice.core.receive('bob', line('a "quoted" word'), { textFormat: 'html' }))
    expect(both.alice.all('message').at(-1)).to.include({ contentType: 'html' })
    expect(sent(both, '<3')).to.equal('&lt;3')
    both.alice.take(both.alice.core.conversation('bob').setPolicy({ textFormat: 'plain' }))
    expect(sent(both, '<3')).to.equal('<3')
  })

  for (const starter of ['alice', 'bob'] as const) {
    it(`the program that the network names is known for the first text, before the other side has written any (${starter} starts)`, () => {
      const network = new Network()
      const alice = network.add('alice', { policy: { requireEncryption: true } })
      const bob = network.add('bob', { policy: { textFormat: 'plain' } })
      // Waits for the private conversation.
      alice.send('bob', 'List<String> held')
      network.queue.length = 0
      if (starter === 'alice') alice.start('bob')
      else bob.start('alice')
      for (let packet = network.queue.shift(); packet !== undefined; packet = network.queue.shift()) {
        if (packet.to === 'bob') bob.receive('alice', packet.line)
        else alice.take(alice.core.receive('bob', packet.line, { textFormat: 'html' }))
      }
      alice.send('bob', 'a < b')
      network.run()
      expect(bob.texts).to.deep.equal(['List&lt;String&gt; held', 'a &lt; b'])
      expect(alice.notices).to.not.include('text-format')
    })
  }

  it('a lost message is sent again as it was typed, in the form that is known by then', () => {
    const both = pair()
    both.alice.send('bob', '<3')
    both.network.queue.length = 0
    const handle = both.alice.core.conversation('bob').undelivered(both.network.log.at(-1)?.line ?? '').result
    received(both, '&lt;3')
    const [lost] = both.alice.core.conversation('bob').lost
    if (lost !== undefined) both.alice.take(both.alice.core.conversation('bob').resend(lost.handle))
    both.network.run()
    expect(handle).to.equal(lost?.handle)
    if (lost !== undefined) expect(both.bob.texts.at(-1)).to.equal('&lt;3')
  })
})

describe('text formats', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.array(fc.constantFrom('<', '>', '&', ';', '"', 'lt', 'amp', '\n', '<br>', '<b>', '&lt;', 'word', ' '), { maxLength: 30 }).map((parts) => parts.join('')))

  it('give back every text that was written for them', () => {
    fc.assert(fc.property(anyText, fc.constantFrom<TextFormat>('plain', 'html'), (text, format) => {
      expect(new ReceivedText(writeText(text, format)).as(format)).to.equal(text)
    }), { numRuns: 2000 })
  })

  it('lose no word in a program of another kind', () => {
    const words = (text: string): string[] => text.match(/\w+/g) ?? []
    const typed = fc.array(fc.constantFrom('<', '>', '&', ' ', 'alpha', 'beta', '\n', '"'), { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(fc.property(typed, fc.constantFrom<TextFormat>('plain', 'html', 'escapes'), fc.constantFrom<TextFormat>('plain', 'html', 'escapes'), (text, written, read) => {
      const shown = new ReceivedText(writeText(text, written)).as(read)
      for (const word of words(text)) expect(words(shown)).to.include(word)
    }), { numRuns: 2000 })
  })

  it('are shown by no text of one who types the neutral characters only', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/["&<]/.test(text)), (text) => {
      expect(new ReceivedText(text).sign).to.equal(undefined)
      expect(needsEscaping(text)).to.equal(text.includes('>'))
    }))
  })

  it('never take for HTML what a bare character shows to be typed', () => {
    fc.assert(fc.property(anyText, anyText, fc.constantFrom('"', '& ', '< ', '<3', '&'), (before, after, bare) => {
      // Inside a tag that is open a quotation mark means nothing.
      fc.pre(!before.includes('<'))
      expect(new ReceivedText(`${before} ${bare} ${after}`).sign).to.equal('plain')
    }))
  })

  it('cost what the length costs, whatever comes', () => {
    for (const piece of ['<', '&', '"', '<a ', '<a href="', '&#1234567', '<b><b>', '&lt;', '</a>', '<SPAN style="direction:rtl">', '\u202e<']) {
      const text = piece.repeat(200_000 / piece.length)
      expect(['plain', 'html', undefined]).to.include(new ReceivedText(text).sign)
      expect(new ReceivedText(text).as('html').length).to.be.at.most(text.length + 100)
    }
  })
})
