import { hwc, usage } from '../crypto/index.js'
import {
  ed448KeyType, encodeClientProfile, writeEd448Key, Writer, type ClientProfile, type NonInteractiveAuthMessage, type PrekeyMessage,
} from '../wire/index.js'
import { phi } from './phi.js'

/** What the two sides of a non-interactive DAKE agree on. Bob published the prekeys, Alice answers them. */
export interface NonInteractiveContext {
  /** The Client Profile that Bob published. */
  readonly bobProfile: ClientProfile
  /** D_b, a POINT of 57 bytes. */
  readonly sharedPrekey: Uint8Array
  readonly prekey: PrekeyMessage
  /** Alice's message, without regard to what proves it. */
  readonly auth: Omit<NonInteractiveAuthMessage, 'kind' | 'sigma' | 'authMac'>
  readonly bobAccount: string
  readonly aliceAccount: string
  readonly phiExtra?: Uint8Array | undefined
}

/**
 * t of the Non-Interactive-Auth message: what Alice signs. It ends with phi as Alice sees it; Bob has no first keys, so Y and B of his
 * prekey message take their place (`spec/decisions.md`, 4 and 13).
 */
export function nonInteractiveTranscript({ bobProfile, sharedPrekey, prekey, auth, bobAccount, aliceAccount, phiExtra }: NonInteractiveContext): Uint8Array {
  const alice = { tag: auth.senderTag, firstEcdh: auth.firstEcdh, firstDh: auth.firstDh, account: aliceAccount }
  const bob = { tag: prekey.instanceTag, firstEcdh: prekey.y, firstDh: prekey.b, account: bobAccount }
  const writer = new Writer()
    .bytes(hwc(usage.nonIntAuthBobClientProfile, [encodeClientProfile(bobProfile)], 64))
    .bytes(hwc(usage.nonIntAuthAliceClientProfile, [encodeClientProfile(auth.clientProfile)], 64))
    .point(prekey.y).point(auth.x)
    .mpi(prekey.b).mpi(auth.a)
  writeEd448Key(writer, ed448KeyType.sharedPrekey, sharedPrekey)
  return writer.bytes(hwc(usage.nonIntAuthPhi, [phi(alice, bob, phiExtra)], 64)).finish()
}
