import { copyPublic } from '../wire/public-bytes.js'
import { heartbeat, heartbeatIsDue } from '../protocol/index.js'
import { recallTally, wipeSmp } from '../smp/index.js'
import type { TlvReading } from '../tlvs/index.js'
import { IGNORE_UNREADABLE } from '../wire/index.js'
import type { V3Context } from './context.js'
import { contentOf, dataMessage, decryptData, type Accepted } from './data-message.js'
import { generationOf, type MessageNamed } from './generation.js'
import { newKeyPair } from './own-keys.js'
import { mayFollow, rotateKeys, rotationDue, wasAccepted, wipeKeys, wipeRotated, wipeUnused, withPair, withUsed, type V3Keys } from './key-management.js'
import { receiveBeside } from './receive-side-session.js'
import { finishedOf, refuse, step, withMessage, type V3Encrypted, type V3Message, type V3Session, type V3Step } from './session.js'
import { smpTlv, type V3SmpState } from './smp.js'
import type { V3SmpValues } from './smp-arithmetic.js'
import { copySecret } from '../crypto/secret.js'

/**
 * Receives a data message.
 *
 * @see [OTRv3, "Receiving a Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function receiveData(session: V3Session, message: MessageNamed<'data'>, context: V3Context): V3Step {
  if (session.state !== 'encrypted') return receiveBeside(session, message, context) ?? unreadable(session, message, 'there is no encrypted session')
  const decrypted = decryptData(session.keys, message)
  switch (decrypted.kind) {
    case 'unreadable': {
      const beside = receiveBeside(session, message, context)
      if (beside !== undefined) return beside
      const { senderKeyId, recipientKeyId, counter } = message
      return wasAccepted(session.keys, recipientKeyId, senderKeyId, counter)
        ? refuse(session, 'duplicate', 'a message that was accepted before, or that came too late')
        : unreadable(session, message, 'unknown keys, or the MAC is wrong')
    }
    case 'duplicate':
      return refuse(session, 'duplicate', 'a message that was accepted before, or that came too late')
    case 'accepted':
      if (rotationDue(session.keys, message.recipientKeyId, message.senderKeyId).theirs && !mayFollow(session.keys, message.nextDh)) {
        return unreadable(session, message, 'a next D-H key that was in use before')
      }
      return accept(session, message, decrypted, context)
  }
}

/** Refuses an unreadable message. With the flag IGNORE_UNREADABLE nothing happens at all. */
function unreadable(session: V3Session, message: MessageNamed<'data'>, detail: string): V3Step {
  return (message.flags & IGNORE_UNREADABLE) === 0 ? refuse(session, 'unreadable', detail) : step(session)
}

/** What was made until now for an authenticated message. */
interface Made {
  keys: V3Keys
  smp: V3SmpState
}

/** Takes over an authenticated message, or wipes what was made for it: the session that was given goes on then. */
function accept(session: V3Encrypted, message: MessageNamed<'data'>, accepted: Accepted, context: V3Context): V3Step {
  const made: Made = { keys: { ...session.keys, used: [accepted.pair] }, smp: session.smp }
  try {
    return acceptInto(made, session, message, accepted, context)
  } catch (error) {
    wipeUnused(session.keys, made.keys)
    if (made.smp !== session.smp) wipeSmp(made.smp)
    throw error
  }
}

/** It draws all randomness before it wipes the first secret, because randomness can fail. */
function acceptInto(
  made: Made, session: V3Encrypted, message: MessageNamed<'data'>, accepted: Accepted, context: V3Context,
): V3Step {
  const { plaintext } = accepted
  const keys = made.keys = rotated(session.keys, message, accepted, context)
  const events = contentOf(message, plaintext)
  const read = plaintext.tlvs.length === 0 ? undefined : readAll(session, accepted, context)
  if (read !== undefined) {
    made.smp = read.smp
    events.push(...read.events)
  }

  if (read?.disconnected === true) {
    events.push({ type: 'state', state: 'finished' })
    wipeSmps(session.smp, read.left)
    wipeSmp(read.smp)
    wipeKeys(session.keys)
    wipeKeys(keys)
    return step(finishedOf(session, session), [], events)
  }

  let state = withMessage(session, {
    keys, smp: read?.smp ?? session.smp, lastSent: session.lastSent, heartbeatOwed: session.heartbeatOwed || plaintext.text !== '',
  })
  const outgoing: V3Message[] = []
  for (const reply of read?.replies ?? []) {
    const sent = dataMessage(state, { text: '', tlvs: [smpTlv(reply)] }, context)
    state = sent.state
    outgoing.push(sent.message)
  }
  // A heartbeat does not answer a heartbeat.
  if (plaintext.text !== '' && heartbeatIsDue(state, context)) {
    const sent = dataMessage(state, heartbeat, context)
    state = sent.state
    outgoing.push(sent.message)
  }
  wipeRotated(session.keys, keys)
  if (read !== undefined) wipeSmps(session.smp, read.left)
  return step(state, outgoing, events)
}

/** Reads the TLVs of a message. All of them share the extra symmetric key, so each gets a copy. */
function readAll(session: V3Encrypted, { plaintext: { tlvs }, extraKey }: Accepted, context: V3Context): TlvReading<V3SmpValues> {
  const { random, now, account, smpTally } = context
  const { hasTags, readTlvs } = generationOf(context)
  return readTlvs(recallTally(session.smp, smpTally?.(session.theirFingerprint)), tlvs, {
    random, now, extraKey: () => copySecret(extraKey), asksAgain: hasTags ? account.instanceTag < session.theirTag : session.initiator,
  })
}

/** Returns the keys after a message: its counter noted, and rotated if its key ids require it. */
function rotated(keys: V3Keys, message: MessageNamed<'data'>, { pair }: Accepted, context: V3Context): V3Keys {
  const counted = withUsed(keys, withPair(keys.used, pair), keys.oldMacKeys)
  const due = rotationDue(keys, message.recipientKeyId, message.senderKeyId)
  if (!due.ours && !due.theirs) return counted
  const { ours, oursPrevious, theirs, theirsPrevious } = keys
  return rotateKeys(counted, {
    ours: due.ours
      ? newKeyPair(context.random, [ours.publicKey, oursPrevious.publicKey, theirs, theirsPrevious, message.nextDh])
      : undefined,
    theirs: due.theirs ? copyPublic(message.nextDh) : undefined,
  })
}

function wipeSmps(first: V3SmpState, left: readonly V3SmpState[]): void {
  if (left.length === 0) return
  wipeSmp(first)
  for (const state of left) wipeSmp(state)
}
