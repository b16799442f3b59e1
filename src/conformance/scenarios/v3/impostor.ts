import { expectEqual, expectThat } from '../../expectation.js'
import { HandV3 } from '../../hand/hand-v3.js'
import { messagesOf } from '../../lines.js'
import type { Scenario } from '../../scenario.js'
import { roles, type Role } from '../../stage.js'
import { scenariosOf, type Draft, type Spoken } from './spoken.js'

/** A key exchange with a correspondent that is moved by hand. `starter`: who sends the D-H Commit Message. */
function exchange({ version, kinds, query }: Spoken, starter: Role, impostor: boolean): Draft {
  const signed = starter === 'partner' ? 'Reveal Signature Message' : 'Signature Message'
  return {
    id: `${impostor ? 'impostor' : 'by-hand'}-${starter === 'partner' ? 'reveals' : 'signs'}`, level: 'must', section: signed, byHand: true,
    title: impostor ? `does not believe a ${signed} that was signed with another key than the one in it` : `believes a ${signed} that was made by hand and holds`,
    sent: `a key exchange in which the ${signed} shows the public key of somebody${impostor ? ', and is signed with another secret; all MACs hold' : ' and is signed with its secret'}`,
    expected: impostor ? 'no session' : 'a session', why: impostor ? 'everybody may have seen a public key; who has the secret is that person' : 'it shows that the refusals of this group are for their reason',
    async play(stage) {
      await stage.openAccount('peer', { versions: String(version) })
      const hand = new HandV3(stage.partner.address, stage.peer.address, stage.network, stage.now, version, { dsa: stage.dsaOf('partner'), impostor })
      if (starter === 'partner') hand.begin()
      else await stage.deliver(stage.peer, query)
      await stage.settle()
      const kind = starter === 'partner' ? kinds.revealSignature : kinds.signature
      expectEqual(messagesOf(stage.network.sentSince(0, hand.address), kind).length, 1, `${signed}s that it was sent`)
      const states = await stage.peer.states(stage.partner)
      expectThat(states.includes('encrypted') !== impostor, impostor ? 'it has no session' : 'it has a session')
    },
  }
}

/** Who signs. */
export const impostorScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'ake', [false, true].flatMap((impostor) =>
  roles.map((starter) => exchange(spoken, starter, impostor))))
