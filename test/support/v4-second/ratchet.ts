import { hex } from './bytes.js'
import { mixedSecret } from './dake.js'
import { decode, encode, G, multiply, secretScalar } from './ed448.js'
import { dhPublic, dhShared } from './dh.js'
import { chacha20, id, kdf } from './kdf.js'
import type { Data } from './messages.js'

/** The private keys that two peers drew, found by their public keys. */
export class Secrets {
  readonly #ecdh = new Map<string, bigint>()
  readonly #dh = new Map<bigint, Uint8Array>()

  /** The output of a random source: 57 bytes for an ECDH key, 80 for a DH key; everything else is ignored. */
  add(random: Uint8Array): void {
    if (random.length === 57) {
      const secret = secretScalar(random)
      this.#ecdh.set(hex(encode(multiply(secret, G))), secret)
    } else if (random.length === 80) {
      this.#dh.set(dhPublic(random), random)
    }
  }

  /** K_ecdh of one key pair and another's public key. */
  ecdh(ours: Uint8Array, theirs: Uint8Array): Uint8Array {
    const secret = this.#ecdh.get(hex(ours))
    if (secret === undefined) throw new Error('nobody drew this ECDH key')
    return encode(multiply(secret, decode(theirs)))
  }

  /** k_dh of one key pair and another's public key. */
  dh(ours: bigint, theirs: bigint): bigint {
    const secret = this.#dh.get(ours)
    if (secret === undefined) throw new Error('nobody drew this DH key')
    return dhShared(secret, theirs)
  }
}

/** The first keys of both sides, from their DAKE. */
export interface FirstKeys {
  readonly ecdh: Uint8Array
  readonly dh: bigint
}

/** A message as this implementation reads it. */
export interface Read {
  readonly message: Data
  readonly plaintext: Uint8Array
  readonly mac: boolean
  readonly mkMac: Uint8Array
  /** extra_sym_key_1 of the message: what its TLVs of type 7 begin with. */
  readonly extra: Uint8Array
}

/** One chain of messages: its sender, its root key, and its texts. */
export interface Chain {
  readonly by: 'alice' | 'bob'
  readonly ratchetId: number
  readonly rootKey: Uint8Array
  readonly messages: readonly Read[]
}

/**
 * Reads a whole conversation after a DAKE. `sent`: every data message that either sent, in the order in which each sent them. Alice sent
 * the Auth-R or the Non-Interactive-Auth message: the first chain is hers, the second Bob's, and so on in turns. `braceKey`: that of a
 * non-interactive DAKE, after which Bob's first keys are Y and B; absent after an interactive one.
 * @throws Error if a message is in the wrong place: ids, numbers, or the presence of keys
 */
export function readConversation(
  K: Uint8Array, first: { readonly alice: FirstKeys, readonly bob: FirstKeys }, sent: { readonly alice: readonly Data[], readonly bob: readonly Data[] },
  secrets: Secrets, offlineBraceKey?: Uint8Array,
): Chain[] {
  const chainsOf = { alice: byKey(sent.alice), bob: byKey(sent.bob) }
  const newest = { alice: first.alice, bob: first.bob }
  const lengths = { alice: 0, bob: 0 }
  const chains: Chain[] = []
  const offline = offlineBraceKey !== undefined
  let rootKey = offline ? new Uint8Array(0) : kdf(id.firstRootKey, 64, K)
  let braceKey = offlineBraceKey ?? new Uint8Array(0)
  for (let n = 0; ; n++) {
    const [by, other] = n % 2 === 0 ? ['alice', 'bob'] as const : ['bob', 'alice'] as const
    const messages = chainsOf[by][n >> 1]
    if (messages === undefined) return chains
    const head = messages[0]!
    const ratchetId = offline ? n : Math.max(0, n - 1)
    const withDh = ratchetId % 3 === 0

    // The first chain goes with the first keys of both.
    if (n === 0 && (hex(head.ecdh) !== hex(first.alice.ecdh) || head.dh !== first.alice.dh)) throw new Error('Alice begins with her first keys')
    let mixed: Uint8Array
    if (n === 0 && offline) {
      // curr_root_key = KDF(usage_root_key || K, 64), chain_key = KDF(usage_chain_key || K, 64): nothing is rotated.
      mixed = K
    } else if (withDh) {
      const kEcdh = secrets.ecdh(head.ecdh, newest[other].ecdh)
      if (head.dh === undefined) throw new Error(`chain ${n}: a DH key is missing`)
      const result = mixedSecret(kEcdh, secrets.dh(head.dh, newest[other].dh))
      braceKey = result.braceKey
      mixed = result.K
      newest[by] = { ecdh: head.ecdh, dh: head.dh }
    } else {
      braceKey = kdf(id.braceKey, 32, braceKey)
      const kEcdh = secrets.ecdh(head.ecdh, newest[other].ecdh)
      mixed = kdf(id.sharedSecret, 64, kEcdh, braceKey)
      newest[by] = { ecdh: head.ecdh, dh: newest[by].dh }
    }
    let chainKey = kdf(id.chainKey, 64, rootKey, mixed)
    rootKey = kdf(id.rootKey, 64, rootKey, mixed)

    const read = messages.map((message, j): Read => {
      const what = `chain ${n}, message ${j}`
      if (message.i !== ratchetId || message.j !== j || message.pn !== lengths[by]) throw new Error(`${what}: ids ${message.i} ${message.j} ${message.pn}`)
      if ((message.dh !== undefined) !== withDh || message.dh !== head.dh) throw new Error(`${what}: DH key`)
      const mkEnc = kdf(id.messageKey, 64, chainKey)
      const mkMac = kdf(id.macKey, 64, mkEnc)
      const extra = kdf(id.extraSymmKey, 64, Uint8Array.of(0xff), chainKey)
      chainKey = kdf(id.nextChainKey, 64, chainKey)
      const mac = hex(kdf(id.authenticator, 64, mkMac, message.authenticated)) === hex(message.authenticator)
      return { message, plaintext: chacha20(mkEnc, message.encrypted), mac, mkMac, extra }
    })
    lengths[by] = messages.length
    chains.push({ by, ratchetId, rootKey, messages: read })
  }
}

/** The messages of one sender in chains: those with the same ECDH key. */
function byKey(messages: readonly Data[]): Data[][] {
  const chains: Data[][] = []
  for (const message of messages) {
    const last = chains.at(-1)
    if (last !== undefined && hex(last[0]!.ecdh) === hex(message.ecdh)) last.push(message)
    else chains.push([message])
  }
  return chains
}

/** symkey = KDF(index || context || previous, 64) for each TLV of type 7: its place among all, and the first four bytes of it. */
export function extraKeys(extra: Uint8Array, tlvs: readonly { readonly type: number, readonly value: Uint8Array }[]): Uint8Array[] {
  const keys: Uint8Array[] = []
  tlvs.forEach(({ type, value }, index) => {
    if (type === 7) keys.push(kdf(index, 64, value.slice(0, 4), keys.at(-1) ?? extra))
  })
  return keys
}

/** The text and the TLVs of a plaintext. */
export function parsePlaintext(bytes: Uint8Array): { readonly text: string, readonly tlvs: readonly { readonly type: number, readonly value: Uint8Array }[] } {
  const end = bytes.indexOf(0)
  const tlvs: { type: number, value: Uint8Array }[] = []
  for (let at = end + 1; at < bytes.length;) {
    const [type, length] = [bytes[at]! * 256 + bytes[at + 1]!, bytes[at + 2]! * 256 + bytes[at + 3]!]
    tlvs.push({ type, value: bytes.slice(at + 4, at + 4 + length) })
    at += 4 + length
  }
  return { text: new TextDecoder().decode(bytes.slice(0, end)), tlvs }
}

