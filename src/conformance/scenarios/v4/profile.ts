import { eddsaSign, ed448KeyPair, type Ed448KeyPair } from '../../../crypto/index.js'
import { verifyClientProfile } from '../../../v4/index.js'
import {
  base64Decode, concatBytes, decodeClientProfile, encodeClientProfileFields, hexEncode, makeClientProfile, type ClientProfile, type ClientProfileContents,
} from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { badPoints } from '../../hand/bad-values.js'
import type { HandAccount } from '../../hand/hand-v4.js'
import type { Scenario } from '../../scenario.js'
import { byHand, canStillBegin, expectNone, notPrivate, type Scene } from './scene.js'

const group = 'v4-profile'
const why = 'A program that accepts it believes that somebody else is the owner of the key, or trusts a key that is out of use'

/** Signs other contents with the same key. */
function signed(contents: ClientProfileContents, { symmetricKey }: Ed448KeyPair): ClientProfile {
  return makeClientProfile(contents, eddsaSign(symmetricKey, encodeClientProfileFields(contents)))
}

/** The profile with some fields changed, signed again. */
const changed = (change: Partial<ClientProfileContents>) => ({ instanceTag, publicKey, forgingKey, versions, expiration }: ClientProfile, identity: Ed448KeyPair): ClientProfile =>
  signed({ instanceTag, publicKey, forgingKey, versions, expiration, ...change }, identity)

interface BadProfile {
  readonly id: string
  readonly what: string
  readonly account: (now: number) => HandAccount
}

/** The fields without that of one type, signed by the same key. */
function withoutField(type: number): BadProfile['account'] {
  return () => ({
    profile: (profile, { symmetricKey }) => {
      const at = fieldPlaces(profile)
      const [from, to] = [at[type - 1] ?? 0, at[type] ?? profile.signedBytes.length]
      const signedBytes = concatBytes(profile.signedBytes.subarray(0, from), profile.signedBytes.subarray(to))
      return { ...profile, fieldOrder: profile.fieldOrder.filter((one) => one !== type), signedBytes, signature: eddsaSign(symmetricKey, signedBytes) }
    },
  })
}

/** Where each field of a profile of version 4 alone begins: tag, public key, forging key, versions, expiration. */
function fieldPlaces({ versions }: ClientProfile): number[] {
  const lengths = [2 + 4, 2 + 2 + 57, 2 + 2 + 57, 2 + 4 + versions.length, 2 + 8]
  return lengths.reduce<number[]>((places, length) => [...places, (places.at(-1) ?? 0) + length], [0])
}

const signatureChanged: BadProfile['account'] = () => ({
  profile: (profile) => {
    const signature = profile.signature.slice()
    signature[3] = (signature[3] ?? 0) ^ 1
    return { ...profile, signature }
  },
})

const badProfiles: readonly BadProfile[] = [
  { id: 'expired', what: 'has expired', account: (now) => ({ expiration: now - 10 }) },
  { id: 'expires-now', what: 'expires at this second', account: (now) => ({ expiration: now }) },
  { id: 'signature', what: 'is signed by another key', account: signatureChanged },
  { id: 'tag', what: "has another instance tag than the message's sender", account: () => ({ profile: changed({ instanceTag: 0x5005 }) }) },
  { id: 'versions-3', what: 'has version 3 alone', account: () => ({ profile: changed({ versions: '3' }) }) },
  { id: 'versions-none', what: 'has no version', account: () => ({ profile: changed({ versions: '' }) }) },
  { id: 'versions-2', what: 'has version 2 beside 4', account: () => ({ profile: changed({ versions: '24' }) }) },
  { id: 'versions-1', what: 'has version 1 beside 4', account: () => ({ profile: changed({ versions: '14' }) }) },
  ...badPoints().map(({ id, what, value }): BadProfile => ({ id: `forging-key-${id}`, what: `has a forging key that is ${what}`, account: () => ({ profile: changed({ forgingKey: value }) }) })),
  { id: 'no-tag', what: 'has no instance tag', account: withoutField(1) },
  { id: 'no-public-key', what: 'has no public key', account: withoutField(2) },
  { id: 'no-forging-key', what: 'has no forging key', account: withoutField(3) },
  { id: 'no-versions', what: 'has no versions', account: withoutField(4) },
  { id: 'no-expiration', what: 'has no expiration', account: withoutField(5) },
]

const identities = badProfiles.map(({ id, what, account }) => byHand(group, {
  id: `v4-profile-identity-${id}`, title: `a Client Profile that ${what} is refused in an Identity message`, section: 'Validating a Client Profile', why,
  sent: `an Identity message whose Client Profile ${what}; then one that is right`, expected: 'no answer to the first, an Auth-R message to the second',
}, async (scene) => {
  const { hand, stage } = scene
  hand.sendMessage(hand.identity())
  await stage.settle()
  expectNone(scene, 'v4-auth-r')
  await notPrivate(scene)
}, { hand: account }))

/** The judged program begins; the hand answers with a profile of its own. */
async function answered(scene: Scene): Promise<void> {
  await scene.stage.start(scene.peer, { how: 'identity' })
  await scene.stage.settle()
  expectThat(scene.hand.came('v4-identity').length > 0, `${scene.peer.name} begins with an Identity message`)
}

const answers = badProfiles.slice(0, 4).map(({ id, what, account }) => byHand(group, {
  id: `v4-profile-auth-r-${id}`, title: `a Client Profile that ${what} is refused in an Auth-R message`, section: 'Receiving an Auth-R Message', why,
  sent: `an Auth-R message whose Client Profile ${what}, and whose ring signature is right`, expected: 'no Auth-I message and no session',
}, async (scene) => {
  await answered(scene)
  expectNone(scene, 'v4-auth-i')
  await notPrivate(scene)
}, { hand: account }))

/** The Client Profile that the program gave. */
function profileOf(value: unknown): ClientProfile {
  if (typeof value !== 'string') throw new Unmet('the answer to "account" has the Client Profile as base64')
  return decodeClientProfile(base64Decode(value, 'clientProfile'))
}

const own: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-profile-own', title: 'its own Client Profile is valid', section: 'Creating a Client Profile', why: 'Nobody answers somebody whose profile is not valid',
    sent: 'account, then start with an Identity message', expected: 'a profile with its instance tag, version 4, an end in the future and a signature that verifies',
  }, async (scene) => {
    await answered(scene)
    const { hand, peer } = scene
    const [identity] = hand.came('v4-identity')
    if (identity === undefined) return
    const verdict = verifyClientProfile(identity.clientProfile, { senderTag: identity.senderTag, now: hand.now })
    if ('fault' in verdict) throw new Unmet(`the Client Profile of ${peer.name} is not valid; the fault is its ${verdict.fault}`)
  }),
  {
    ...byHand(group, {
      id: 'v4-profile-told', title: 'the fingerprint that it reports is that of its profile', section: 'Public keys, Shared Prekeys, Forging keys and Fingerprints', why: 'People compare fingerprints: another one would warn of an attack that is none',
      sent: 'account', expected: 'a clientProfile that is valid, and as fingerprint4 the hash of its two keys',
    }, () => Promise.resolve()),
    play: async (stage) => {
      const { clientProfile } = await stage.openAccount('peer', { versions: '4' })
      const told = profileOf(clientProfile)
      const verdict = verifyClientProfile(told, { senderTag: told.instanceTag, now: stage.can(stage.peer, 'clock') ? stage.now : Math.floor(Date.now() / 1000) })
      if ('fault' in verdict) throw new Unmet(`the Client Profile that it reports is not valid; the fault is its ${verdict.fault}`)
      expectEqual(stage.fingerprint4.peer, hexEncode(verdict.profile.fingerprint), 'the fingerprint of version 4')
    },
  },
]

/** A key of ours that a scenario may know. It protects nothing. */
const knownKey = (): Ed448KeyPair => ed448KeyPair(new Uint8Array(57).fill(7))

const dates: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-profile-expires-later', title: 'a profile that was valid once is refused when its time is over', section: 'Client Profile Expiration and Renewal', why, needs: ['clock'],
    sent: 'an Identity message with a profile that ends in a minute, an hour later', expected: 'no answer',
  }, async (scene) => {
    const { stage, hand, peer } = scene
    stage.now += 3600
    await peer.call('clock', { now: stage.now })
    hand.sendMessage(hand.identity())
    await stage.settle()
    expectNone(scene, 'v4-auth-r')
  }, { hand: (now) => ({ expiration: now + 60, identity: knownKey() }) }),
  byHand(group, {
    id: 'v4-profile-renewed', title: 'its own profile is renewed before it expires', section: 'Client Profile Expiration and Renewal', why: 'Otherwise nobody answers a program that has run for a long time', needs: ['clock'],
    sent: 'account with a profile that ends in two days; three days later, start with an Identity message', expected: 'an Identity message whose profile is valid then', level: 'should',
  }, async (scene) => {
    const { stage, hand, peer } = scene
    for (let hour = 0; hour < 72; hour += 12) {
      stage.now += 12 * 3600
      await peer.call('clock', { now: stage.now })
    }
    hand.now = stage.now
    hand.network.takeAll()
    await stage.start(peer, { how: 'identity' })
    await stage.settle()
    const identity = hand.came('v4-identity').at(-1)
    if (identity === undefined) throw new Unmet(`${peer.name} begins with an Identity message`)
    expectThat(identity.clientProfile.expiration > stage.now, 'the profile is valid for longer than three days')
  }),
]

const good: readonly Scenario[] = [
  byHand(group, {
    id: 'v4-profile-good', title: 'a Client Profile that is right is accepted', section: 'Validating a Client Profile', why: 'Otherwise nobody can talk',
    sent: 'an Identity message', expected: 'an Auth-R message that verifies, and a text that is read',
  }, canStillBegin),
]

/** Client Profiles. */
export const profileScenarios: readonly Scenario[] = [...good, ...identities, ...answers, ...own, ...dates]
