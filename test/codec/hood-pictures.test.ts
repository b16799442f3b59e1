import { expect } from 'chai'
import { parse, type Element } from 'ltx'
import { LineDecoder, hoodSession } from '../../web/src/hood/decode.js'
import { chainsOf } from '../../web/src/hood/chains.js'
import { handshakeOf } from '../../web/src/hood/handshake.js'
import type { Hood, HoodLine, Part } from '../../web/src/hood/hood.js'
import { drawing, pictureNames } from '../../web/src/hood/pictures.js'
import { secretsOf } from '../../web/src/hood/secrets.js'
import { fit, svgFile, wrap } from '../../web/src/hood/shapes.js'
import { hoodDe } from '../../web/src/hood/words-de.js'
import { hoodEn } from '../../web/src/hood/words-en.js'
import type { RecordedLine } from '../../web/src/messenger/line-record.js'
import { Network, type Party, type Versions } from '../support/network.js'
import { handOut } from '../support/offline-parties.js'

/** Two clients that talk, and what the panel of the first one is given. */
class Watched {
  readonly network = new Network(7)
  readonly alice: Party
  readonly bob: Party
  readonly lines: RecordedLine[] = []

  constructor(versions: Versions) {
    this.alice = this.network.add('alice@example.org', { versions })
    this.bob = this.network.add('bob@example.org', { versions })
  }

  /** Delivers all lines but those that `lost` names. */
  run(lost: (line: string, nth: number) => boolean = () => false): void {
    for (let nth = 0, packet = this.network.queue[0]; packet !== undefined; packet = this.network.queue[0], nth++) {
      const { from, line } = packet
      if (lost(line, nth)) {
        this.network.queue.shift()
        continue
      }
      this.network.deliver()
      const ours = from === this.alice.address
      this.lines.push({ id: this.lines.length + 1, at: 1e12, ours, text: line, effect: ours ? 'sent' : 'accepted' })
    }
  }

  hood(): Hood {
    const [session] = this.alice.core.conversation(this.bob.address).status.sessions
    return { me: 'alice', peer: 'bob', ...session !== undefined && { session: hoodSession(session) }, lines: new LineDecoder().decode(this.lines), cut: false }
  }
}

function begun(versions: Versions): Watched {
  const watched = new Watched(versions)
  watched.alice.start(watched.bob.address)
  watched.run()
  return watched
}

const say = (watched: Watched, from: Party, to: Party, count = 1): void => {
  for (let n = 0; n < count; n++) {
    from.send(to.address, 'a text')
    watched.run()
  }
}

function textsOf(element: Element): string[] {
  return [element.getText(), ...element.getChildElements().flatMap(textsOf)]
}

describe('the pictures of the panel "Under the hood"', () => {
  it('show each message of a key exchange, what it proves, and to whom', () => {
    const steps = (hood: Hood): unknown[] => handshakeOf(hood).steps.map(({ name, ours, proof, line }) => [name, ours, proof, line !== undefined])
    // Who opened is known by the session: whoever sent the query is answered with an Identity message or a D-H Commit.
    expect(steps(begun('4').hood())).to.deep.equal([['identity', false, 'nothing', true], ['auth-r', true, 'one', true], ['auth-i', false, 'one', true]])
    expect(steps(begun('3').hood())).to.deep.equal([
      ['dh-commit', false, 'nothing', true], ['dh-key', true, 'nothing', true], ['reveal-signature', false, 'all', true], ['signature', true, 'all', true],
    ])
    const offline = new Watched('4')
    offline.alice.take(offline.alice.core.conversation(offline.bob.address).sendOffline(handOut(offline.bob.core.ensemble(1)), 'hello'))
    offline.run()
    expect(steps(offline.hood())).to.deep.equal([['prekey', false, 'nothing', false], ['non-interactive-auth', true, 'one', true]])
    const half = new Watched('4')
    half.alice.start(half.bob.address)
    half.run((line) => line.startsWith('?OTR:AAQ2'))
    expect(handshakeOf(half.hood()).done).to.equal(false)
  })

  it('show the chains as the counters and the messages on the wire have them', () => {
    const watched = begun('4')
    const { alice, bob } = watched
    say(watched, alice, bob, 2)
    say(watched, bob, alice)
    say(watched, alice, bob)
    say(watched, bob, alice, 2)
    const hood = watched.hood()
    const { chains } = chainsOf(hood)
    expect(chains.map(({ ours, id, brace, messages }) => [ours, id, brace, messages.length])).to.deep.equal([
      [true, 0, 'exchange', 2], [false, 0, 'dh', 1], [true, 1, 'hash', 1], [false, 2, 'hash', 2],
    ])
    // The numbers on the wire are the proof: each data line is in the chain of its id.
    for (const line of hood.lines) {
      const part = line.parts.at(-1)
      if (part?.kind !== 'v4-data') continue
      const chain = chains.find(({ ours, id }) => ours === line.ours && id === part.facts.ratchetId)
      expect(chain?.messages[part.facts.messageId ?? -1]).to.equal('gone')
      expect(part.facts.dh).to.equal(part.facts.ratchetId === 0)
    }
    // Chains 0 reveal nothing. Our chain 1 revealed the key of the one message of Bob's chain 0, his chain 2 those of the three of ours; those of his chain 2 wait.
    expect(chains.map(({ macKeys }) => macKeys)).to.deep.equal([0, 0, 1, 3])
    expect(secretsOf(hood).find(({ name }) => name === 'mac')).to.deep.equal({ name: 'mac', held: true, number: 2 })
  })

  it('agree with the real state on which secrets exist', () => {
    const watched = begun('4')
    const { alice, bob } = watched
    for (let turn = 0; turn < 9; turn++) {
      if (turn % 2 === 0) say(watched, alice, bob)
      else say(watched, bob, alice)
      const conversation = alice.core.exportState().conversations.find(({ peer }) => peer === bob.address)
      const state = conversation?.sessions[0]?.state
      if (state?.version !== 4 || state.session.state !== 'encrypted') throw new Error('no session of version 4')
      const { ratchet } = state.session
      const held = new Map(secretsOf(watched.hood()).map(({ name, held: isHeld }) => [name, isHeld]))
      expect(held.get('dh'), `our DH secret, turn ${turn}`).to.equal(ratchet.ourDh !== undefined)
      expect(held.get('ecdh'), `our ECDH secret, turn ${turn}`).to.equal(ratchet.turn === 'theirs')
      expect(held.get('sending')).to.equal(ratchet.turn === 'theirs')
      expect(held.get('receiving')).to.equal(ratchet.receiving !== undefined)
      expect(held.get('mac')).to.equal(ratchet.macKeysToReveal.length > 0)
    }
  })

  it('mark skipped messages whose keys are kept, until they come', () => {
    const watched = begun('4')
    const { alice, bob } = watched
    say(watched, alice, bob)
    for (let n = 0; n < 3; n++) bob.send(alice.address, 'a text')
    watched.run((_, nth) => nth === 1)
    const hood = watched.hood()
    expect(hood.session?.ratchet?.stored).to.equal(1)
    expect(chainsOf(hood).chains.at(-1)?.messages).to.deep.equal(['gone', 'kept', 'gone'])
    expect(drawing.ratchet(hood, hoodEn, 500).words.join('\n')).to.contain('1 skipped, whose keys are kept.')
  })

  it('of version 3 show which D-H keys carried what, and the MAC keys that were revealed', () => {
    const watched = begun('3')
    for (let turn = 0; turn < 4; turn++) {
      say(watched, watched.alice, watched.bob)
      say(watched, watched.bob, watched.alice)
    }
    const { chains } = chainsOf(watched.hood())
    expect(chains.map(({ ours, id }) => [ours, id])).to.deep.include.members([[true, 1], [false, 1], [true, 2], [false, 2]])
    expect(chains.reduce((sum, { macKeys }) => sum + macKeys, 0)).to.be.above(0)
  })

  it('are a well-formed file without script, link or style, in both languages and all widths, whatever others write', () => {
    const evil = '</title><script>alert(1)</script>"\'&\u0000\ud800'
    const part: Part = { kind: 'v4-data', title: evil, fields: [], facts: { ratchetId: 0, messageId: 7 } }
    const line: HoodLine = { id: 999, at: 0, ours: false, length: 1, effect: 'accepted', parts: [part] }
    const talks = [begun('4'), begun('3'), new Watched('4')].map((watched) => watched.hood())
    for (const hood of talks) {
      const changed = { ...hood, peer: evil, lines: [...hood.lines, line, { ...line, id: 1000, parts: [], fault: evil }] }
      for (const words of [hoodEn, hoodDe]) {
        for (const width of [220, 500]) {
          const pictures = pictureNames.map((name) => drawing[name](changed, words, width))
          const root = parse(svgFile(`x ${evil}`, pictures))
          const names = new Set(tagsOf(root))
          expect([...names].filter((name) => !['svg', 'title', 'desc', 'g', 'rect', 'path', 'circle', 'text'].includes(name))).to.deep.equal([])
          expect(textsOf(root).join('')).to.contain('<script>alert(1)</script>"\'&')
          for (const { words: told, shapes, height, title } of pictures) {
            expect(told).not.to.deep.equal([])
            expect(title).not.to.equal('')
            for (const { attributes } of shapes) {
              expect(Number(attributes['x'] ?? 0)).to.be.within(0, width)
              expect(Number(attributes['y'] ?? 0)).to.be.within(0, height)
            }
          }
        }
      }
    }
  })

  it('break and cut texts to what fits', () => {
    expect(wrap('one two three', 7 * 13 * 0.56, 13)).to.deep.equal(['one two', 'three'])
    expect(wrap('abcdefghij', 4 * 13 * 0.56 + 0.1, 13)).to.deep.equal(['abcd', 'efgh', 'ij'])
    expect(fit('abcdefghij', 4 * 13 * 0.56 + 0.1, 13)).to.equal('abc…')
  })
})

function tagsOf(element: Element): string[] {
  return [element.name, ...element.getChildElements().flatMap(tagsOf)]
}
