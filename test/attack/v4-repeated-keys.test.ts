import { expect } from 'chai'
import type { RandomSource } from '../../src/crypto/random.js'
import { createPrekeyMessage, verifyEnsemble } from '../../src/v4/index.js'
import { seededRandom } from '../support/seeded.js'
import { countingArithmetic } from '../support/counting-arithmetic.js'
import { ratchetReceive } from '../../src/ratchet/index.js'
import { ratchetPair } from '../support/ratchet-pair.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { begin, firstMessage, published, withPrekeys } from '../support/v4-offline.js'
import { encryptedPair, NOW, settle, strangers, talk, v4Account, type V4Party } from '../support/v4-parties.js'

const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

/** A source that gives the same bytes at each call for so many. */
const constant: RandomSource = (length) => seededRandom('constant')(length)

/** The detail of the one notice of a step in which nothing else happened. */
function refusal(party: V4Party, receive: () => { readonly events: readonly object[], readonly outgoing: readonly object[] }): string {
  const { session } = party
  const before = structuredClone(session)
  const { events, outgoing } = receive()
  expect(outgoing).to.deep.equal([])
  expect(events).to.have.length(1)
  expect(party.session).to.equal(session)
  expect(party.session).to.deep.equal(before)
  const [event] = events
  if (event === undefined || !('detail' in event)) throw new Error('no notice')
  return String(event.detail)
}

describe('keys that come again, in version 4', () => {
  describe('in the ratchet', () => {
    it('A7: a new chain with a key that was there before, of theirs or of ours, is refused before anything is derived', () => {
      const { alice, bob } = ratchetPair('interactive', seededRandom('ratchet'))
      // Bob begins chain 3, which carries a DH key, as the ones before the last did.
      for (const [from, to] of [[bob, alice], [alice, bob], [bob, alice]] as const) to.receive(from.send('x'))
      const fresh = alice.send('x')
      expect(fresh.ratchetId).to.equal(3)
      const { state } = bob
      if (state.turn !== 'theirs') throw new Error('Alice rotates')
      const { arithmetic, counter } = countingArithmetic(toyArithmetic)
      withArithmetic(arithmetic, () => {
        for (const ecdh of [state.theirEcdh, state.sending.ecdh.publicKey]) {
          expect(ratchetReceive(state, { ...fresh, ecdh }, { now: 0 })).to.deep.equal({ kind: 'refused', reason: 'repeated-key' })
        }
        for (const dh of [state.theirDh, state.ourDhPublic]) {
          expect(ratchetReceive(state, { ...fresh, dh }, { now: 0 })).to.deep.equal({ kind: 'refused', reason: 'repeated-key' })
        }
      })
      expect(counter.operations).to.equal(0)
      expect(bob.receive(fresh)).to.deep.equal({ text: 'x' })
    })

    for (const dake of ['interactive', 'non-interactive'] as const) {
      it(`A7: ${dake}: a random source that repeats itself is found out at the next rotation, with nothing changed`, toy(() => {
        for (let phase = 0; phase < 6; phase++) {
          for (const repeated of ['ours', 'theirs'] as const) {
            const random = seededRandom(`${dake} ${phase}`)
            // Draws of a rotation: the first for ECDH, 80 bytes for DH.
            const drawn: Record<'alice' | 'bob', Map<number, Uint8Array>> = { alice: new Map(), bob: new Map() }
            const pair = ratchetPair(dake, random)
            const peers = { alice: pair.alice, bob: pair.bob }
            const replay: { from: 'alice' | 'bob' | undefined } = { from: undefined }
            for (const name of ['alice', 'bob'] as const) {
              Object.assign(peers[name], {
                random: (length: number) => {
                  const again = replay.from === undefined ? undefined : drawn[replay.from].get(length)
                  const bytes = again ?? random(length)
                  if (replay.from === undefined) drawn[name].set(length, bytes.slice())
                  return bytes.slice()
                },
              })
            }
            for (let n = 0; n < 5 + phase; n++) {
              const [from, to] = n % 2 === 0 ? [peers.alice, peers.bob] as const : [peers.bob, peers.alice] as const
              expect(to.receive(from.send(`${n}`))).to.deep.equal({ text: `${n}` })
            }
            const next = phase % 2 === 0 ? 'bob' as const : 'alice' as const
            const other = next === 'bob' ? 'alice' as const : 'bob' as const
            replay.from = repeated === 'ours' ? next : other
            const { state } = peers[next]
            const before = structuredClone(state)
            expect(state.turn).to.equal('ours')
            expect(() => peers[next].send('x'), `${phase} ${repeated}`).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
            expect(peers[next].state).to.equal(state)
            expect(state).to.deep.equal(before)
            replay.from = undefined
            expect(peers[other].receive(peers[next].send('y'))).to.deep.equal({ text: 'y' })
          }
        }
      }))
    }
  })

  describe('in the interactive DAKE', () => {
    it('A7: with a random source that repeats itself no session is established, on either side', toy(() => {
      for (const broken of ['alice', 'bob'] as const) {
        const pair = strangers('constant')
        pair[broken].random = constant
        expect(() => {
          pair.bob.start()
          settle(pair.alice, pair.bob)
        }).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
        expect(pair[broken].session.state).to.equal('plaintext')
      }
    }))

    it('A7: nor with one that gives what the other side has', toy(() => {
      const pair = strangers('same dice')
      const [one, two] = [seededRandom('dice'), seededRandom('dice')]
      pair.bob.random = one
      pair.alice.random = two
      expect(() => {
        pair.bob.start()
        settle(pair.alice, pair.bob)
      }).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
    }))

    it('A7: nor is a running session renewed with a key that it has', toy(() => {
      const draws: Uint8Array[] = []
      const { alice, bob } = strangers('renewed')
      const good = bob.random
      bob.random = (length) => {
        const bytes = good(length)
        draws.push(bytes.slice())
        return bytes
      }
      bob.start()
      settle(alice, bob)
      const { session } = bob
      bob.random = (length) => draws.find((bytes) => bytes.length === length)?.slice() ?? good(length)
      expect(() => bob.start()).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
      expect(bob.session).to.equal(session)
      bob.random = good
      talk(alice, bob, 2)
    }))

    it('A7: an Auth-R or Identity message with a key of our own, or with one key twice, is refused before any signature', toy(() => {
      const { alice, bob } = strangers('reflected')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      for (const [field, from, what] of [
        ['firstEcdh', 'y', 'the same key twice'], ['firstDh', 'b', 'the same key twice'],
      ] as const) expect(refusal(alice, () => alice.receive({ ...identity, [field]: identity[from] }))).to.include(what)
      alice.receive(identity)
      const authR = alice.takeOne('v4-auth-r')
      for (const [field, from] of [['x', 'y'], ['x', 'firstEcdh'], ['firstEcdh', 'firstEcdh'], ['firstEcdh', 'y']] as const) {
        expect(refusal(bob, () => bob.receive({ ...authR, [field]: identity[from] }))).to.include('ECDH key of our own')
      }
      for (const [field, from] of [['a', 'b'], ['a', 'firstDh'], ['firstDh', 'firstDh'], ['firstDh', 'b']] as const) {
        expect(refusal(bob, () => bob.receive({ ...authR, [field]: identity[from] }))).to.include('DH key of our own')
      }
      expect(refusal(bob, () => bob.receive({ ...authR, firstEcdh: authR.x }))).to.include('the same key twice')
      expect(refusal(bob, () => bob.receive({ ...authR, firstDh: authR.a }))).to.include('the same key twice')
      bob.receive(authR)
      settle(alice, bob)
      talk(alice, bob, 2)
      // And of a session that runs, whichever way its keys came.
      const { ratchet } = bob.encrypted
      const known = ratchet.turn === 'theirs' ? ratchet.sending.ecdh.publicKey : ratchet.ourEcdh
      alice.start()
      const again = alice.takeOne('v4-identity')
      expect(refusal(bob, () => bob.receive({ ...again, y: known }))).to.include('ECDH key of our own')
      expect(refusal(bob, () => bob.receive({ ...again, firstDh: ratchet.ourDhPublic }))).to.include('DH key of our own')
    }))
  })

  describe('offline', () => {
    it('A7: a Non-Interactive-Auth message with a key that we published, or with one key twice, is refused', toy(() => {
      const { bob, auth } = firstMessage('offline repeated')
      const { prekeys } = bob.options
      const [prekey] = prekeys!.messages
      const { y, b } = prekey!.message
      for (const ecdh of [y, prekeys!.profiles[0]!.profile.sharedPrekey, bob.account.identity.publicKey]) {
        expect(refusal(bob, () => bob.receive({ ...auth, x: ecdh }))).to.include('ECDH key of our own')
        expect(refusal(bob, () => bob.receive({ ...auth, firstEcdh: ecdh }))).to.include('ECDH key of our own')
      }
      expect(refusal(bob, () => bob.receive({ ...auth, a: b }))).to.include('DH key of our own')
      expect(refusal(bob, () => bob.receive({ ...auth, firstDh: b }))).to.include('DH key of our own')
      expect(refusal(bob, () => bob.receive({ ...auth, firstEcdh: auth.x }))).to.include('the same key twice')
      expect(refusal(bob, () => bob.receive({ ...auth, firstDh: auth.a }))).to.include('the same key twice')
      bob.receive(auth)
      expect(bob.session.state).to.equal('encrypted')
    }))

    it('A7: an offline session is not begun by a source that repeats itself', toy(() => {
      const { alice, ensembles } = withPrekeys('offline constant')
      alice.random = constant
      expect(() => begin(alice, ensembles[0]!)).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
      expect(alice.session.state).to.equal('plaintext')
    }))

    it('A7: prekey messages are not made twice by a source that repeats itself', toy(() => {
      const first = createPrekeyMessage({ instanceTag: 0x100, taken: new Set(), now: NOW }, constant)
      const taken = new Set([first.message.identifier])
      expect(() => createPrekeyMessage({ instanceTag: 0x100, taken, now: NOW }, constant)).to.throw().with.property('code', 'OTR_RANDOM_FAILED')
    }))

    it('A7: an ensemble with one point in two places is refused', () => {
      const account = v4Account('bob')
      const { ensembles: [ensemble] } = published(account)
      const { prekeyMessage, prekeyProfile, clientProfile } = ensemble!
      expect(verifyEnsemble(ensemble!, NOW)).to.have.property('ensemble')
      for (const y of [prekeyProfile.sharedPrekey, clientProfile.publicKey]) {
        expect(verifyEnsemble({ ...ensemble!, prekeyMessage: { ...prekeyMessage, y } }, NOW)).to.deep.equal({ fault: 'the same key twice' })
      }
    })
  })

  it('A7: with a good source none of this ever happens', () => {
    const { alice, bob } = encryptedPair('good')
    talk(alice, bob, 6)
    bob.start()
    settle(alice, bob)
    talk(alice, bob, 3)
  })
})
