import { authITranscript, authRTranscript } from './transcript.js'
import { encodeClientProfile, type AuthRMessage, type IdentityMessage } from '../wire/index.js'
import { phi } from './phi.js'

/** The messages of one interactive DAKE, and what the applications say of it. */
export interface DakeExchange {
  readonly identity: IdentityMessage
  /** Without regard to its sigma. */
  readonly authR: Omit<AuthRMessage, 'sigma'>
  /** The address of the one who sent the Identity message. */
  readonly bobAccount: string
  readonly aliceAccount: string
  readonly phiExtra?: Uint8Array
}

/** The two values t that the ring signatures of one DAKE are over. */
export function dakeTranscripts(exchange: DakeExchange): { readonly authR: () => Uint8Array, readonly authI: () => Uint8Array } {
  const { identity, authR } = exchange
  const bob = { tag: identity.senderTag, firstEcdh: identity.firstEcdh, firstDh: identity.firstDh, account: exchange.bobAccount }
  const alice = { tag: authR.senderTag, firstEcdh: authR.firstEcdh, firstDh: authR.firstDh, account: exchange.aliceAccount }
  const common = {
    bobProfile: encodeClientProfile(identity.clientProfile),
    aliceProfile: encodeClientProfile(authR.clientProfile),
    y: identity.y,
    x: authR.x,
    b: identity.b,
    a: authR.a,
  }
  return {
    authR: () => authRTranscript({ ...common, phi: phi(alice, bob, exchange.phiExtra) }),
    authI: () => authITranscript({ ...common, phi: phi(bob, alice, exchange.phiExtra) }),
  }
}
