/** A publisher whose messages a test can change: honest until it does. */
import { beginExchange, proveServer, type ProvedExchange } from '../../src/prekey/client-exchange.js'
import { failureMac, publicationMac, storageRequestMac } from '../../src/prekey/key-schedule.js'
import { decodeToClient, encodePrekeyProtocol, prekeyText, prekeyTextBytes, type ToClient } from '../../src/prekey/messages.js'
import { makePublication } from '../../src/prekey/publish.js'
import type { PublicationContents, PublicationMessage } from '../../src/prekey/publication.js'
import type { PrekeyIdentity, Publication } from '../../src/index.js'
import { equalBytes } from '../../src/crypto/index.js'
import { copySecret } from '../../src/crypto/secret.js'
import type { PrekeyUser, PrekeyWorld } from './prekey-parties.js'
import { seededRandom } from './seeded.js'

const random = seededRandom('raw publisher')

/** An exchange whose DAKE-2 has arrived. */
export class RawExchange {
  readonly #world: PrekeyWorld
  readonly #from: string
  readonly #proved: ProvedExchange
  readonly tag: number
  readonly keys: ProvedExchange['keys']

  constructor(world: PrekeyWorld, from: string, tag: number, proved: ProvedExchange) {
    this.#world = world
    this.#from = from
    this.#proved = proved
    this.tag = tag
    this.keys = { macKey: copySecret(proved.keys.macKey), proofContext: copySecret(proved.keys.proofContext) }
  }

  dake3(attached: Uint8Array): string {
    return prekeyText({ kind: 'prekey-dake-3', senderTag: this.tag, sigma: this.#proved.sign(), attached })
  }

  /** The kind of the server's answer, if its MAC is right. */
  async send(attached: Uint8Array): Promise<ToClient['kind'] | undefined> {
    const [answer] = await this.#world.server.receive(this.#from, this.dake3(attached))
    if (answer === undefined) return undefined
    const message = decodeToClient(prekeyTextBytes(answer))
    if (message.kind === 'prekey-failure' && !equalBytes(message.mac, failureMac(this.keys.macKey, this.tag))) throw new Error('MAC of Failure')
    return message.kind
  }

  request(): Promise<ToClient['kind'] | undefined> {
    return this.send(encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(this.keys.macKey) }))
  }

  honest(publication: Publication, profiles = true): PublicationMessage {
    return makePublication(publication, profiles, this.keys, random)
  }

  /** A publication with these contents, under a correct MAC. */
  publish(contents: PublicationContents): Promise<ToClient['kind'] | undefined> {
    const mac = publicationMac(this.keys.macKey, contents)
    return this.send(encodePrekeyProtocol({ kind: 'prekey-publication', contents, mac }))
  }
}

/** The first two messages. @throws Error if the server does not answer */
export async function rawExchange(world: PrekeyWorld, user: PrekeyUser, changes: Partial<PrekeyIdentity> = {}): Promise<RawExchange> {
  const me = { ...user.core.identityForPrekeys(), ...changes }
  const begun = beginExchange(me, random)
  const [answer] = await world.server.receive(user.address, begun.text)
  if (answer === undefined) throw new Error('no DAKE-2')
  const dake2 = decodeToClient(prekeyTextBytes(answer))
  const proved = dake2.kind === 'prekey-dake-2' ? proveServer(begun, dake2, random) : undefined
  if (proved === undefined) throw new Error('no good DAKE-2')
  return new RawExchange(world, user.address, me.instanceTag, proved)
}

/** Limits high enough that tests are never told to wait. */
export const patient = {
  dakes: { burst: 1e9, perSecond: 1e9 },
  fetchesByRequester: { burst: 1e9, perSecond: 1e9 },
  fetchesOfOwnerByRequester: { burst: 1e9, perSecond: 1e9 },
  fetchesOfOwner: { burst: 1e9, perSecond: 1e9 },
} as const
