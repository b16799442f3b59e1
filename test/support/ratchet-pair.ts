import { equalBytes } from '../../src/crypto/compare.js'
import { chacha20 } from '../../src/crypto/chacha20.js'
import { generateDh3072 } from '../../src/crypto/dh3072.js'
import { generateEcdh } from '../../src/crypto/ecdh.js'
import { hcmac, usage } from '../../src/crypto/kdf.js'
import type { RandomSource } from '../../src/crypto/random.js'
import {
  defaultRatchetLimits, interactiveAlice, interactiveBob, nonInteractiveAlice, nonInteractiveBob, ratchetReceive, ratchetSend,
  wipeMessageKeys, wipeRatchet, wipeReplaced, type RatchetLimits, type RatchetState,
} from '../../src/ratchet/index.js'
import { dataMessageV4MacInput, type DataMessageV4 } from '../../src/wire/index.js'
import { copySecret } from '../../src/crypto/secret.js'

export type Dake = 'interactive' | 'non-interactive'

/** The MAC of a data message. */
export const authenticate = (message: DataMessageV4, mkMac: Uint8Array): Uint8Array =>
  hcmac(usage.authenticator, [mkMac, dataMessageV4MacInput(message)], 64)

/** One side of a conversation: the ratchet with real messages around it, and nothing else. */
export class RatchetPeer {
  state: RatchetState
  readonly random: RandomSource
  limits: RatchetLimits = defaultRatchetLimits
  now = 0
  /** MAC keys of all messages of ours, in hexadecimal. */
  readonly sentMacKeys: string[] = []
  /** MAC keys of all messages verified. */
  readonly verifiedMacKeys: string[] = []

  constructor(state: RatchetState, random: RandomSource) {
    this.state = state
    this.random = random
  }

  send(text: string, reveal: 'due' | 'all' = 'due'): DataMessageV4 {
    const old = this.state
    const sent = ratchetSend(old, reveal, this)
    const draft: DataMessageV4 = {
      kind: 'v4-data', senderTag: 0x100, receiverTag: 0x100, flags: 0, ...sent.header,
      ciphertext: chacha20(sent.keys.mkEnc, new TextEncoder().encode(text)),
      authenticator: new Uint8Array(64),
      revealedMacKeys: sent.revealedMacKeys,
    }
    const message = { ...draft, authenticator: authenticate(draft, sent.keys.mkMac) }
    this.sentMacKeys.push(Buffer.from(sent.keys.mkMac).toString('hex'))
    wipeMessageKeys(sent.keys)
    wipeReplaced(old, sent.state)
    this.state = sent.state
    return message
  }

  /** The text, or the reason why there is none; the state changes only with a text. */
  receive(message: DataMessageV4): { text: string } | { refused: string } {
    const old = this.state
    const received = ratchetReceive(old, message, this)
    if (received.kind === 'duplicate') return { refused: 'duplicate' }
    if (received.kind === 'refused') return { refused: received.reason }
    if (received.kind === 'costly') return { refused: 'costly' }
    const { keys, state } = received
    if (!equalBytes(authenticate(message, keys.mkMac), message.authenticator)) {
      wipeMessageKeys(keys)
      wipeReplaced(state, old)
      return { refused: 'mac' }
    }
    const text = new TextDecoder().decode(chacha20(keys.mkEnc, message.ciphertext))
    this.verifiedMacKeys.push(Buffer.from(keys.mkMac).toString('hex'))
    wipeMessageKeys(keys)
    wipeReplaced(old, state)
    this.state = state
    return { text }
  }

  end(): void {
    wipeRatchet(this.state)
  }
}

/** Two peers directly after a key exchange: Alice sent the Auth-R or the Non-Interactive-Auth. */
export function ratchetPair(dake: Dake, random: RandomSource): { alice: RatchetPeer, bob: RatchetPeer } {
  const a = { ecdh: generateEcdh(random), dh: generateDh3072(random) }
  const b = { ecdh: generateEcdh(random), dh: generateDh3072(random) }
  const [k, braceKey] = [copySecret(random(64)), copySecret(random(32))]
  const forAlice = { k, braceKey, ourEcdh: a.ecdh, ourDh: a.dh, theirEcdh: b.ecdh.publicKey, theirDh: b.dh.publicKey }
  const forBob = { k, braceKey, ourEcdh: b.ecdh, ourDh: b.dh, theirEcdh: a.ecdh.publicKey, theirDh: a.dh.publicKey }
  return dake === 'interactive'
    ? { alice: new RatchetPeer(interactiveAlice(forAlice), random), bob: new RatchetPeer(interactiveBob(forBob), random) }
    : { alice: new RatchetPeer(nonInteractiveAlice(forAlice), random), bob: new RatchetPeer(nonInteractiveBob({ ...forBob, ourEcdh: b.ecdh.publicKey, ourDh: b.dh.publicKey }), random) }
}
