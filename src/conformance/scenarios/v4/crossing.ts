import { compareBytes, shake256 } from '../../../crypto/index.js'
import { type IdentityMessage, Writer } from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import type { HandV4 } from '../../hand/hand-v4.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, expectNone, identityOf, stillStands } from './scene.js'

/** SHAKE-256(MPI(B), 32), of which the higher one wins. */
const rank = ({ b }: IdentityMessage): Uint8Array => shake256([new Writer().mpi(b).finish()], 32)

/** An Identity message of the hand's that is higher, or lower, than the one given. */
function crossing(hand: HandV4, theirs: IdentityMessage, higher: boolean): IdentityMessage {
  for (;;) {
    hand.session = hand.fresh()
    const ours = hand.identity()
    if (compareBytes(rank(ours), rank(theirs)) > 0 === higher) return ours
  }
}

const crossingGroup = 'v4-crossing'
const whyCrossing = 'Otherwise two people who begin at the same moment would wait for ever, or have two sessions'

/** Both begin at once. */
export const crossingScenarios: readonly Scenario[] = [
  byHand(crossingGroup, {
    id: 'v4-crossing-higher', title: 'a higher Identity message that crosses its own is answered', section: 'Receiving an Identity Message', why: whyCrossing,
    sent: 'while its Identity message is under way, one with a higher hash of B', expected: 'an Auth-R message, and a session when the Auth-I message comes',
  }, async (scene) => {
    const { hand, stage } = scene
    const theirs = await identityOf(scene)
    hand.sendMessage(crossing(hand, theirs, true))
    await stage.settle()
    expectThat(hand.session.state === 'encrypted', 'the Identity message is answered, and the session stays')
    await stillStands(scene)
  }),
  byHand(crossingGroup, {
    id: 'v4-crossing-lower', title: 'a lower Identity message that crosses its own is ignored', section: 'Receiving an Identity Message', why: whyCrossing,
    sent: 'while its Identity message is under way, one with a lower hash of B; then an Auth-R message for its own', expected: 'no Auth-R message; an Auth-I message',
  }, async (scene) => {
    const { hand, stage } = scene
    const theirs = await identityOf(scene)
    hand.sendMessage(crossing(hand, theirs, false))
    await stage.settle()
    expectNone(scene, 'v4-auth-r')
    hand.session = hand.fresh()
    const [authR] = hand.take(theirs)
    if (authR === undefined) throw new Unmet('its Identity message is valid')
    hand.sendMessage(authR)
    await stage.settle()
    expectThat(hand.session.state === 'encrypted', 'its own Identity message is still the one that counts')
    await stillStands(scene)
  }),
  ...[1, 2, 3, 4].flatMap((seed) => (['query', 'identity'] as const).map((how) => byTwo(crossingGroup, {
    id: `v4-crossing-${how}-${seed}`, title: `both begin with ${how === 'query' ? 'a query' : 'an Identity message'} at once, order ${seed}`, section: 'Receiving an Identity Message', why: whyCrossing,
    sent: 'start on both sides before anything arrives', expected: 'one session on both sides, the same; texts are read both ways',
  }, async (stage) => {
    stage.network.shuffleDirections(seed)
    await stage.start(stage.peer, { how })
    await stage.start(stage.partner, { how })
    await stage.settleExchange()
    await stage.expectEncrypted()
    await stage.talk(2)
  }))),
  byTwo(crossingGroup, {
    id: 'v4-crossing-texts', title: 'texts that cross are read', section: 'Receiving a Data Message', why: 'Two people often write at the same moment',
    sent: 'five times: a text from each side before either arrives', expected: 'all ten, in order',
  }, async (stage) => {
    await stage.establish()
    for (let n = 1; n <= 5; n++) {
      await stage.send(stage.peer, `p${n}`)
      await stage.send(stage.partner, `q${n}`)
      await stage.settle()
    }
    expectEqual(stage.partner.privateTexts(), ['p1', 'p2', 'p3', 'p4', 'p5'], `what ${stage.partner.name} reads`)
    expectEqual(stage.peer.privateTexts(), ['q1', 'q2', 'q3', 'q4', 'q5'], `what ${stage.peer.name} reads`)
  }),
]
