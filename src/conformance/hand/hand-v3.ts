import { compareBytes, systemRandom } from '../../crypto/index.js'
import { copySecret } from '../../crypto/secret.js'
import { parsePrivateKeys } from '../../v3/libotr/private-key.js'
import { createSession, receiveMessage, startHandshake, type V3Account, type V3Context, type V3Message, type V3Session, type V3Version } from '../../v3/index.js'
import { armorMessage, versionOfMessage, type OtrMessage } from '../../wire/index.js'
import { Unmet } from '../expectation.js'
import { messageOf } from '../lines.js'
import type { Network, Parcel, Receiver } from '../network.js'

/** Who a correspondent claims to be in a key exchange of version 3 or 2, and how it signs. */
export interface HandSigner {
  /** A private-key file of libotr with its key. */
  readonly dsa: string
  /** Signs with another secret than that of the key which it shows, as an impostor does who knows only the public key. */
  readonly impostor: boolean
}

/** The smallest tag that nobody is likely to draw. */
const HAND_TAG = 0x0000_7a11

/** A correspondent that does a key exchange of version 3 or 2 and nothing else, with our arithmetic. Everything is correct, or one thing is wrong and its MACs are still valid. */
export class HandV3 implements Receiver {
  readonly address: string
  readonly #theirAddress: string
  readonly #network: Network
  readonly #context: V3Context
  readonly #version: V3Version
  session: V3Session = createSession({ theirTag: 0 })

  constructor(address: string, theirAddress: string, network: Network, now: number, version: V3Version, signer: HandSigner) {
    this.address = address
    this.#theirAddress = theirAddress
    this.#network = network
    this.#version = version
    this.#context = { random: systemRandom, now, version, account: accountOf(signer, version) }
    network.join(this)
  }

  /** Sends a D-H Commit Message. */
  begin(): void {
    this.#take(startHandshake(this.session, this.#context))
  }

  /** Sends a D-H Commit Message whose hash is higher than `hash`, or lower: the higher one wins. */
  beginAgainst(hash: Uint8Array, higher: boolean): void {
    for (;;) {
      const step = startHandshake(this.session, this.#context)
      const [commit] = step.outgoing
      if (commit === undefined || !('hashedGx' in commit)) throw new Unmet('the hand begins with a D-H Commit Message')
      if (compareBytes(commit.hashedGx, hash) > 0 !== higher) continue
      this.#take(step)
      return
    }
  }

  receive({ message: line }: Parcel): Promise<void> {
    const message = messageOf(line)
    if (message !== undefined && isOf(this.#version, message)) this.#take(receiveMessage(this.session, message, this.#context))
    return Promise.resolve()
  }

  #take({ state, outgoing }: { readonly state: V3Session, readonly outgoing: readonly V3Message[] }): void {
    this.session = state
    for (const message of outgoing) this.#network.send({ from: this.address, to: this.#theirAddress, message: armorMessage(message) })
  }
}

function isOf(version: V3Version, message: OtrMessage): message is V3Message {
  return versionOfMessage(message) === version
}

function accountOf({ dsa, impostor }: HandSigner, version: V3Version): V3Account {
  const [entry] = parsePrivateKeys(dsa)
  if (entry === undefined) throw new Unmet('the file has no key')
  const { key } = entry
  const x = copySecret(key.x)
  if (impostor) x[x.length - 1] = (x.at(-1) ?? 0) ^ 1
  return { dsa: { ...key, x }, instanceTag: version === 2 ? 0 : HAND_TAG }
}
