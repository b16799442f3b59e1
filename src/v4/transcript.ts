import { hwc, usage } from '../crypto/index.js'
import { Writer } from '../wire/index.js'

/** What both messages of the interactive DAKE authenticate. Bob sent the Identity message, Alice answers it. */
export interface TranscriptInput {
  /** The Client Profiles as bytes, whole. */
  readonly bobProfile: Uint8Array
  readonly aliceProfile: Uint8Array
  /** Ephemeral keys: Y and B are Bob's, X and A Alice's. */
  readonly y: Uint8Array
  readonly x: Uint8Array
  readonly b: Uint8Array
  readonly a: Uint8Array
  /** See `phi`, from the sender of the message. */
  readonly phi: Uint8Array
}

/** t of the Auth-R message: what Alice signs. @see [OTRv4, "Auth-R Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#auth-r-message) */
export function authRTranscript(input: TranscriptInput): Uint8Array {
  return transcript(0x00, usage.authRBobClientProfile, usage.authRAliceClientProfile, usage.authRPhi, input)
}

/** t of the Auth-I message: what Bob signs. @see [OTRv4, "Auth-I Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#auth-i-message) */
export function authITranscript(input: TranscriptInput): Uint8Array {
  return transcript(0x01, usage.authIBobClientProfile, usage.authIAliceClientProfile, usage.authIPhi, input)
}

function transcript(first: number, bobUsage: number, aliceUsage: number, phiUsage: number, input: TranscriptInput): Uint8Array {
  return new Writer()
    .byte(first)
    .bytes(hwc(bobUsage, [input.bobProfile], 64))
    .bytes(hwc(aliceUsage, [input.aliceProfile], 64))
    .point(input.y).point(input.x)
    .mpi(input.b).mpi(input.a)
    .bytes(hwc(phiUsage, [input.phi], 64))
    .finish()
}
