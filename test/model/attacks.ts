import type { KeyVersion } from '../../src/index.js'
import { explore, type Failure } from './explore.js'
import * as m from './moves.js'
import { Play } from './play.js'
import { alice, bob1, bob2, bobsOld, mallory1, mallory2, only3 } from './roles.js'
import type { Scenario } from './scenario.js'

/** A fault of an earlier version, and the scenario in which it shows. */
export interface Attack {
  /** The id in the audit that found it. */
  readonly id: string
  /** The rule that it broke. */
  readonly rule: string
  /** What the check reports about it. */
  readonly what: RegExp
  readonly scenario: Scenario
}

function attack(id: string, rule: string, what: RegExp, about: string, scenario: Omit<Scenario, 'name' | 'about' | 'counts'>): Attack {
  return { id, rule, what, scenario: { name: `${id}: ${about}`, about, counts: (one) => one.rule === rule && what.test(one.what), ...scenario } }
}

const versions: readonly KeyVersion[] = [3, 4]

/** Each of these was in this library once. */
export const attacks: readonly Attack[] = [
  ...versions.map((version) => attack('A1', 'I1', /a text for bob goes in clear/, `a message of bob's comes as from mallory; version ${version}`, {
    roles: [alice, bob1],
    addresses: ['bob', 'mallory'],
    moves: m.together(m.exchanges('bob1', version), m.says('bob1'), m.forwards('mallory'), m.sends('bob')),
  })),
  attack('A1', 'I1', /bob no longer requires/, 'the policy for bob goes with it', {
    roles: [alice, bob1],
    addresses: ['bob', 'mallory'],
    moves: m.together(m.sets({ requireVerified: true }, 'bob'), m.exchanges('bob1', 3), m.says('bob1'), m.forwards('mallory')),
  }),
  attack('A1', 'I1', /a text for bob goes in clear/, 'the old name after a renaming', {
    roles: [alice, bob1],
    addresses: ['bob', 'bobby'],
    moves: m.together(m.exchanges('bob1', 3), m.renames('bob', 'bobby'), m.sends('bob'), m.sends('bobby')),
  }),
  ...versions.map((version) => attack('A3', 'I2', /a text for bob is read by mallory1/, `a key exchange under bob's tag takes his place; version ${version}`, {
    roles: [alice, bob1, mallory1],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', version), m.trusts('bob', `bob.${version}`, 'verified'), m.exchanges('mallory1', version), m.sends('bob')),
  })),
  ...versions.map((version) => attack('A3', 'I2', /the session with bob\.. \(bob\) disappears/, `it wipes the running session; version ${version}`, {
    roles: [alice, bob1, mallory1],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', version), m.trusts('bob', `bob.${version}`, 'verified'), m.exchanges('mallory1', version)),
  })),
  attack('A4', 'I2', /a text for bob is read by mallory2 with mallory\.3/, 'a held text for a version 4 key goes into a session of version 3', {
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', 4), m.leaves('bob1'), m.arrives('bob1'), m.exchanges('mallory2', 3), m.sends('bob')),
  }),
  attack('A4', 'I2', /a text for bob is read by mallory2 with mallory\.4/, "a version 4 stranger goes before bob's session of version 3", {
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', 3), m.exchanges('mallory2', 4), m.sends('bob')),
  }),
  attack('A4', 'I3', /mallory\.4 of bob counts as seen first/, 'a key of the other version counts as the first', {
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', 3), m.exchanges('mallory2', 4)),
  }),
  attack('A5', 'I2', /a text for bob is read by mallory2/, 'after bob has ended the text goes to a stranger who waits', {
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', 3), m.exchanges('mallory2', 3), m.leaves('bob1'), m.arrives('bob1'), m.sends('bob')),
  }),
  attack('A5', 'I2', /a text for bob is read by bob2/, 'a stranger lowers what held texts ask for', {
    roles: [alice, { ...bob1, versions: '3' }, { ...bob2, dsa: 'bob2' }, { ...mallory2, versions: '3' }],
    addresses: ['bob'],
    before: ['bob2 does a key exchange in version 3', 'bob1 does a key exchange in version 3', 'alice says that bob.3 of bob is verified', 'alice ends with bob'],
    moreBefore: m.together(m.exchanges('bob1', 3), m.trusts('bob', 'bob.3', 'verified'), m.ends('bob')),
    moves: m.together(m.exchanges('mallory2', 3), m.leaves('mallory2'), m.arrives('mallory2'), m.sends('bob'), m.exchanges('bob2', 3)),
  }),
  attack('A9', 'I1', /a text for bob goes in clear/, 'the network stops what the application started', {
    roles: [alice, bob1],
    addresses: ['bob'],
    moves: m.together(m.starts('bob'), m.waits(61), m.sends('bob')),
  }),
  attack('A9', 'I1', /a text for bob goes in clear/, 'a key was verified and no session came', {
    roles: [alice, bob1],
    addresses: ['bob'],
    moves: m.together(m.trusts('bob', 'bob.3', 'verified'), m.sends('bob')),
  }),
  attack('A10', 'I2', /an extra key for bob is read by bob1/, 'an extra key goes to a key that nobody verified', {
    roles: [alice, bob1],
    addresses: ['bob'],
    moves: m.together(m.sets({ requireVerified: true }), m.exchanges('bob1', 3), m.usesExtraKey('bob')),
  }),
  attack('L2', 'I7', /bob is asked again/, 'clear lines of anybody make the client ask again and again', {
    roles: [only3(alice), only3(bob1)],
    addresses: ['bob'],
    policy: { refreshLost: true, handshakeRetryAfter: 1, handshakeRetries: 0 },
    moves: m.together(m.exchanges('bob1', 3), m.injects('bob', 'hello'), m.waits(11)),
  }),
  attack('L8', 'I6', /bob has just written, and is shown as one who has lost the session/, 'a proof does not take the doubt back', {
    roles: [only3(alice), only3(bob1)],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', 3), m.reportsGone('bob1'), m.says('bob1'), m.arrives('bob1')),
  }),
  attack('Q2/2', 'I8', /bob is spoken to in version 2/, 'nobody chose version 2, and it is answered', {
    roles: [alice, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.starts('bob'), m.exchanges('bobsOld', 2), m.injects('bob', '?OTRv2?')),
  }),
  attack('Q1/2', 'I8', /bob is spoken to in version 2/, 'seen with version 3, then offered version 2 alone; everybody may have it', {
    roles: [alice, bob1, bobsOld],
    addresses: ['bob'],
    policy: { allowV2: true, v2WithEverybody: true },
    moves: m.together(m.exchanges('bob1', 3), m.endsAtOnce('bob1'), m.injects('bob', '?OTRv2?')),
  }),
  attack('Q1/2', 'I8', /bob is spoken to in version 2/, 'seen with version 3, then offered version 2 alone; it was chosen before', {
    roles: [alice, bob1, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.sets({ allowV2: true }, 'bob'), m.exchanges('bob1', 3), m.endsAtOnce('bob1'), m.injects('bob', '?OTRv2?')),
  }),
  attack('Q1/2', 'I8', /a session of version 2 with bob stands/, 'version 2 goes on beside version 3', {
    roles: [alice, bob1, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.sets({ allowV2: true }, 'bob'), m.exchanges('bobsOld', 2), m.exchanges('bob1', 3)),
  }),
  attack('Q1/2', 'I8', /the choice is gone/, 'a key that nobody accepted ends the choice', {
    roles: [alice, bobsOld, mallory2],
    addresses: ['bob'],
    moves: m.together(m.sets({ allowV2: true }, 'bob'), m.exchanges('bobsOld', 2), m.exchanges('mallory2', 3)),
  }),
  attack('Q1/2', 'I8', /what comes in it is refused/, 'a key that nobody accepted makes a session of version 2 unreadable', {
    roles: [alice, bobsOld, mallory2],
    addresses: ['bob'],
    policy: { allowV2: true, v2WithEverybody: true },
    moves: m.together(m.exchanges('bobsOld', 2), m.exchanges('mallory2', 4), m.says('bobsOld'), m.arrives('bobsOld')),
  }),
  attack('Q1/2', 'I8', /nothing is said of a downgrade/, 'an offer of version 2 alone by who had version 3 is not called a downgrade', {
    roles: [alice, bob1, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.exchanges('bob1', 3), m.opens('bobsOld', 2), m.arrives('bobsOld')),
  }),
  attack('Q1/2', 'I8', /was never seen with a newer version/, 'who has version 2 only is said to have had something newer', {
    roles: [alice, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.sets({ allowV2: true }, 'bob'), m.exchanges('bobsOld', 2), m.injects('bob', '?OTRv2?')),
  }),
  attack('Q13/2', 'I8', /bob is spoken to in version 2/, 'chosen, and answered although verified keys are required', {
    roles: [alice, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.sets({ allowV2: true }, 'bob'), m.sets({ requireVerified: true }), m.injects('bob', '?OTRv2?')),
  }),
  attack('Q14/2', 'I8', /a session of version 2 with bob stands/, 'the choice is taken back, and the session stands', {
    roles: [alice, bobsOld],
    addresses: ['bob'],
    moves: m.together(m.sets({ allowV2: true }, 'bob'), m.exchanges('bobsOld', 2), m.sets({ allowV2: undefined }, 'bob')),
  }),
  attack('Q14/2', 'I8', /bob is spoken to in version 2/, 'the choice is taken back, and a key exchange is begun again', {
    roles: [alice, bobsOld],
    addresses: ['bob'],
    policy: { allowV2: true, v2WithEverybody: true },
    moves: m.together(m.injects('bob', '?OTRv2?'), m.sets({ allowV2: undefined, v2WithEverybody: undefined }), m.waits(21)),
  }),
  attack('V2', 'I3', /bob\.3 of bob was verified, and counts as/, 'a key that was verified in version 3 is another one in version 2', {
    roles: [only3(alice), bob1, bobsOld],
    addresses: ['bob'],
    before: ['bob1 does a key exchange in version 3', 'alice says that bob.3 of bob is verified', 'alice sets allowV2: true for bob'],
    moreBefore: m.together(m.exchanges('bob1', 3), m.trusts('bob', 'bob.3', 'verified'), m.sets({ allowV2: true }, 'bob')),
    moves: m.exchanges('bobsOld', 2),
  }),
]

/** Looks for an attack, in the arithmetic in use. Returns a shortest path to it, if there is one. */
export function findAttack({ scenario }: Attack, states = 500): Failure | undefined {
  return explore(new Play(scenario, 'attack'), { states }).failures[0]
}
