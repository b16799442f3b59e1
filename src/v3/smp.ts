import { wipe } from '../crypto/compare.js'
import { sha256 } from '../crypto/hash.js'
import type { SmpMessage, SmpState } from '../smp/index.js'
import { concatBytes, tlvTypeV3, utf8Decode, utf8Encode, type Tlv } from '../wire/index.js'
import type { V3SmpValues } from './smp-arithmetic.js'
import { publicOf } from '../wire/public-bytes.js'
import type { Secret } from '../crypto/secret.js'

export type V3SmpState = SmpState<V3SmpValues>

/** The version of SMP: the first byte that is hashed into the secret. */
const SMP_VERSION = 1

/**
 * Makes the secret of SMP: SHA-256 of the version, the initiator's fingerprint, the responder's, the secure session id, and what the user
 * typed. 32 bytes. `typed` is wiped.
 *
 * @see [OTRv3, "Secret information"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function smpSecret(initiator: Uint8Array, responder: Uint8Array, ssid: Uint8Array, typed: Uint8Array): Secret {
  const secret = sha256(publicOf(SMP_VERSION), initiator, responder, ssid, typed)
  wipe(typed)
  return secret
}

/** Makes the TLV for a message of SMP: types 2 to 7. */
export function smpTlv(message: SmpMessage): Tlv {
  switch (message.step) {
    case 1:
      return message.question === undefined
        ? { type: tlvTypeV3.smp1, value: message.value }
        : { type: tlvTypeV3.smp1Question, value: concatBytes(utf8Encode(message.question), Uint8Array.of(0), message.value) }
    case 2:
      return { type: tlvTypeV3.smp2, value: message.value }
    case 3:
      return { type: tlvTypeV3.smp3, value: message.value }
    case 4:
      return { type: tlvTypeV3.smp4, value: message.value }
    case 'abort':
      return { type: tlvTypeV3.smpAbort, value: new Uint8Array(0) }
  }
}

/** Returns the SMP message of a TLV; `undefined` for other types. If the NUL after a question is missing, the message is empty and will not verify. */
export function smpMessage({ type, value }: Tlv): SmpMessage | undefined {
  switch (type) {
    case tlvTypeV3.smp1:
      return { step: 1, value, question: undefined }
    case tlvTypeV3.smp1Question: {
      const nul = value.indexOf(0)
      const end = nul < 0 ? value.length : nul
      return { step: 1, value: value.subarray(end + 1), question: utf8Decode(value.subarray(0, end)).text }
    }
    case tlvTypeV3.smp2:
      return { step: 2, value }
    case tlvTypeV3.smp3:
      return { step: 3, value }
    case tlvTypeV3.smp4:
      return { step: 4, value }
    case tlvTypeV3.smpAbort:
      return { step: 'abort' }
    default:
      return undefined
  }
}
