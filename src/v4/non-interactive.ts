import {
  compareBytes, dh3072SharedSecret, ecdhSharedSecret, equalBytes, hcmac, kdf, ringSign, ringVerify, ssid, thirdBraceKey, usage, wipe,
  type Dh3072KeyPair, type EcdhKeyPair,
} from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { attempt } from '../protocol/index.js'
import { nonInteractiveAlice, nonInteractiveBob, wipeRatchet, wipeReplaced } from '../ratchet/index.js'
import type { ClientProfile, NonInteractiveAuthMessage } from '../wire/index.js'
import { CLIENT_PROFILE_GRACE } from './client-profile.js'
import type { V4Context } from './context.js'
import { correspondentOf } from './correspondent.js'
import { generateDakeKeys } from './dake-state.js'
import { disconnected } from './data-message.js'
import { acceptedRingForms, ringForm } from './dialect.js'
import type { VerifiedEnsemble } from './ensemble.js'
import { completeDake, offlineNotice, type Established } from './establish.js'
import { verifyHandshakeMessage } from './handshake-message.js'
import { nonInteractiveTranscript } from './non-interactive-transcript.js'
import { ownPublicKeys } from './own-keys.js'
import { PREKEY_PROFILE_GRACE } from './prekey-profile.js'
import type { OwnPrekeyMessage, OwnPrekeyProfile, PrekeyVault } from './prekey-vault.js'
import { plaintextOf, refuse, refuseStale, type V4Session, type V4Step } from './session.js'
import { asideOf, wipeSide, withAside } from './side-session.js'
import type { Secret } from '../crypto/secret.js'

/** The secrets of one non-interactive DAKE. */
export interface Agreed {
  /** The key of the Auth MAC. */
  readonly authMacKey: Secret
  /** The brace key: the ratchets after the DAKE begin with it (`spec/decisions.md`, 19). */
  readonly braceKey: Secret
  /** K, the Mixed shared secret. */
  readonly k: Secret
}

/**
 * tmp_k = KDF(usage_tmp_key || K_ecdh || ECDH with D || ECDH with H_b || brace_key, 64), and what follows from it. All that goes in but
 * the brace key is wiped.
 */
export function agree(kEcdh: Uint8Array, withSharedPrekey: Uint8Array, withIdentity: Uint8Array, kDh: Uint8Array): Agreed {
  const braceKey = thirdBraceKey(kDh)
  const tmpK = kdf(usage.tmpKey, [kEcdh, withSharedPrekey, withIdentity, braceKey], 64)
  const agreed = { authMacKey: kdf(usage.authMacKey, [tmpK], 64), braceKey, k: kdf(usage.sharedSecret, [tmpK], 64) }
  wipe(kEcdh, withSharedPrekey, withIdentity, kDh, tmpK)
  return agreed
}

export function wipeAgreed({ authMacKey, braceKey, k }: Agreed): void {
  wipe(authMacKey, braceKey, k)
}

/**
 * Answers an ensemble with a Non-Interactive-Auth message, and the session is established. The draft attaches no data message, so the first
 * one is sent right behind it. An interactive session that runs is ended first, as the draft says, and read for another day
 * (`spec/decisions.md`, 33 and 37).
 *
 * @throws OtrError `OTR_STALE_SESSION` for a session that was replaced; `OTR_RANDOM_FAILED`: nothing happened
 * @see [OTRv4, "Sending a Data Message to an offline participant"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#sending-a-data-message-to-an-offline-participant)
 * @see [OTRv4, "Starting an offline conversation after an online one"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#starting-an-offline-conversation-after-an-online-one)
 */
export function startOfflineSession(session: V4Session, ensemble: VerifiedEnsemble, context: V4Context): V4Step {
  const { client, prekeyProfile, prekeyMessage } = ensemble
  if (session.state === 'encrypted') refuseStale(session)
  const before = session.state === 'encrypted' ? attempt(() => disconnected(session, context)).made : undefined
  const keys = generateDakeKeys(context.random, [
    ...ownPublicKeys(session), prekeyMessage.y, prekeyMessage.b, prekeyProfile.sharedPrekey, client.profile.publicKey,
  ])
  const { ecdh, dh } = keys
  const unsigned = {
    senderTag: context.account.instanceTag,
    receiverTag: ensemble.instanceTag,
    clientProfile: context.account.clientProfile,
    x: ecdh.publicKey,
    a: dh.publicKey,
    prekeyIdentifier: prekeyMessage.identifier,
    firstEcdh: keys.firstEcdh.publicKey,
    firstDh: keys.firstDh.publicKey,
  }
  const t = nonInteractiveTranscript({
    bobProfile: client.profile, sharedPrekey: prekeyProfile.sharedPrekey, prekey: prekeyMessage, auth: unsigned,
    bobAccount: context.theirAddress, aliceAccount: context.account.address, phiExtra: context.phiExtra,
  })
  // sigma = RSig(H_a, sk_ha, {F_b, H_a, Y}, t)
  const sigma = ringSign({
    ring: [client.profile.forgingKey, context.account.identity.publicKey, prekeyMessage.y],
    secret: context.account.identity.secretScalar,
    message: t,
    form: ringForm(context.dialect ?? 'auto', session.learned, client.profile),
    random: context.random,
  })
  const agreed = agree(
    ecdhSharedSecret(ecdh.privateKey, prekeyMessage.y),
    ecdhSharedSecret(ecdh.privateKey, prekeyProfile.sharedPrekey),
    ecdhSharedSecret(ecdh.privateKey, client.profile.publicKey),
    dh3072SharedSecret(dh.privateKey, prekeyMessage.b),
  )
  const message: NonInteractiveAuthMessage = {
    kind: 'v4-non-interactive-auth', ...unsigned, sigma, authMac: hcmac(usage.authMac, [agreed.authMacKey, t], 64),
  }
  const ratchet = nonInteractiveAlice({
    k: agreed.k, braceKey: agreed.braceKey, ourEcdh: keys.firstEcdh, ourDh: keys.firstDh, theirEcdh: prekeyMessage.y, theirDh: prekeyMessage.b,
  })
  const result = completeDake(before?.state ?? session, {
    theirTag: ensemble.instanceTag, initiator: true, offline: true, them: correspondentOf(client), ourProfile: context.account.clientProfile,
    k: agreed.k, ratchet, dake: session.dake,
  }, context)
  wipeAgreed(agreed)
  if (session.state === 'encrypted' && before !== undefined) wipeReplaced(session.ratchet, before.state.ratchet)
  wipe(ecdh.privateKey, dh.privateKey, keys.firstEcdh.privateKey, keys.firstDh.privateKey)
  return { ...result, outgoing: [...before === undefined ? [] : [before.message], message] }
}

/**
 * Receives a Non-Interactive-Auth message: verifies it against the prekeys that it names, and the session is established. It does so in FINISHED,
 * too, where the draft ignores the message although its own order of messages leads there. The step names the prekey message that is used up.
 *
 * @see [OTRv4, "Receiving a Non-Interactive-Auth Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-a-non-interactive-auth-message)
 */
export function receiveNonInteractiveAuth(
  session: V4Session, message: NonInteractiveAuthMessage, context: V4Context,
): V4Step {
  const { prekeys } = context
  const prekey = prekeys?.messages.find(({ message: { identifier } }) => identifier === message.prekeyIdentifier)
  if (prekeys === undefined || prekey === undefined) {
    return prekeys?.used.includes(message.prekeyIdentifier) === true
      ? refuse(session, 'duplicate', 'its prekey message was used before')
      : refused(session, 'an unknown prekey message')
  }
  if (prekey.message.instanceTag !== message.receiverTag) return refused(session, 'the prekey message of another instance')
  const published = [prekey.message.y, prekey.message.b, ...prekeys.profiles.map(({ profile }) => profile.sharedPrekey), context.account.identity.publicKey]
  const verdict = verifyHandshakeMessage(message, [...ownPublicKeys(session), ...published], context)
  if ('fault' in verdict) return refused(session, verdict.fault)
  const them = correspondentOf(verdict.profile)
  if (context.accepts?.(them.fingerprint) === false) return refuse(session, 'policy', 'nobody has verified the key of this key exchange')
  if (session.state === 'encrypted' && !equalBytes(session.them.fingerprint, them.fingerprint)) {
    return refused(session, 'another key than that of the session that stands')
  }
  const answered = findAnswered(message, prekey, candidates(prekeys, context), context)
  if (answered === undefined) return refused(session, 'Auth MAC')
  const { agreed, t, bobProfile } = answered
  // RVrf({F_b, H_a, Y}, sigma, t)
  const form = ringVerify(
    [bobProfile.forgingKey, message.clientProfile.publicKey, prekey.message.y], message.sigma, t, acceptedRingForms(context.dialect ?? 'auto'),
  )
  if (form === undefined) {
    wipeAgreed(agreed)
    return refused(session, 'ring signature')
  }
  const ratchet = nonInteractiveBob({
    k: agreed.k, braceKey: agreed.braceKey, ourEcdh: prekey.message.y, ourDh: prekey.message.b, theirEcdh: message.firstEcdh, theirDh: message.firstDh,
  })
  const step = takeIn(session, {
    theirTag: message.senderTag, initiator: false, offline: true, them, ourProfile: bobProfile, k: agreed.k, ratchet, form, dake: session.dake,
  }, context)
  wipeAgreed(agreed)
  return { ...step, usedPrekey: message.prekeyIdentifier }
}

/** What we published and the ensemble of a message may have held. */
interface Candidates {
  readonly profiles: readonly OwnPrekeyProfile[]
  readonly clientProfiles: readonly ClientProfile[]
}

/** Sorted, the newest first: earlier ones are rarely used. */
function candidates({ profiles, clientProfiles }: PrekeyVault, { account, now }: V4Context): Candidates {
  return {
    profiles: profiles.filter(({ profile }) => profile.expiration + PREKEY_PROFILE_GRACE > now).reverse(),
    clientProfiles: clientProfiles
      .filter(({ expiration, publicKey }) => expiration + CLIENT_PROFILE_GRACE > now && equalBytes(publicKey, account.identity.publicKey)).reverse(),
  }
}

/**
 * Which of our published profiles a message answers: the one pair under which its Auth MAC is right. The draft tries the ring signature
 * with each; the MAC shows the same with one hash, and must be verified anyway.
 */
function findAnswered(
  message: NonInteractiveAuthMessage, prekey: OwnPrekeyMessage, { profiles, clientProfiles }: Candidates, context: V4Context,
): { readonly agreed: Agreed, readonly t: Uint8Array, readonly bobProfile: ClientProfile } | undefined {
  for (const { profile, secret } of profiles) {
    const agreed = agreeAsPublisher(message, prekey, secret, context)
    for (const bobProfile of clientProfiles) {
      const t = nonInteractiveTranscript({
        bobProfile, sharedPrekey: profile.sharedPrekey, prekey: prekey.message, auth: message,
        bobAccount: context.account.address, aliceAccount: context.theirAddress, phiExtra: context.phiExtra,
      })
      if (equalBytes(hcmac(usage.authMac, [agreed.authMacKey, t], 64), message.authMac)) return { agreed, t, bobProfile }
    }
    wipeAgreed(agreed)
  }
  return undefined
}

function agreeAsPublisher(
  { x, a }: NonInteractiveAuthMessage, { y, b }: { readonly y: EcdhKeyPair, readonly b: Dh3072KeyPair }, sharedPrekey: Uint8Array, context: V4Context,
): Agreed {
  return agree(
    ecdhSharedSecret(y.privateKey, x),
    ecdhSharedSecret(sharedPrekey, x),
    ecdhSharedSecret(context.account.identity.secretScalar, x),
    dh3072SharedSecret(b.privateKey, a),
  )
}

/**
 * Puts a verified session in its place. The message may have been under way for days, so it does not replace a running interactive session: the new one becomes
 * a side session, and takes over when the other side ends the running one, as they do before they begin an offline session
 * (`startOfflineSession`). It replaces an offline session that the other side began. Of two offline sessions that crossed, the one with the
 * higher session id runs on both sides (see also `receiveBeside`).
 */
function takeIn(session: V4Session, result: Established, context: V4Context): V4Step {
  if (session.state !== 'encrypted') return completeDake(session, result, context)
  if (session.offline && (!session.initiator || compareBytes(ssid(result.k), session.ssid) > 0)) return completeDake(session, result, context)
  const established = completeDake(plaintextOf(session, session.dake), result, context).state
  if (established.state !== 'encrypted') throw new OtrError('OTR_INTERNAL', 'a session that was established is encrypted')
  const side = withAside(session.side, [asideOf(established, context.now, !session.offline)], result.them)
  wipeRatchet(established.ratchet)
  wipeSide(session.side, side)
  return { state: { ...session, learned: established.learned, side }, outgoing: [], events: [offlineNotice(false)] }
}

function refused(session: V4Session, why: string): V4Step {
  return refuse(session, 'handshake-failed', `Non-Interactive-Auth message: ${why}`)
}
