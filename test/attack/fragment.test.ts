import { expect } from 'chai'
import {
  addFragment, classify, defaultWireLimits, dropOldestOpenMessage, emptyFragmentAssembler, expireFragments, forgetFragmentsV3, fragmentMessage,
  fragmentOverhead, parseFragment,
  type Fragment, type FragmentAssembler, type FragmentDiscard, type FragmentV2, type FragmentV3, type FragmentV4, type WireLimits,
} from '../../src/wire/index.js'
import { OtrError } from '../../src/errors.js'
import { liveBytes } from '../support/live-memory.js'
import { worked } from '../support/processor-time.js'

const v3 = (index: number, total: number, piece: string, other: Partial<FragmentV3> = {}): FragmentV3 =>
  ({ version: 3, senderTag: 0x100, receiverTag: 0x200, index, total, piece, ...other })
const v2 = (index: number, total: number, piece: string): FragmentV2 => ({ version: 2, senderTag: 0, receiverTag: 0, index, total, piece })
const v4 = (index: number, total: number, piece: string, other: Partial<FragmentV4> = {}): FragmentV4 =>
  ({ version: 4, identifier: 7, senderTag: 0x100, receiverTag: 0x200, index, total, piece, ...other })

/** One correspondent's fragments, one after another. */
class Receiver {
  state: FragmentAssembler = emptyFragmentAssembler
  now = 0
  discarded: (FragmentDiscard | undefined)[] = []
  dropped = 0
  readonly complete: string[] = []

  constructor(readonly limits: WireLimits = defaultWireLimits) {}

  add(...fragments: readonly Fragment[]): this {
    for (const fragment of fragments) {
      const step = addFragment(this.state, fragment, this.now, this.limits)
      this.state = step.state
      this.discarded.push(step.discarded)
      this.dropped += step.dropped
      if (step.complete !== undefined) this.complete.push(step.complete)
    }
    // The books are kept right whatever happened.
    expect(this.state.bytes).to.equal(this.state.open.reduce((sum, message) => sum + message.bytes, 0))
    return this
  }
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, at) => permutations(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]))
}

describe('attacks on fragments', () => {
  const numbers = ['0,1', '1,0', '0,0', '2,1', '65536,65536', '1,65536', '-1,1', '1,-1', '0x1,1', 'a,b', '+1,1', '1,+1', ',1', '1,', ',', ' 1,1', '1, 1', '1.0,1',
    '000001,1', '1e0,1', '\u0661,1']
  for (const pair of numbers) {
    it(`F1: index and total ${JSON.stringify(pair)} are discarded`, () => {
      expect(classify(`?OTR|100|200,${pair},piece,`).kind).to.equal('malformed')
      expect(classify(`?OTR|1|100|200,${pair},piece,`).kind).to.equal('malformed')
    })
  }

  for (const tags of ['', '|', '100', '100|', '|200', '100|200|300|400', '123456789|200', '100|-200', '100|0x200', '100|20g', ' 100|200', '100 |200']) {
    it(`F1: tags ${JSON.stringify(tags)} are discarded`, () => {
      expect(classify(`?OTR|${tags},1,2,piece,`).kind).to.equal('malformed')
    })
  }

  it('F1: 65,535 of 65,535 is the last', () => {
    expect(parseFragment('?OTR|100|200,65535,65535,x,')).to.include({ index: 65_535, total: 65_535 })
  })

  it('F3: pieces of two forms never make one message, and each form keeps its own place', () => {
    expect(new Receiver().add(v3(1, 2, '?OTR:AA'), v2(2, 2, 'MD.')).complete).to.deep.equal([])
    expect(new Receiver().add(v2(1, 2, '?OTR:AA'), v3(2, 2, 'MD.')).complete).to.deep.equal([])
    const both = new Receiver().add(v3(1, 2, 'three '), v2(1, 2, 'two '), v4(1, 2, 'four '), v3(2, 2, 'a'), v2(2, 2, 'b'), v4(2, 2, 'c'))
    expect(both.complete).to.deep.equal(['three a', 'two b', 'four c'])
  })

  it('F2: a line that ends before its piece is discarded, and so is a message that begins with nothing', () => {
    const lines = ['?OTR|100|200,2,2,', '?OTR|1|100|200,2,2,', '?OTR|100|200,2,2,\n', '?OTR|100|200,2,2', '?OTR|100|200,2,2,,,']
    for (const line of [...lines, '?OTR|100|200,1,2,,', '?OTR|1|100|200,1,1,,']) {
      expect(classify(line).kind, JSON.stringify(line)).to.equal('malformed')
    }
  })

  it('F2: an empty piece adds nothing to a message, and what was collected stays: otr3 sends one where a length is a multiple', () => {
    for (const line of ['?OTR|100|200,3,3,,', '?OTR|7|100|200,3,3,,', '?OTR|100|200,3,3,,\r\n']) {
      const classified = classify(line)
      expect(classified.kind === 'fragment' && classified.fragment).to.include({ index: 3, total: 3, piece: '' })
    }
    for (const piece of [v3, v4]) {
      expect(new Receiver().add(piece(1, 3, 'a'), piece(2, 3, 'b'), piece(3, 3, '')).complete).to.deep.equal(['ab'])
      expect(new Receiver().add(piece(1, 3, 'a'), piece(2, 3, ''), piece(3, 3, 'b')).complete).to.deep.equal(['ab'])
      expect(new Receiver().add(piece(1, 3, 'a'), piece(2, 3, ''), piece(2, 3, ''), piece(3, 3, 'b')).complete)
        .to.deep.equal(piece === v3 ? [] : ['ab'])
    }
    for (const order of permutations([v4(1, 4, 'a'), v4(2, 4, ''), v4(3, 4, 'b'), v4(4, 4, '')])) {
      expect(new Receiver().add(...order).complete).to.deep.equal(['ab'])
    }
    // Out of its row it is no better than another.
    expect(new Receiver().add(v3(1, 3, 'a'), v3(3, 3, '')).discarded).to.deep.equal([undefined, 'out-of-order'])
  })

  it('F2: empty pieces take memory like others: what they are kept in is bounded', () => {
    const limits = { ...defaultWireLimits, maxFragmentBytes: 10_000 }
    const receiver = new Receiver(limits)
    for (let index = 1; index <= 5000; index++) receiver.add(v4(index, 65_535, ''))
    expect(receiver.discarded).to.include('limit')
    expect(receiver.state.bytes).to.be.at.most(limits.maxFragmentBytes)
    const many = new Receiver(limits)
    for (let i = 0; i < 5000; i++) many.add(v4(1, 2, '', { identifier: i }))
    expect(many.state.bytes).to.be.at.most(limits.maxFragmentBytes)
  })

  it('F3: same identifier, but another total, sender or receiver, does not touch the first', () => {
    const receiver = new Receiver().add(v4(1, 3, 'a'))
    const first = receiver.state.open[0]
    receiver.add(v4(2, 2, 'X'), v4(2, 4, 'X'))
    expect(receiver.discarded).to.deep.equal([undefined, 'inconsistent', 'inconsistent'])
    expect(receiver.state.open).to.deep.equal([first])
    receiver.add(v4(2, 3, 'Y', { senderTag: 0x101 }), v4(2, 3, 'Z', { receiverTag: 0x201 }), v3(1, 3, 'W'))
    expect(receiver.state.open).to.have.length(4)
    expect(receiver.state.open[0]).to.equal(first)
    expect(receiver.add(v4(3, 3, 'c'), v4(2, 3, 'b')).complete).to.deep.equal(['abc'])
  })

  it('F4: a doubled index with other content is rejected and the first content stays', () => {
    const receiver = new Receiver().add(v4(1, 2, 'a'), v4(1, 2, 'X'), v4(1, 2, 'a'))
    expect(receiver.discarded).to.deep.equal([undefined, 'duplicate', 'duplicate'])
    expect(receiver.add(v4(2, 2, 'b')).complete).to.deep.equal(['ab'])
  })

  it('F4: what is rejected leaves the state the same object', () => {
    const receiver = new Receiver().add(v4(1, 2, 'a'))
    const { state } = receiver
    for (const rejected of [v4(1, 2, 'X'), v4(1, 3, 'X'), v3(2, 2, 'X')]) {
      expect(addFragment(state, rejected, 0, defaultWireLimits).state).to.equal(state)
    }
  })

  it('F5: all 120 orders of five fragments of version 4 give the message', () => {
    const pieces = ['one', 'two', 'three', 'four', 'five']
    const fragments = pieces.map((piece, i) => v4(i + 1, 5, piece))
    for (const order of permutations(fragments)) {
      const receiver = new Receiver().add(...order)
      expect(receiver.complete).to.deep.equal([pieces.join('')])
      expect(receiver.state.open).to.deep.equal([])
    }
  })

  it('F5: of all 120 orders of version 3 only the right one gives the message', () => {
    const fragments = ['one', 'two', 'three', 'four', 'five'].map((piece, i) => v3(i + 1, 5, piece))
    const orders = permutations(fragments)
    expect(orders.filter((order) => new Receiver().add(...order).complete.length > 0)).to.deep.equal([fragments])
  })

  it('F5: version 3 forgets at a gap, a repetition, another total, and starts over with index 1', () => {
    expect(new Receiver().add(v3(1, 3, 'a'), v3(3, 3, 'c'), v3(2, 3, 'b'), v3(3, 3, 'c')).complete).to.deep.equal([])
    expect(new Receiver().add(v3(1, 2, 'a'), v3(1, 2, 'b'), v3(2, 2, 'c')).complete).to.deep.equal(['bc'])
    expect(new Receiver().add(v3(1, 3, 'a'), v3(2, 3, 'b'), v3(2, 3, 'b'), v3(3, 3, 'c')).complete).to.deep.equal([])
    expect(new Receiver().add(v3(1, 3, 'a'), v3(2, 2, 'b')).state.open).to.deep.equal([])
    expect(new Receiver().add(v3(1, 1, 'whole')).complete).to.deep.equal(['whole'])
    expect(new Receiver().add(v3(2, 3, 'b')).discarded).to.deep.equal(['out-of-order'])
  })

  it('F5: version 3 keeps the rows of two senders apart', () => {
    const other = { senderTag: 0x999 }
    expect(new Receiver().add(v3(1, 2, 'a'), v3(1, 2, 'x', other), v3(2, 2, 'b'), v3(2, 2, 'y', other)).complete)
      .to.deep.equal(['ab', 'xy'])
    expect(new Receiver().add(v3(1, 2, 'a'), v3(2, 2, 'y', other), v3(2, 2, 'b')).complete).to.deep.equal(['ab'])
  })

  it('F5: a message that is no fragment breaks rows of version 3 only', () => {
    const { state } = new Receiver().add(v3(1, 2, 'a'), v3(1, 2, 'a', { senderTag: 0x999 }), v4(1, 2, 'a'))
    expect(forgetFragmentsV3(state, 0x100).open.map(({ version, senderTag }) => [version, senderTag]))
      .to.deep.equal([[3, 0x999], [4, 0x100]])
    expect(forgetFragmentsV3(state).open.map(({ version }) => version)).to.deep.equal([4])
    expect(forgetFragmentsV3(state, 0x300)).to.equal(state)
    expect(forgetFragmentsV3(emptyFragmentAssembler)).to.equal(emptyFragmentAssembler)
  })

  it('F6: interleaved fragments of 100 messages come together; message 101 evicts the one begun first', () => {
    const piece = (message: number, index: number): FragmentV4 => v4(index, 3, `m${message}i${index};`, { identifier: message })
    const messages = Array.from({ length: 100 }, (_, i) => i)
    const receiver = new Receiver()
    for (const index of [2, 1, 3]) receiver.add(...messages.map((message) => piece(message, index)))
    expect(receiver.complete).to.deep.equal(messages.map((m) => `m${m}i1;m${m}i2;m${m}i3;`))

    const crowded = new Receiver().add(...messages.map((message) => piece(message, 1)), piece(0, 2), piece(100, 1))
    expect(crowded.dropped).to.equal(1)
    expect(crowded.state.open).to.have.length(100)
    // Message 0 had grown last but was begun first: it is gone, and its last piece completes nothing. That piece evicts number 1.
    crowded.add(piece(0, 3))
    expect(crowded.complete).to.deep.equal([])
    expect(crowded.add(piece(2, 2), piece(2, 3), piece(100, 2), piece(100, 3)).complete)
      .to.deep.equal(['m2i1;m2i2;m2i3;', 'm100i1;m100i2;m100i3;'])
  })

  it('F7: 1,000,000 first fragments with total 65,535 keep memory below a bound', function () {
    this.timeout(120_000)
    const before = liveBytes()
    let state: FragmentAssembler = emptyFragmentAssembler
    let largest = 0
    for (let i = 0; i < 1_000_000; i++) {
      state = addFragment(state, v4(65_535 - i % 2, 65_535, 'x'.repeat(20) + i.toString(), { identifier: i }), 0, defaultWireLimits).state
      largest = Math.max(largest, state.bytes)
    }
    expect(state.open).to.have.length(100)
    expect(largest).to.be.below(100_000)
    // 1,000,000 arrays of 65,535 slots would be 500 GB, the 100 that are open 50 MB.
    expect(liveBytes() - before).to.be.below(16 * 1024 * 1024)
    // Missing pieces take no slots: only the one received piece exists.
    for (const message of state.open) expect(Object.keys(message.pieces)).to.have.length(1)
  })

  it('F7: pieces spread over the whole range stay within the bytes of one correspondent', () => {
    const limits = { ...defaultWireLimits, maxFragmentBytes: 100_000 }
    const receiver = new Receiver(limits)
    for (let message = 0; message < 100; message++) {
      for (let index = 1; index <= 65_535; index += 1024) {
        receiver.add(v4(index, 65_535, 'x', { identifier: message }))
        expect(receiver.state.bytes).to.be.at.most(limits.maxFragmentBytes)
      }
    }
  })

  it('F7: the byte limit evicts the oldest others first, then drops the message itself', () => {
    const limits = { ...defaultWireLimits, maxFragmentBytes: 10_000 }
    const receiver = new Receiver(limits).add(
      v4(1, 9, 'a'.repeat(3000), { identifier: 1 }), v4(1, 9, 'b'.repeat(3000), { identifier: 2 }), v4(2, 9, 'a'.repeat(3000), { identifier: 1 }),
    )
    expect(receiver.dropped).to.equal(1)
    expect(receiver.state.open.map(({ identifier }) => identifier)).to.deep.equal([1])
    receiver.add(v4(3, 9, 'a'.repeat(4000), { identifier: 1 }))
    expect(receiver.discarded.at(-1)).to.equal('limit')
    expect(receiver.state).to.deep.equal(emptyFragmentAssembler)
  })

  it('F7: a message longer than the limit for messages is dropped while it arrives', () => {
    const receiver = new Receiver({ ...defaultWireLimits, maxMessageLength: 5 }).add(v4(1, 3, 'abc'), v4(2, 3, 'def'))
    expect(receiver.discarded).to.deep.equal([undefined, 'too-large'])
    expect(receiver.state).to.deep.equal(emptyFragmentAssembler)
    expect(new Receiver({ ...defaultWireLimits, maxMessageLength: 5 }).add(v3(1, 1, 'abcdef')).discarded)
      .to.deep.equal(['too-large'])
  })

  it('F8: what is not complete in time is dropped, by the given clock only', () => {
    const receiver = new Receiver({ ...defaultWireLimits, fragmentTimeout: 60 }).add(v4(1, 3, 'a'))
    receiver.now = 30
    receiver.add(v4(1, 2, 'x', { identifier: 8 }), v4(2, 3, 'b'))
    receiver.now = 60
    expect(expireFragments(receiver.state, 59, receiver.limits)).to.equal(receiver.state)
    expect(expireFragments(receiver.state, 60, receiver.limits).open.map(({ identifier }) => identifier)).to.deep.equal([8])
    receiver.add(v4(3, 3, 'c'))
    expect(receiver.complete).to.deep.equal([])
    expect(receiver.dropped).to.equal(1)
    expect(receiver.add(v4(2, 2, 'y', { identifier: 8 })).complete).to.deep.equal(['xy'])
    expect(expireFragments(receiver.state, 1e9, receiver.limits).bytes).to.equal(0)
  })

  it('F9: one correspondent\'s fragments are one value: bytes are known, the oldest can be dropped from above', () => {
    const attacker = new Receiver().add(...Array.from({ length: 300 }, (_, i) => v4(1, 2, 'x'.repeat(1000), { identifier: i })))
    const victim = new Receiver().add(v4(1, 2, 'a'))
    // A limit over all: the one that holds most gives way.
    let { state } = attacker
    while (state.bytes + victim.state.bytes > 50_000) state = dropOldestOpenMessage(state)
    expect(state.open.map(({ identifier }) => identifier)[0]).to.be.above(200)
    expect(state.bytes).to.equal(state.open.reduce((sum, message) => sum + message.bytes, 0))
    expect(victim.add(v4(2, 2, 'b')).complete).to.deep.equal(['ab'])
  })

  for (const version of [2, 3, 4] as const) {
    const options = { version, senderTag: 0x100, receiverTag: 0xffffffff, identifier: 0xffffffff }

    it(`F10: for every limit up to 600 no line is longer, no piece empty, and the message comes back (version ${version})`, () => {
      for (const length of [1, 599, 600, 601, 1234]) {
        const text = `?OTR:${'A'.repeat(length)}.`
        for (let maxLength = fragmentOverhead(version) + 1; maxLength <= 600; maxLength++) {
          const lines = fragmentMessage({ ...options, text, maxLength })
          for (const line of lines) if (line.length > maxLength) throw new Error(`${line.length} > ${maxLength}`)
          if (lines.length === 1) {
            expect(lines).to.deep.equal([text])
            continue
          }
          // Filled to the brim but the last, so that no line is sent in vain.
          expect(lines.slice(0, -1).every((line) => line.length === maxLength)).to.equal(true)
          expect(new Receiver().add(...lines.map(parseFragment)).complete).to.deep.equal([text])
        }
      }
    })

    it(`F10: a limit not above the header is an error (version ${version})`, () => {
      for (const maxLength of [fragmentOverhead(version), 1, 0, -1]) {
        expect(() => fragmentMessage({ ...options, text: `?OTR:${'A'.repeat(600)}.`, maxLength }))
          .to.throw(OtrError).that.includes({ code: 'OTR_FRAGMENT_LIMIT' })
      }
    })

    for (const length of [70_000, 200_000]) {
      it(`F11: ${length} characters (version ${version})`, () => {
        const text = `?OTR:${'ABCDEFG'.repeat(length / 7).padEnd(length, '=')}.`
        const lines = fragmentMessage({ ...options, text, maxLength: 150 })
        let state: FragmentAssembler = emptyFragmentAssembler
        let complete: string | undefined
        for (const line of lines) {
          const step = addFragment(state, parseFragment(line), 0, defaultWireLimits)
          state = step.state
          complete = step.complete ?? complete
        }
        expect(complete === text).to.equal(true)
      })
    }
  }

  it('F11: 10 MB through lines of 400 characters, in order and backwards, in seconds and within the limits', function () {
    this.timeout(60_000)
    const text = `?OTR:${'A'.repeat(13_333_336)}.`
    const lines = fragmentMessage({ version: 4, text, senderTag: 0x100, receiverTag: 0x200, identifier: 1, maxLength: 400 })
    for (const order of [lines, [...lines].reverse()]) {
      let state: FragmentAssembler = emptyFragmentAssembler
      let complete: string | undefined
      const { milliseconds } = worked(() => {
        for (const line of order) {
          const step = addFragment(state, parseFragment(line), 0, defaultWireLimits)
          state = step.state
          complete = step.complete ?? complete
        }
      })
      expect(complete === text).to.equal(true)
      expect(milliseconds).to.be.below(10_000)
    }
  })

  it('F12: a fragment inside fragments is dropped, not processed again', () => {
    const inner = '?OTR|8|100|200,1,1,?OTR:AAAA.,'
    const [head, tail] = [inner.slice(0, 18), inner.slice(18)]
    // A piece cannot contain a comma, so this cannot even be sent.
    expect(classify(`?OTR|100|200,1,2,${head},`).kind).to.equal('malformed')
    const receiver = new Receiver().add(v4(1, 2, head.replace(',', '')), v4(2, 2, tail))
    expect(receiver.discarded).to.deep.equal([undefined, 'nested'])
    expect(receiver.complete).to.deep.equal([])
    expect(receiver.state).to.deep.equal(emptyFragmentAssembler)
  })

  it('F14: a reassembled text that is no encoded message is plaintext', () => {
    const { complete: [text = ''] } = new Receiver().add(v3(1, 2, 'trust '), v3(2, 2, 'me'))
    expect(classify(text)).to.deep.equal({ kind: 'plaintext', text: 'trust me' })
  })
})
