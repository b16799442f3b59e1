import { OtrError } from '../errors.js'
import type { ExtraKeyUse, MessageContent } from '../protocol/index.js'
import { wipeReplaced } from '../ratchet/index.js'
import { concatBytes, tlvTypeV4, uint32be } from '../wire/index.js'
import type { V4Context } from './context.js'
import { dataMessage, type Outgoing, type SentData } from './data-message.js'
import { encrypted, step, type V4Encrypted, type V4Session, type V4Step } from './session.js'

/** The result of `sendExtraKey`: also the key. */
export interface V4ExtraKeyStep extends V4Step {
  /** 64 bytes. */
  readonly key: Uint8Array
}

/** One message, and the old ratchet wiped. */
function sendOne(session: V4Encrypted, outgoing: Outgoing, context: V4Context): SentData {
  const sent = dataMessage(session, outgoing, context)
  wipeReplaced(session.ratchet, sent.state.ratchet)
  return sent
}

/**
 * Encrypts a text with TLVs behind it into one data message.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` in any state but encrypted; `OTR_INVALID_TEXT` for a text with U+0000; `OTR_TLV_TOO_LONG`;
 *   `OTR_RANDOM_FAILED`; `OTR_STALE_SESSION` for a session that was replaced. Nothing has changed then.
 * @see [OTRv4, "Sending a Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#sending-a-data-message)
 */
export function sendMessage(session: V4Session, content: MessageContent, context: V4Context): V4Step {
  const { state, message } = sendOne(encrypted(session), content, context)
  return step(state, [message])
}

/**
 * Informs the other side by TLV 7 that we use an extra symmetric key, and for what.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_TLV_TOO_LONG`; `OTR_RANDOM_FAILED`; `OTR_STALE_SESSION` for a session that was replaced
 * @see [OTRv4, "Extra Symmetric Key"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#extra-symmetric-key)
 */
export function sendExtraKey(session: V4Session, { use, data }: ExtraKeyUse, context: V4Context): V4ExtraKeyStep {
  const tlvs = [{ type: tlvTypeV4.extraSymmetricKey, value: concatBytes(uint32be(use), data) }]
  const { state, message, extraKeys } = sendOne(encrypted(session), { text: '', tlvs }, context)
  const [key] = extraKeys
  if (key === undefined) throw new OtrError('OTR_INTERNAL', 'a message with one TLV 7 has one extra symmetric key')
  return { ...step(state, [message]), key }
}

