import type { ExtraKeyUse, MessageContent } from '../protocol/index.js'
import { concatBytes, uint32be } from '../wire/index.js'
import { OtrError } from '../errors.js'
import type { V3Context } from './context.js'
import { generationOf } from './generation.js'
import { dataMessage, sendingKeys } from './data-message.js'
import { encrypted, step, type V3Session, type V3Step } from './session.js'
import { copySecret } from '../crypto/secret.js'

/** The result of `sendExtraKey`: also the key. */
export interface V3ExtraKeyStep extends V3Step {
  /** 32 bytes. */
  readonly key: Uint8Array
}

/**
 * Encrypts a text and the TLVs after it as one data message.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` in any state but encrypted; `OTR_INVALID_TEXT` for a text with U+0000, after which the receiver would read TLVs;
 *   `OTR_TLV_TOO_LONG`
 * @see [OTRv3, "User types a message to be sent"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function sendMessage(session: V3Session, content: MessageContent, context: V3Context): V3Step {
  const { state, message } = dataMessage(encrypted(session), content, context)
  return step(state, [message])
}

/**
 * Informs the other side by TLV 8 that we use the extra symmetric key, and for what. Returns the key, too.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_TLV_TOO_LONG`; `OTR_VERSION` in version 2, which has no extra symmetric key
 * @see [OTRv3, "Extra symmetric key"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function sendExtraKey(session: V3Session, { use, data }: ExtraKeyUse, context: V3Context): V3ExtraKeyStep {
  const before = encrypted(session)
  const { extraKey: type } = generationOf(context)
  if (type === undefined) throw new OtrError('OTR_VERSION', 'version 2 has no extra symmetric key')
  const value = concatBytes(uint32be(use), data)
  const { state, message } = dataMessage(before, { text: '', tlvs: [{ type, value }] }, context)
  return { ...step(state, [message]), key: copySecret(sendingKeys(before.keys).extraKey) }
}

