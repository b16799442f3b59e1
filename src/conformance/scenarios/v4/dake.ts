import type { AuthIMessage, AuthRMessage, IdentityMessage } from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { badDhKeys, badPoints, type BadValue } from '../../hand/bad-values.js'
import { flipped } from '../../lines.js'
import { createSession } from '../../../v4/index.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, canStillBegin, expectNone, handSays, identityOf, notPrivate, pass, type Scene, talked } from './scene.js'

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

const badAnswers = authRKeys.flatMap(({ key, name, bad }) => bad().map(({ id, what, value }): Scenario => byHand(group, {
  id: `v4-dake-auth-r-${idOf(key)}-${id}`, title: `an Auth-R message whose ${name} is ${what} is refused`, section: 'Receiving an Auth-R Message', why: whyKeys,
  sent: `an Auth-R message that is right but for its ${name}`, expected: 'no Auth-I message and no session',
}, async (scene) => {
  await answerWith(scene, (message) => ({ ...message, [key]: value }))
  expectNone(scene, 'v4-auth-i')
  await notPrivate(scene)
})))

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
  byHand(group, {
    id: 'v4-dake-message-form', title: 'a ring signature signs its message without changes to it', section: 'Ring Signature Authentication', level: 'should',
    why: 'If two programs hash it in two ways, neither can verify the other, and they never get a session', sent: 'an Identity message of another program',
    expected: 'an Auth-R message whose ring signature is over the message alone, without its length in front',
  }, async ({ hand }) => {
    hand.session = createSession({ theirTag: 0 })
    await hand.establish()
    expectEqual(hand.encrypted.learned.ring, 'bare', 'the form of the message')
  }),
  byTwo(group, {
    id: 'v4-dake-fingerprints', title: "both learn the other's fingerprint", section: 'Public keys, Shared Prekeys, Forging keys and Fingerprints', why: 'People compare fingerprints to see that nobody is between them',
    sent: 'start; status', expected: "the fingerprint that the other's account has",
  }, async (stage) => {
    const { peer, partner } = await stage.establish()
    expectEqual(peer.fingerprint, stage.fingerprint4.partner, `the fingerprint that ${stage.peer.name} reports`)
    expectEqual(partner.fingerprint, stage.fingerprint4.peer, `the fingerprint that ${stage.partner.name} reports`)
  }),
  byTwo(group, {
    id: 'v4-dake-ssid-halves', title: 'each highlights another half of the SSID', section: 'Secure Session ID', why: 'Two people who read their SSIDs to each other know who reads which half', level: 'should',
    sent: 'start; status', expected: 'ssidBold is "first" on one side and "second" on the other',
  }, async (stage) => {
    const { peer, partner } = await stage.establish()
    expectEqual([peer.ssidBold, partner.ssidBold].sort(), ['first', 'second'], 'the highlighted halves')
  }),
  byTwo(group, {
    id: 'v4-dake-new-ssid', title: 'each session has an SSID of its own', section: 'Secure Session ID', why: 'The SSID distinguishes one session from another',
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
    id: 'v4-dake-clear-never', title: 'no text goes in clear while there is a session', section: 'Sending a Data Message', why: 'The network must not read the text of somebody who believes that they speak in private',
    sent: 'start; ten texts each way', expected: 'no line with a text, and no text that is reported as clear',
  }, async (stage) => {
    await stage.establish()
    await stage.talk(10)
    expectEqual([...stage.peer.clearTexts(), ...stage.partner.clearTexts()], [], 'texts in clear')
  }),
  byHand(group, {
    id: 'v4-dake-stands-during', title: 'a session stays while a new key exchange is not complete', section: 'Receiving an Identity Message', why: 'Otherwise anybody could end a session with one message that proves nothing', level: 'should',
    sent: 'a session; an Identity message, and nothing after it; a text in the session', expected: 'the text is read',
  }, async (scene) => {
    const { hand, stage } = scene
    await talked(scene)
    const { session } = hand
    hand.answers = false
    hand.sendMessage(hand.identity())
    await stage.settle()
    hand.session = session
    hand.answers = true
    await handSays(scene, 'in the session in use')
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

/** The key exchange. */
export const dakeScenarios: readonly Scenario[] = [...whole, ...badIdentities, ...badAnswers, ...signatures]
