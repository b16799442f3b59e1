import { compareBytes, shake256 } from '../../../crypto/index.js'
import { armorMessage, Writer, type AuthIMessage, type AuthRMessage, type IdentityMessage } from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { badDhKeys, badPoints, type BadValue } from '../../hand/bad-values.js'
import type { HandV4 } from '../../hand/hand-v4.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, canStillBegin, expectNone, handSays, notPrivate, pass, peerSays, rounds, stillStands, type Scene } from './scene.js'

const group = 'v4-dake'

/** A field of a message, as the specification calls it. */
interface KeyField<Message> {
  readonly key: keyof Message & string
  readonly name: string
  readonly bad: () => readonly BadValue[]
}

const identityKeys: readonly KeyField<IdentityMessage>[] = [
  { key: 'y', name: 'Y', bad: badPoints },
  { key: 'b', name: 'B', bad: badDhKeys },
  { key: 'firstEcdh', name: 'first ECDH key', bad: badPoints },
  { key: 'firstDh', name: 'first DH key', bad: badDhKeys },
]

const authRKeys: readonly KeyField<AuthRMessage>[] = [
  { key: 'x', name: 'X', bad: badPoints },
  { key: 'a', name: 'A', bad: badDhKeys },
  { key: 'firstEcdh', name: 'first ECDH key', bad: badPoints },
  { key: 'firstDh', name: 'first DH key', bad: badDhKeys },
]

const whyKeys = 'With such a key an attacker knows the shared secret, or learns bits of the private key'
const idOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const badIdentities = identityKeys.flatMap(({ key, name, bad }) => bad().map(({ id, what, value }): Scenario => byHand(group, {
  id: `v4-dake-identity-${idOf(key)}-${id}`, title: `an Identity message whose ${name} is ${what} is refused`, section: 'Receiving an Identity Message', why: whyKeys,
  sent: `an Identity message that is right but for its ${name}; then one that is right in all`, expected: 'no answer to the first; a session after the second',
}, async (scene) => {
  scene.hand.sendMessage({ ...scene.hand.identity(), [key]: value })
  await scene.stage.settle()
  expectNone(scene, 'v4-auth-r')
  await notPrivate(scene)
})))

/** The judged program begins, and gets an Auth-R message that was changed. */
async function answerWith(scene: Scene, change: (message: AuthRMessage) => AuthRMessage): Promise<void> {
  const { stage, peer, hand } = scene
  const identity = await identityOf(scene)
  const [authR] = hand.take(identity)
  if (authR?.kind !== 'v4-auth-r') throw new Unmet(`the Identity message of ${peer.name} is valid`)
  hand.sendMessage(change(authR))
  await stage.settle()
}

/** Has the judged program begin with an Identity message, which nobody answers yet. */
async function identityOf({ stage, peer, hand }: Scene): Promise<IdentityMessage> {
  const lines: string[] = []
  stage.hook((parcel) => {
    if (parcel.from === peer.address) lines.push(parcel.message)
    return parcel.from === peer.address ? [] : [parcel]
  })
  await stage.start(peer, { how: 'identity' })
  await stage.settle()
  stage.unhook()
  for (const line of lines) {
    const message = hand.messageOf(line)
    if (message?.kind === 'v4-identity') return message
  }
  throw new Unmet(`${peer.name} begins with an Identity message`)
}

const badAnswers = authRKeys.flatMap(({ key, name, bad }) => bad().map(({ id, what, value }): Scenario => byHand(group, {
  id: `v4-dake-auth-r-${idOf(key)}-${id}`, title: `an Auth-R message whose ${name} is ${what} is refused`, section: 'Receiving an Auth-R Message', why: whyKeys,
  sent: `an Auth-R message that is right but for its ${name}`, expected: 'no Auth-I message and no session',
}, async (scene) => {
  await answerWith(scene, (message) => ({ ...message, [key]: value }))
  expectNone(scene, 'v4-auth-i')
  await notPrivate(scene)
})))

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** The hand begins; its Auth-I message is changed. */
async function completeWith({ stage, hand }: Scene, change: (message: AuthIMessage) => AuthIMessage): Promise<void> {
  hand.sendMessage(hand.identity())
  hand.answers = false
  await stage.settle()
  const [authR] = hand.came('v4-auth-r')
  if (authR === undefined) throw new Unmet('an Identity message is answered by an Auth-R message')
  const [authI] = hand.take(authR)
  if (authI?.kind !== 'v4-auth-i') throw new Unmet('the Auth-R message verifies')
  hand.sendMessage(change(authI))
  hand.answers = true
  await stage.settle()
}

const proofs = 'Without this proof anybody could pretend to be the owner of a key'

const signatures: readonly Scenario[] = [
  ...[0, 60, 120, 180, 240, 300].map((at) => byHand(group, {
    id: `v4-dake-auth-r-sigma-${at}`, title: `an Auth-R message whose ring signature is changed at byte ${at} is refused`, section: 'Receiving an Auth-R Message', why: proofs,
    sent: 'an Auth-R message with one changed bit in sigma', expected: 'no Auth-I message and no session',
  }, async (scene) => {
    await answerWith(scene, (message) => ({ ...message, sigma: flipped(message.sigma, at) }))
    expectNone(scene, 'v4-auth-i')
    await notPrivate(scene)
  })),
  ...[0, 60, 120, 180, 240, 300].map((at) => byHand(group, {
    id: `v4-dake-auth-i-sigma-${at}`, title: `an Auth-I message whose ring signature is changed at byte ${at} is refused`, section: 'Receiving an Auth-I Message', why: proofs,
    sent: 'an Auth-I message with one changed bit in sigma', expected: 'no session',
  }, async (scene) => {
    await completeWith(scene, (message) => ({ ...message, sigma: flipped(message.sigma, at) }))
    await notPrivate(scene)
  })),
  byHand(group, {
    id: 'v4-dake-account', title: 'a key exchange of somebody with another address is refused', section: 'Shared Session State', why: 'An attacker could pass on the messages of one conversation in another',
    sent: "an Identity message, and an Auth-I message that is signed for another address of the sender's", expected: 'no session',
  }, async (scene) => {
    scene.hand.account = { ...scene.hand.account, address: 'somebody-else@example.org' }
    scene.hand.sendMessage(scene.hand.identity())
    await scene.stage.settle()
    await notPrivate(scene)
  }),
  byHand(group, {
    id: 'v4-dake-same-keys', title: 'a first key that is the ephemeral key again is refused', section: 'Receiving an Identity Message', why: 'The ratchet would begin with a secret that the key exchange has used', level: 'should',
    sent: 'an Identity message whose first ECDH key is Y', expected: 'no answer',
  }, async (scene) => {
    const identity = scene.hand.identity()
    scene.hand.sendMessage({ ...identity, firstEcdh: identity.y })
    await scene.stage.settle()
    expectNone(scene, 'v4-auth-r')
  }),
  byHand(group, {
    id: 'v4-dake-auth-r-unasked', title: 'an Auth-R message that nobody waits for is ignored', section: 'Receiving an Auth-R Message', why: 'Anybody could begin sessions in the name of the other',
    sent: 'an Auth-R message for an Identity message of another program', expected: 'nothing',
  }, async (scene) => {
    const { hand, stage } = scene
    const identity = await identityOf(scene)
    const [authR] = hand.take(identity)
    if (authR?.kind !== 'v4-auth-r') throw new Unmet('the Identity message is valid')
    await stage.ask(scene.peer, 'end', { to: hand.address })
    hand.sendMessage(authR)
    await stage.settle()
    expectNone(scene, 'v4-auth-i')
    await notPrivate(scene)
  }),
  byHand(group, {
    id: 'v4-dake-auth-i-unasked', title: 'an Auth-I message that nobody waits for is ignored', section: 'Receiving an Auth-I Message', why: 'Nothing may be left of a key exchange that was not begun',
    sent: 'an Auth-I message of random bytes', expected: 'no session; a key exchange that follows is completed',
  }, async (scene) => {
    const { hand, stage } = scene
    hand.sendMessage({ kind: 'v4-auth-i', senderTag: hand.tag, receiverTag: await tagOf(scene), sigma: hand.random(342) })
    await stage.settle()
    await notPrivate(scene)
    await canStillBegin(scene)
  }),
]

/** The instance tag of the judged program. */
async function tagOf(scene: Scene): Promise<number> {
  const identity = await identityOf(scene)
  await scene.stage.ask(scene.peer, 'end', { to: scene.hand.address })
  return identity.senderTag
}

const messages = 'A session that only one of two has loses every text'

const whole: readonly Scenario[] = [
  ...(['peer', 'partner'] as const).flatMap((starter) => (['query', 'identity'] as const).map((how) => byTwo(group, {
    id: `v4-dake-by-${starter}-${how}`, title: `a key exchange that the ${starter} begins with ${how === 'query' ? 'a query' : 'an Identity message'}`, section: 'Interactive DAKE Overview', why: messages,
    sent: 'start', expected: 'one session on both sides, with one SSID; texts are read both ways',
  }, async (stage) => {
    const sessions = await stage.establish(stage[starter], how)
    expectEqual([sessions.peer.version, sessions.partner.version], [4, 4], 'the version of the session')
    await stage.talk(2)
  }))),
  byTwo(group, {
    id: 'v4-dake-fingerprints', title: "both are told the other's fingerprint", section: 'Public keys, Shared Prekeys, Forging keys and Fingerprints', why: 'People compare fingerprints to see that nobody stands between them',
    sent: 'start; status', expected: "the fingerprint that the other's account has",
  }, async (stage) => {
    const { peer, partner } = await stage.establish()
    expectEqual(peer.fingerprint, stage.fingerprint4.partner, `the fingerprint that ${stage.peer.name} tells`)
    expectEqual(partner.fingerprint, stage.fingerprint4.peer, `the fingerprint that ${stage.partner.name} tells`)
  }),
  byTwo(group, {
    id: 'v4-dake-ssid-halves', title: 'each highlights another half of the SSID', section: 'Secure Session ID', why: 'Two people who read their SSIDs to each other know who reads which half', level: 'should',
    sent: 'start; status', expected: 'ssidBold is "first" on one side and "second" on the other',
  }, async (stage) => {
    const { peer, partner } = await stage.establish()
    expectEqual([peer.ssidBold, partner.ssidBold].sort(), ['first', 'second'], 'the highlighted halves')
  }),
  byTwo(group, {
    id: 'v4-dake-new-ssid', title: 'each session has an SSID of its own', section: 'Secure Session ID', why: 'The SSID tells one session from another',
    sent: 'start, end, start', expected: 'another SSID than before',
  }, async (stage) => {
    const first = await stage.establish(stage.peer)
    await stage.end(stage.peer)
    await stage.end(stage.partner)
    const second = await stage.establish(stage.partner)
    expectThat(first.peer.ssid !== second.peer.ssid, 'the second session has another SSID')
  }),
  byTwo(group, {
    id: 'v4-dake-renewed', title: 'a key exchange in a session renews it', section: 'Receiving an Identity Message', why: 'Somebody who lost their session must be able to begin again',
    sent: 'start; texts; an Identity message in the session', expected: 'a session with another SSID, in which texts are read',
  }, async (stage) => {
    const first = await stage.establish(stage.peer)
    await stage.talk(2)
    const second = await stage.establish(stage.partner, 'identity')
    expectThat(first.peer.ssid !== second.peer.ssid, 'the new session has another SSID')
    await stage.talk(2)
  }),
  byTwo(group, {
    id: 'v4-dake-clear-never', title: 'no text goes in clear while a session stands', section: 'Sending a Data Message', why: 'Who believes to speak in private must not be read by the network',
    sent: 'start; ten texts each way', expected: 'no line with a text, and no text that is told as clear',
  }, async (stage) => {
    await stage.establish()
    await stage.talk(10)
    expectEqual([...stage.peer.clearTexts(), ...stage.partner.clearTexts()], [], 'texts in clear')
  }),
  byHand(group, {
    id: 'v4-dake-stands-during', title: 'a session stands while a new key exchange is not complete', section: 'Receiving an Identity Message', why: 'Otherwise anybody could end a session with one message that proves nothing', level: 'should',
    sent: 'a session; an Identity message, and nothing after it; a text in the session', expected: 'the text is read',
  }, async (scene) => {
    const { hand, stage } = scene
    await hand.establish()
    await rounds(scene, 1)
    const { session } = hand
    hand.answers = false
    hand.sendMessage(hand.identity())
    await stage.settle()
    hand.session = session
    hand.answers = true
    await handSays(scene, 'in the session that stands')
  }),
  byHand(group, {
    id: 'v4-dake-early-text', title: 'a text that overtakes the Auth-I message is read', section: 'Receiving an Auth-I Message', why: 'Some networks do not keep the order of messages', level: 'should',
    sent: 'a data message, and after it the Auth-I message of its session', expected: 'the text is read once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    hand.answers = false
    hand.sendMessage(hand.identity())
    await stage.settle()
    const [authR] = hand.came('v4-auth-r')
    if (authR === undefined) throw new Unmet('an Identity message is answered by an Auth-R message')
    const [authI] = hand.take(authR)
    if (authI === undefined) throw new Unmet('the Auth-R message verifies')
    hand.sendMessage(hand.data('early'))
    hand.sendMessage(authI)
    await stage.settle()
    expectEqual(peer.privateTexts(), ['early'], `what ${peer.name} reads`)
  }),
  byHand(group, {
    id: 'v4-dake-tag-answer', title: 'an Auth-R message is for the instance that asked', section: 'Instance Tags', why: 'Other instances of the same person would begin key exchanges that nobody asked for',
    sent: 'an Identity message with an instance tag', expected: "an Auth-R message with that tag as its receiver's, and a tag of its own of at least 0x100",
  }, async (scene) => {
    await scene.hand.establish()
    const [authR] = scene.hand.came('v4-auth-r')
    expectEqual(authR?.receiverTag, scene.hand.tag, "the receiver's tag")
    expectThat((authR?.senderTag ?? 0) >= 0x100, "the sender's tag is at least 0x100")
  }),
  ...([['peer', 'Identity'], ['hand', 'Auth-R']] as const).map(([who, what]) => byHand(group, {
    id: `v4-dake-fresh-keys-${who}`, title: `every ${what} message has new keys`, section: who === 'peer' ? 'Identity Message' : 'Auth-R Message', why: 'Keys that are used twice let an attacker open two sessions with one secret',
    sent: 'two key exchanges, each in a conversation of its own', expected: 'eight different public keys',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    const keys: Uint8Array[] = []
    for (let round = 0; round < 2; round++) {
      hand.session = hand.fresh()
      if (who === 'peer') {
        const identity = await identityOf(scene)
        keys.push(identity.y, identity.b, identity.firstEcdh, identity.firstDh)
      } else {
        await hand.establish()
        const authR = hand.came('v4-auth-r').at(-1)
        if (authR !== undefined) keys.push(authR.x, authR.a, authR.firstEcdh, authR.firstDh)
      }
      await stage.ask(peer, 'end', { to: hand.address })
      await stage.settle()
      if (stage.can(peer, 'clock')) await pass(scene, 3600)
    }
    expectEqual(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size, 8, 'different public keys')
  })),
]

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
const whyCrossing = 'Two people who greet each other at the same moment would wait for ever, or have two sessions'

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
    expectThat(hand.session.state === 'encrypted', 'the Identity message is answered, and the session stands')
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

const replayGroup = 'v4-replay'

/** What was sent before. */
export const replayScenarios: readonly Scenario[] = [
  byHand(replayGroup, {
    id: 'v4-replay-text', title: 'a text that comes twice is read once', section: 'When you receive a Data Message', why: 'An attacker who repeats "yes" answers a question that was never put',
    sent: 'a data message twice', expected: 'its text once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const line = armorMessage(hand.data('once'))
    for (let n = 0; n < 3; n++) {
      hand.sendLine(line)
      await stage.settle()
    }
    expectEqual(peer.privateTexts(), ['once'], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-late', title: 'a text that came late is not read a second time', section: 'When you receive a Data Message', why: 'The key of a skipped message must be gone once it was used',
    sent: 'the second of two messages, then the first one twice', expected: 'both texts once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const [first, second] = [armorMessage(hand.data('first')), armorMessage(hand.data('second'))]
    for (const line of [second, first, first, second, first]) {
      hand.sendLine(line)
      await stage.settle()
    }
    expectEqual(peer.privateTexts(), ['second', 'first'], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-old-chain', title: 'a text of an earlier chain is not read a second time', section: 'When you receive a Data Message', why: 'What was read an hour ago must not appear again',
    sent: 'a message; three rounds of talk; the message again', expected: 'its text once',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const line = armorMessage(hand.data('of the first chain'))
    hand.sendLine(line)
    await stage.settle()
    await rounds(scene, 3)
    const before = peer.privateTexts().length
    hand.sendLine(line)
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byTwo(replayGroup, {
    id: 'v4-replay-exchange', title: 'every line of a key exchange comes twice', section: 'Receiving an Identity Message', why: 'Some networks deliver lines twice',
    sent: 'start; each line twice', expected: 'one session on both sides; each text is read once',
  }, async (stage) => {
    stage.hook((parcel) => [parcel, parcel])
    await stage.start(stage.partner)
    await stage.settleExchange()
    await stage.expectEncrypted()
    for (let n = 0; n < 3; n++) {
      await stage.say(stage.peer, `text ${n} of the peer`)
      await stage.say(stage.partner, `text ${n} of the partner`)
    }
  }),
  ...(['identity', 'auth-i'] as const).map((what) => byHand(replayGroup, {
    id: `v4-replay-${what}`, title: `${what === 'identity' ? 'an Identity' : 'an Auth-I'} message of the session that stands comes again`, section: what === 'identity' ? 'Receiving an Identity Message' : 'Receiving an Auth-I Message', why: 'A line that somebody recorded must not end the session',
    sent: `a session; the ${what === 'identity' ? 'Identity' : 'Auth-I'} message again; a text`, expected: 'the text is read in the session', level: 'should',
  }, async (scene) => {
    const { hand, stage } = scene
    await hand.establish()
    await rounds(scene, 1)
    const line = hand.network.sentSince(0, hand.address)[what === 'identity' ? 0 : 1]
    if (line === undefined) throw new Unmet('the key exchange took two messages of ours')
    hand.answers = false
    hand.sendLine(line)
    await stage.settle()
    hand.answers = true
    await handSays(scene, 'in the session that stands')
  })),
  byHand(replayGroup, {
    id: 'v4-replay-reflected-identity', title: 'its own Identity message comes back', section: 'Receiving an Identity Message', why: 'A network that returns what one sends would have a program talk with itself',
    sent: 'its own Identity message', expected: 'no answer, no session; a key exchange that follows is completed',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await stage.start(peer, { how: 'identity' })
    hand.answers = false
    await stage.settle()
    for (const line of hand.lines.slice()) hand.sendLine(line)
    await stage.settle()
    hand.answers = true
    expectNone(scene, 'v4-auth-r')
    await notPrivate(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-reflected-text', title: 'its own data message comes back', section: 'Receiving a Data Message', why: 'One would read one\'s own words as those of the other',
    sent: 'a session; a message of its own', expected: 'no text; the session stands',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    await rounds(scene, 1)
    const before = peer.privateTexts().length
    await stage.send(peer, 'mine')
    await stage.settle()
    const line = hand.lines.at(-1)
    if (line === undefined) throw new Unmet('a text is sent as a line')
    hand.sendLine(line)
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
  byHand(replayGroup, {
    id: 'v4-replay-old-session', title: 'a text of a session that has ended is not read in the next', section: 'Receiving a Data Message', why: 'Each session has keys of its own',
    sent: 'a session with a text; its end; another session; the message of the first one', expected: 'nothing is read; the session stands',
  }, async (scene) => {
    const { hand, stage, peer } = scene
    await hand.establish()
    const line = armorMessage(hand.data('of the first session'))
    hand.sendLine(line)
    await peerSays(scene, 'answer')
    await stage.ask(peer, 'end', { to: hand.address })
    await stage.settle()
    hand.session = hand.fresh()
    await hand.establish()
    const before = peer.privateTexts().length
    hand.sendLine(line)
    await stage.settle()
    expectEqual(peer.privateTexts().slice(before), [], `what ${peer.name} reads`)
    await stillStands(scene)
  }),
]

/** The key exchange. */
export const dakeScenarios: readonly Scenario[] = [...whole, ...badIdentities, ...badAnswers, ...signatures]
