import type { Scenario } from './scenario.js'
import * as m from './moves.js'
import { alice, bob1, bob2, bobsOld, bobsOther, crowd, mallory1, mallory2, mallory3, mallory4, only2, only3 } from './roles.js'

/** What anybody may write as if from bob. */
const anybody = m.together(m.injects('bob', 'hello'), m.injects('bob', '?OTR Error: no'), m.injects('bob', '?OTRv34?'))

/** What alice's user may do at any time. */
const person = m.together(m.starts('bob'), m.sends('bob'), m.ends('bob'), m.continues('bob'))

/** Each is explored in all orders, as deep as time permits. Together they cover what may happen. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'version 3',
    about: 'bob, somebody in his place, and a network that delivers line by line, late, again, or never',
    roles: [only3(alice), only3(bob1), only3(mallory1)],
    addresses: ['bob', 'mallory'],
    moves: m.together(
      person, m.trusts('bob', 'bob.3', 'verified'), m.opens('bob1', 3), m.arrives('bob1'), m.says('bob1'), m.leaves('bob1'),
      m.opens('mallory1', 3), m.exchanges('mallory1', 3), m.delivers(), m.repeats(), m.loses(), m.injects('bob', '?OTRv3?'), m.waits(61),
    ),
  },
  {
    name: 'version 4',
    about: 'the same in version 4',
    roles: [alice, bob1, mallory1],
    addresses: ['bob', 'mallory'],
    moves: m.together(
      person, m.starts('bob', 'identity'), m.trusts('bob', 'bob.4', 'verified'), m.opens('bob1', 4), m.arrives('bob1'), m.says('bob1'), m.leaves('bob1'),
      m.opens('mallory1', 4), m.exchanges('mallory1', 4), m.delivers(), m.repeats(), m.loses(), m.injects('bob', '?OTRv4?'), m.waits(61),
    ),
  },
  {
    name: 'a session stands',
    about: 'bob is verified and talks; what comes between, line by line',
    roles: [alice, bob1, mallory1],
    addresses: ['bob', 'mallory'],
    before: ['bob1 does a key exchange in version 3', 'alice says that bob.3 of bob is verified'],
    moreBefore: m.together(m.exchanges('bob1', 3), m.trusts('bob', 'bob.3', 'verified')),
    moves: m.together(
      person, m.says('bob1'), m.leaves('bob1'), m.opens('bob1', 3), m.opens('bob1', 4), m.opens('mallory1', 3), m.opens('mallory1', 4),
      m.delivers(), m.repeats(), m.loses(), anybody, m.waits(61),
    ),
  },
  {
    name: 'both versions',
    about: 'bob and a stranger, each in both versions',
    roles: [alice, bob1, mallory1, mallory2],
    addresses: ['bob'],
    moves: m.together(
      person, m.trusts('bob', 'bob.3', 'verified'), m.trusts('bob', 'bob.4', 'verified'), m.trusts('bob', 'bob.4', 'seen'),
      m.trusts('bob', 'bob.3', 'unknown'), m.trusts('bob', 'mallory.4', 'seen'),
      m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.endsAtOnce('bob1'), m.exchanges('mallory1', 3), m.exchanges('mallory2', 3), m.exchanges('mallory2', 4),
      m.endsAtOnce('mallory2'), m.usesExtraKey('bob'),
    ),
  },
  {
    name: 'devices',
    about: 'two devices of bob with one key, one with a key of its own, and a stranger',
    roles: [alice, bob1, bob2, { ...bobsOther, name: 'bob3', tag: 0x2003 }, mallory2],
    addresses: ['bob'],
    moves: m.together(
      person, m.sends('bob', 'all'), m.sends('bob', mallory2.tag), m.sends('bob', bob2.tag), m.trusts('bob', 'bob.3', 'verified'), m.trusts('bob', 'bob2.4', 'seen'),
      m.exchanges('bob1', 3), m.exchanges('bob2', 3), m.exchanges('bob3', 4), m.exchanges('mallory2', 3), m.exchanges('mallory2', 4),
      m.says('bob2'), m.arrives('bob2'), m.endsAtOnce('bob1'), m.endsAtOnce('bob2'), m.usesExtraKey('bob'),
    ),
  },
  {
    name: 'names',
    about: 'bob moves, lines come from other addresses, alice renames',
    roles: [alice, bob1, mallory1, mallory3],
    addresses: ['bob', 'bobby', 'mallory'],
    moves: m.together(
      m.sends('bob'), m.sends('bobby'), m.sends('mallory'), m.starts('bob'), m.ends('bob'), m.ends('bobby'), m.continues('bob'), m.continues('bobby'),
      m.renames('bob', 'bobby'), m.renames('bobby', 'bob'), m.renames('mallory', 'bob'), m.trusts('bob', 'bob.3', 'verified'),
      m.sets({ requireVerified: true }, 'bob'), m.sets({ requireEncryption: true }, 'bob'),
      m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.says('bob1'), m.arrives('bob1'), m.forwards('mallory'), m.forwards('bobby'), m.leaves('bob1'),
      m.exchanges('mallory1', 3, 'bobby'), m.exchanges('mallory3', 4), m.movesTo('bob1', 'bobby'),
    ),
  },
  {
    name: 'policy',
    about: 'what the application requires changes while there are sessions and texts wait',
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    moves: m.together(
      person, m.sets({ requireEncryption: true }), m.sets({ requireEncryption: undefined }), m.sets({ requireVerified: true }), m.sets({ requireVerified: false }, 'bob'),
      m.sets({ requireVerified: undefined }, 'bob'), m.sets({ allowV4: false }), m.sets({ allowV4: undefined }), m.sets({ allowV3: false }), m.sets({ sendTo: 'all' }),
      m.sets({ sendTo: 'recent' }), m.sets({ outbox: 'reject' }), m.sets({ allowDowngrade: false }),
      m.trusts('bob', 'bob.3', 'verified'), m.trusts('bob', 'bob.4', 'verified'), m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.exchanges('mallory2', 3),
      m.exchanges('mallory2', 4), m.endsAtOnce('bob1'), m.usesExtraKey('bob'), m.injects('bob', '?OTRv34?'),
    ),
  },
  {
    name: 'time',
    about: 'retries, lifetimes, expiry and restarts between the lines',
    roles: [alice, bob1, mallory1],
    addresses: ['bob'],
    moves: m.together(
      person, m.starts('bob', 'identity'), m.opens('bob1', 3), m.opens('bob1', 4), m.exchanges('bob1', 3), m.exchanges('mallory1', 4), m.says('bob1'), m.arrives('bob1'),
      m.delivers(), m.loses(), m.waits(21), m.waits(61), m.waits(3601), m.waitsForTimer, m.restarts, m.closes, m.trusts('bob', 'bob.3', 'verified'),
    ),
  },
  {
    name: 'verification',
    about: 'secrets asked for and answered by bob and by a stranger, with and without a question',
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    moves: m.together(
      m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.exchanges('mallory2', 3), m.exchanges('mallory2', 4), m.asksSecret('bob'), m.answersSecret('bob'),
      m.answersQuestion('bob'), m.arrives('bob1'), m.arrives('mallory2'), m.answers('bob1', true), m.answers('mallory2', false), m.asks('bob1', true), m.asks('bob1', true, 'Who?'),
      m.asks('mallory2', false, 'Who?'), m.asks('mallory2', false), m.sends('bob'), m.endsAtOnce('bob1'), m.restarts, m.trusts('bob', 'bob.3', 'unknown'), m.trusts('bob', 'mallory.3', 'seen'),
    ),
  },
  {
    name: 'lost texts',
    about: 'texts that wait, that were not read, and that are sent again',
    roles: [alice, bob1, mallory1, mallory2],
    addresses: ['bob'],
    before: ['bob1 does a key exchange in version 3', 'alice sends to bob'],
    moreBefore: m.together(m.exchanges('bob1', 3), m.sends('bob')),
    moves: m.together(
      person, m.resends('bob'), m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.exchanges('mallory1', 3), m.exchanges('mallory2', 4), m.says('bob1'), m.arrives('bob1'),
      m.endsAtOnce('bob1'), m.injects('bob', '?OTR Error: no'), m.injects('bob', '?OTR Error: ERROR_1: no'), m.waits(61), m.trusts('bob', 'bob.3', 'verified'),
      m.trusts('bob', 'mallory.3', 'seen'), m.sets({ requireVerified: true }), m.sends('bob', bob1.tag),
    ),
  },
  {
    name: 'doubts',
    about: 'bob seems to have lost the session: he is silent, writes in clear, or leaves, and a new session is asked for by itself',
    roles: [alice, bob1, mallory1],
    addresses: ['bob'],
    policy: { refreshLost: true },
    before: ['bob1 does a key exchange in version 3'],
    moreBefore: m.exchanges('bob1', 3),
    moves: m.together(
      person, m.resends('bob'), m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.exchanges('mallory1', 3), m.says('bob1'), m.arrives('bob1'), m.endsAtOnce('bob1'),
      m.loses(), m.reportsGone('bob1'), anybody, m.injects('bob', ' '), m.waits(11), m.waits(61), m.waits(121), m.waitsForTimer, m.restarts,
      m.trusts('bob', 'bob.3', 'verified'), m.sets({ refreshLost: undefined }), m.sets({ requireVerified: true }),
    ),
  },
  {
    name: 'away',
    about: 'texts for somebody who is away, with prekeys of bob and of a stranger, and from both to alice',
    roles: [alice, bob1, mallory2],
    addresses: ['bob'],
    before: ['alice publishes prekeys', 'bob1 publishes prekeys', 'mallory2 publishes prekeys'],
    moreBefore: m.publishes('alice'),
    moves: m.together(
      person, m.publishes('bob1'), m.publishes('mallory2'), m.sendsOffline('bob', 'bob1'), m.sendsOffline('bob', 'mallory2'), m.sendsOffline('bob', 'bob1', 'mallory2'),
      m.writesOffline('bob1'), m.writesOffline('mallory2'), m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.exchanges('mallory2', 4), m.arrives('bob1'), m.arrives('mallory2'),
      m.endsAtOnce('bob1'), m.trusts('bob', 'bob.4', 'verified'), m.trusts('bob', 'bob.3', 'verified'), m.sets({ requireVerified: true }), m.usesExtraKey('bob'),
    ),
  },
  {
    name: 'version 2',
    about: 'bob has an older program, alice chooses it and takes it back; a stranger; line by line, and exchanges that cross',
    roles: [alice, bobsOld, mallory4],
    addresses: ['bob', 'mallory'],
    moves: m.together(
      person, m.sets({ allowV2: true }, 'bob'), m.sets({ allowV2: undefined }, 'bob'), m.trusts('bob', 'bob.3', 'verified'), m.opens('bobsOld', 2), m.arrives('bobsOld'),
      m.says('bobsOld'), m.leaves('bobsOld'), m.opens('mallory4', 2), m.exchanges('mallory4', 2), m.delivers(), m.repeats(), m.loses(), m.injects('bob', '?OTRv2?'), m.waits(21), m.waits(61),
    ),
  },
  {
    name: 'version 2 and newer',
    about: 'bob has an older and a newer program with one key; choices for him and for everybody, what the policy requires, and what is seen in between',
    roles: [alice, bob1, bobsOld, mallory2, mallory4],
    addresses: ['bob'],
    moves: m.together(
      m.starts('bob'), m.sends('bob'), m.ends('bob'), m.sets({ allowV2: true }, 'bob'), m.sets({ allowV2: undefined }, 'bob'), m.sets({ allowV2: false }, 'bob'),
      m.sets({ allowV2: true, v2WithEverybody: true }), m.sets({ allowV2: undefined, v2WithEverybody: undefined }),
      m.sets({ requireEncryption: true }, 'bob'), m.sets({ requireVerified: true }), m.sets({ requireInteractive: true }), m.sets({ requireVerified: undefined }),
      m.trusts('bob', 'bob.3', 'verified'), m.trusts('bob', 'bob.4', 'seen'), m.trusts('bob', 'bob.3', 'unknown'),
      m.exchanges('bob1', 3), m.exchanges('bob1', 4), m.exchanges('bobsOld', 2), m.exchanges('mallory2', 3), m.exchanges('mallory2', 4), m.exchanges('mallory4', 2),
      m.arrives('bobsOld'), m.arrives('bob1'), m.endsAtOnce('bob1'), m.endsAtOnce('bobsOld'), m.injects('bob', '?OTRv2?'), m.injects('bob', '?OTRv23?'), m.injects('bob', '?OTR Error: no'),
      m.waits(21), m.restarts,
    ),
  },
  {
    name: 'devices without tags',
    about: 'in version 2: two programs of bob with one key, one with a key of its own, a stranger, verifications, and bob under another name',
    roles: [alice, bobsOld, { ...bobsOld, name: 'bobsOld2', tag: 0x2005 }, only2({ ...bobsOther, name: 'bob3', tag: 0x2006 }), mallory4],
    addresses: ['bob', 'bobby'],
    before: ['alice sets allowV2: true for bob'],
    moves: m.together(
      m.sets({ allowV2: true }, 'bob'), m.starts('bob'), m.sends('bob'), m.ends('bob'), m.trusts('bob', 'bob.3', 'verified'), m.trusts('bob', 'bob2.3', 'seen'), m.trusts('bob', 'mallory.3', 'unknown'),
      m.exchanges('bobsOld', 2), m.exchanges('bobsOld2', 2), m.exchanges('bob3', 2), m.exchanges('mallory4', 2), m.opens('bobsOld2', 2),
      m.says('bobsOld'), m.says('bobsOld2'), m.arrives('bobsOld'), m.arrives('bobsOld2'), m.arrives('mallory4'), m.endsAtOnce('bobsOld'), m.endsAtOnce('mallory4'), m.forwards('bobby'),
      m.asksSecret('bob'), m.answersSecret('bob'), m.answers('bobsOld', true), m.asks('bobsOld', true), m.asks('mallory4', false, 'Who?'), m.answers('mallory4', false),
      m.renames('bob', 'bobby'), m.sends('bobby'), m.loses(), m.usesExtraKey('bob'), m.waits(61),
    ),
  },
  {
    name: 'crowd',
    about: 'more strangers than there is room for: limits are lowered to two or three of each',
    roles: [only3(alice), only3(bob1), ...crowd],
    addresses: ['bob'],
    limits: { sessions: 2, halfOpen: 1, unacceptedPerTag: 1, fingerprints: 3, trustHistory: 4, devices: 2, sent: 2, outbox: 2 },
    moves: m.together(
      person, m.trusts('bob', 'bob.3', 'verified'), m.exchanges('bob1', 3), m.says('bob1'), m.arrives('bob1'), m.endsAtOnce('bob1'),
      ...crowd.flatMap(({ name }) => [m.exchanges(name, 3), m.opens(name, 3), m.arrives(name)]), m.injects('bob', '?OTR Error: no'), m.waits(61),
    ),
  },
]
