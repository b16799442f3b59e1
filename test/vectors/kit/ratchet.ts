import {
  chacha20, chainStep, dh3072PublicKey, equalBytes, generateDh3072, generateEcdh, mixedSharedSecret, nextBraceKey, ssid, thirdBraceKey,
} from '../../../src/crypto/index.js'
import { copySecret } from '../../../src/crypto/secret.js'
import { extraSymmetricKeys, interactiveAlice, interactiveBob, nonInteractiveAlice, nonInteractiveBob, ratchetReceive, ratchetSend, type RatchetState } from '../../../src/ratchet/index.js'
import { deriveRatchetKeys } from '../../../src/ratchet/keys.js'
import { dataAuthenticator, extraKeyRequests } from '../../../src/v4/data-message.js'
import { concatBytes, dataMessageV4MacInput, decodePlaintext, encodeMessage, encodePlaintext, type DataMessageV4 } from '../../../src/wire/index.js'
import { messageOf } from './dake.js'
import type { Checks, Given } from './given.js'

const none = new Uint8Array(0)

export const v4Ratchet: Checks = {
  mix(given) {
    const braceKey = given.has('kDh') ? thirdBraceKey(given.bytes('kDh')) : nextBraceKey(given.bytes('previousBraceKey'))
    const k = mixedSharedSecret(given.bytes('kEcdh'), braceKey)
    return { braceKey, k, ssid: ssid(k) }
  },
  rotate: (given) => ({ ...deriveRatchetKeys(given.bytes('previousRootKey'), given.bytes('k')) }),
  chainStep: (given) => ({ ...chainStep(given.bytes('chainKey')) }),
  extraKeys: (given) => ({ keys: extraSymmetricKeys(given.bytes('extraBase'), extraKeyRequests(given.records('tlvs').map((one) => ({ type: one.int('type'), value: one.bytes('value') })))) }),
  readData(given) {
    const message = messageOf(given.bytes('message'), 'v4-data')
    if (message === undefined) return undefined
    const { mkEnc, mkMac } = chainStep(given.bytes('chainKey'))
    const authenticator = dataAuthenticator(mkMac, message)
    if (!equalBytes(authenticator, message.authenticator)) return undefined
    return { plaintext: chacha20(mkEnc, message.ciphertext), authenticated: dataMessageV4MacInput(message), authenticator }
  },
  conversation: (given, expected) => new Conversation(given, expected).play(),
}

/** Both sides of a conversation, by src/ratchet. */
class Conversation {
  readonly #chains: readonly Given[]
  readonly #sent: DataMessageV4[][] = []
  readonly #results: object[] = []
  #alice: RatchetState
  #bob: RatchetState

  constructor(readonly given: Given, readonly expected: Given) {
    this.#chains = given.records('chains')
    const first = this.#chains[0]
    if (first === undefined) throw new Error('no chain')
    const k = copySecret(given.bytes('k'))
    const alice = { ourEcdh: generateEcdh(() => first.bytes('ecdh')), ourDh: generateDh3072(() => first.has('dh') ? first.bytes('dh') : none) }
    const bob = { ourEcdh: generateEcdh(() => given.bytes('bobEcdh')), ourDh: generateDh3072(() => given.bytes('bobDh')) }
    const ofAlice = { k, ...alice, theirEcdh: bob.ourEcdh.publicKey, theirDh: bob.ourDh.publicKey }
    const ofBob = { k, theirEcdh: alice.ourEcdh.publicKey, theirDh: alice.ourDh.publicKey }
    if (given.flag('offline')) {
      const braceKey = copySecret(given.bytes('offlineBraceKey'))
      this.#alice = nonInteractiveAlice({ ...ofAlice, braceKey })
      this.#bob = nonInteractiveBob({ ...ofBob, braceKey, ourEcdh: bob.ourEcdh.publicKey, ourDh: dh3072PublicKey(given.bytes('bobDh')) })
    } else {
      this.#alice = interactiveAlice(ofAlice)
      this.#bob = interactiveBob({ ...ofBob, ...bob })
    }
  }

  play(): { readonly [name: string]: unknown } | undefined {
    const delivered: (string | null)[] = []
    for (const delivery of this.given.records('deliveries')) {
      const chain = delivery.int('chain')
      while (this.#sent.length <= chain) this.#send(this.#sent.length)
      delivered.push(this.#receive(chain, this.#sent[chain]![delivery.int('message')]!))
    }
    return { chains: this.#results, delivered }
  }

  /** Writes a whole chain. What src/ keeps to itself (K_ecdh, k_dh, K) is not compared here: mix and rotate do. */
  #send(chain: number): void {
    const given = this.#chains[chain]!
    const theirs = this.expected.records('chains')[chain]!
    const byAlice = given.text('by') === 'alice'
    const [senderTag, receiverTag] = byAlice ? [this.given.int('aliceTag'), this.given.int('bobTag')] : [this.given.int('bobTag'), this.given.int('aliceTag')]
    const random = (length: number): Uint8Array => given.bytes(length === 57 ? 'ecdh' : 'dh')
    const chainKeys: Uint8Array[] = []
    const messages: object[] = []
    const sent: DataMessageV4[] = []
    let after: RatchetState = byAlice ? this.#alice : this.#bob
    for (const text of given.textList('texts')) {
      const { state, header, keys, revealedMacKeys } = ratchetSend(after, 'due', { random, now: 0 })
      after = state
      const draft = { kind: 'v4-data' as const, senderTag, receiverTag, flags: 0, ...header, ciphertext: chacha20(keys.mkEnc, encodePlaintext(text)), authenticator: new Uint8Array(64), revealedMacKeys }
      const message = { ...draft, authenticator: dataAuthenticator(keys.mkMac, draft) }
      sent.push(message)
      chainKeys.push(keys.mkEnc)
      messages.push({ mkEnc: keys.mkEnc, mkMac: keys.mkMac, revealed: Array.from({ length: revealedMacKeys.length / 64 }, (_, n) => revealedMacKeys.slice(64 * n, 64 * n + 64)), message: encodeMessage(message) })
    }
    if (byAlice) this.#alice = after
    else this.#bob = after
    this.#sent.push(sent)
    const chainKey = theirs.bytes('chainKey')
    if (!equalBytes(chainStep(chainKey).mkEnc, chainKeys[0]!)) throw new Error(`chain ${chain}: another chain key`)
    this.#results.push({
      ratchetId: sent[0]!.ratchetId, braceKey: copySecret(after.braceKey), rootKey: copySecret(after.rootKey), chainKey, messages,
      ...Object.fromEntries(['kEcdh', 'kDh', 'mixed'].filter((name) => theirs.has(name)).map((name) => [name, theirs.bytes(name)])),
    })
  }

  #receive(chain: number, message: DataMessageV4): string | null {
    const byAlice = chain % 2 === 0
    const received = ratchetReceive(byAlice ? this.#bob : this.#alice, message, { now: 0 })
    if (received.kind !== 'keys' || !equalBytes(dataAuthenticator(received.keys.mkMac, message), message.authenticator)) return null
    if (byAlice) this.#bob = received.state
    else this.#alice = received.state
    return decodePlaintext(concatBytes(chacha20(received.keys.mkEnc, message.ciphertext))).text
  }
}
