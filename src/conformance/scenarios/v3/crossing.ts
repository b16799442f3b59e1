import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { HandV3 } from '../../hand/hand-v3.js'
import { messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

const endSection = 'The protocol state machine'

/**
 * Two D-H Commit Messages that cross. The other side is moved by hand, since our client draws its hash: then it would be chance which one is higher.
 * `seed`: the order in which lines arrive.
 */
function crossed({ version, kinds, query }: Spoken, higher: boolean, seed: number): Draft {
  return {
    id: `commits-${higher ? 'higher' : 'lower'}-${seed}`, level: 'must', section: endSection, byHand: true,
    title: `comes to one session when a D-H Commit Message with a ${higher ? 'higher' : 'lower'} hash crosses its own, order of arrival ${seed}`,
    sent: `a query; while the answer is under way, a D-H Commit Message with a ${higher ? 'higher' : 'lower'} hash, and what follows from it`,
    expected: higher ? 'its own D-H Commit Message is forgotten, the other one is answered; one session' : 'the other one is ignored, its own is sent again; one session',
    why: 'the specification says which one wins, so that both choose the same: otherwise two people who press the button together wait for ever',
    async play(stage) {
      const hand = await handOf(stage, version)
      stage.network.shuffleDirections(seed)
      await stage.deliver(stage.peer, query)
      const [commit] = messagesOf(stage.network.sentSince(0, stage.peer.address), kinds.dhCommit)
      if (commit === undefined) throw new Unmet(`${stage.peer.name} answers a query with a D-H Commit Message`)
      hand.beginAgainst(commit.hashedGx, higher)
      await stage.settle()
      await expectSession(stage, hand, version)
    },
  }
}

/** Both ask with a query, and only the judged program answers: the other side may be one that waits. */
function queries({ version, kinds, query }: Spoken): Draft {
  return {
    id: 'queries', level: 'must', section: endSection, byHand: true,
    title: 'comes to one session when both ask with a query', sent: 'a query while its own is under way; then the answer to its D-H Commit Message', expected: 'one D-H Commit Message, one session',
    why: 'the simplest way in which two people begin at once',
    async play(stage) {
      const hand = await handOf(stage, version)
      await stage.start(stage.peer)
      await stage.deliver(stage.peer, query)
      await stage.settle()
      expectEqual(messagesOf(stage.network.sentSince(0, stage.peer.address), kinds.dhCommit).length, 1, 'D-H Commit Messages')
      await expectSession(stage, hand, version)
    },
  }
}

async function handOf(stage: Stage, version: Spoken['version']): Promise<HandV3> {
  await stage.openAccount('peer', { versions: String(version) })
  return new HandV3(stage.partner.address, stage.peer.address, stage.network, stage.now, version, { dsa: stage.dsaOf('partner'), impostor: false })
}

async function expectSession(stage: Stage, hand: HandV3, version: Spoken['version']): Promise<void> {
  expectThat(hand.session.state === 'encrypted', 'the other side has a session')
  expectEqual((await stage.peer.encrypted(stage.partner)).version, version, 'the version')
}

export const crossingScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'crossing', [
  queries(spoken),
  ...[true, false].flatMap((higher) => [1, 2, 3].map((seed) => crossed(spoken, higher, seed))),
])
