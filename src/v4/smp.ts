import { getArithmetic, hwc, prune, SCALAR_LENGTH, usage, wipe } from '../crypto/index.js'
import type { SmpMessage, SmpState } from '../smp/index.js'
import { tlvTypeV4, uint32be, utf8Decode, utf8Encode, Writer, Reader, type Tlv } from '../wire/index.js'
import { MalformedError } from '../errors.js'
import type { SmpSecretForm } from './dialect.js'
import type { V4SmpValues } from './smp-arithmetic.js'
import { publicOf } from '../wire/public-bytes.js'
import { asSecret, type Secret } from '../crypto/secret.js'

export type V4SmpState = SmpState<V4SmpValues>
export type V4SmpWire = SmpMessage

/** The version of SMP: the first byte that is hashed into the secret. */
const SMP_VERSION = 1

/** What is hashed into the SMP secret. */
export interface SmpSecretInput {
  /** Fingerprint of the one who began SMP, 56 bytes. */
  readonly initiator: Uint8Array
  readonly responder: Uint8Array
  /** 8 bytes. */
  readonly ssid: Uint8Array
  /** What the user typed, as bytes. */
  readonly typed: Uint8Array
}

/**
 * The secret of SMP, x or y: a scalar mod q, 57 bytes. `typed` is wiped. See the dialects for the two forms.
 *
 * @see [OTRv4, "Secret Information"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#secret-information)
 */
export function smpSecret({ initiator, responder, ssid, typed }: SmpSecretInput, form: SmpSecretForm): Secret {
  // No Writer: it would keep what the person typed.
  const input = [publicOf(SMP_VERSION), initiator, responder, ssid, uint32be(typed.length), typed]
  const digest = hwc(usage.smpSecret, input, form === 'pruned' ? SCALAR_LENGTH : 64)
  if (form === 'pruned') prune(digest)
  const secret = asSecret(getArithmetic().ed448.reduceScalar(digest))
  wipe(typed, digest)
  return secret
}

/** The TLV that carries a message of SMP: types 2 to 6. Message 1 has the question before it, empty where there is none. */
export function smpTlv(message: V4SmpWire): Tlv {
  switch (message.step) {
    case 1: {
      const value = new Writer().data(utf8Encode(message.question ?? '')).bytes(message.value).finish()
      return { type: tlvTypeV4.smp1, value }
    }
    case 2:
      return { type: tlvTypeV4.smp2, value: message.value }
    case 3:
      return { type: tlvTypeV4.smp3, value: message.value }
    case 4:
      return { type: tlvTypeV4.smp4, value: message.value }
    case 'abort':
      return { type: tlvTypeV4.smpAbort, value: new Uint8Array(0) }
  }
}

/** The message of SMP that a TLV carries; `undefined` for other types. One whose question is broken leaves a message that does not verify. */
export function smpMessage({ type, value }: Tlv): V4SmpWire | undefined {
  switch (type) {
    case tlvTypeV4.smp1:
      return smpMessage1(value)
    case tlvTypeV4.smp2:
      return { step: 2, value }
    case tlvTypeV4.smp3:
      return { step: 3, value }
    case tlvTypeV4.smp4:
      return { step: 4, value }
    case tlvTypeV4.smpAbort:
      return { step: 'abort' }
    default:
      return undefined
  }
}

function smpMessage1(value: Uint8Array): V4SmpWire {
  try {
    const reader = new Reader(value)
    const question = reader.data('Question')
    return { step: 1, value: value.subarray(reader.offset), question: question.length === 0 ? undefined : utf8Decode(question).text }
  } catch (error) {
    if (error instanceof MalformedError) return { step: 1, value: new Uint8Array(0), question: undefined }
    throw error
  }
}
