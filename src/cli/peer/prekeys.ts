import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generateEd448KeyPair, systemRandom, type Ed448KeyPair } from '../../crypto/index.js'
import type { ClientCore, ClientEvent } from '../../index.js'
import {
  looksLikePrekeyText, MemoryPrekeyStore, PrekeyClient, PrekeyServer,
  type PrekeyServerAddress, type PrekeyServerLimits, type PrekeyStep, type PrekeyStore,
} from '../../prekey/index.js'
import { keyFromFile } from '../prekey-server/key-file.js'
import { ensembleToJson } from './ensemble-json.js'

/** What came of something: events of a client's kinds, and those of the prekey protocol as they are written. */
export interface PrekeyResult {
  readonly events: readonly ClientEvent[]
  readonly more: readonly object[]
}

interface KnownServer {
  readonly owner: ClientCore
  /** That it was given with. */
  readonly fingerprint: string | undefined
  readonly client: PrekeyClient
}

/** What a peer has of the prekey protocol: clients by their server's address, and perhaps a server. */
export class PeerPrekeys {
  /** Where a server that this peer becomes keeps its store; undefined for memory. */
  readonly #folder: string | undefined
  readonly #clients = new Map<string, KnownServer>()
  #server: { readonly core: PrekeyServer, readonly store: PrekeyStore } | undefined
  #low: ClientEvent[] = []

  constructor(folder?: string) {
    this.#folder = folder
  }

  /** The client of this server; another one when another fingerprint is expected. Throws `OTR_ARGUMENT`. */
  client(owner: ClientCore, clock: () => number, server: PrekeyServerAddress): PrekeyClient {
    const fingerprint = server.fingerprint?.toLowerCase()
    const before = this.#clients.get(server.identity)
    if (before?.owner === owner && (fingerprint === undefined || before.fingerprint === fingerprint)) return before.client
    const client = new PrekeyClient({ owner, server, random: systemRandom, clock, maxMessageLength: owner.policy.maxMessageLength })
    this.#clients.set(server.identity, { owner, fingerprint, client })
    return client
  }

  /** Becomes a server. Gives its fingerprint. */
  async serve(clock: () => number, identity: string, key: Ed448KeyPair | undefined, limits: Partial<PrekeyServerLimits>): Promise<Uint8Array> {
    await this.close()
    const folder = this.#folder
    if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 })
    const store = folder === undefined
      ? new MemoryPrekeyStore()
      : await (await import('../../prekey/store/index.js')).openEmbeddedStore(join(folder, 'prekeys'))
    const core = new PrekeyServer({
      identity, store, limits, clock, random: systemRandom,
      key: key ?? (folder === undefined ? generateEd448KeyPair(systemRandom) : keyFromFile(join(folder, 'prekey-server.key'))),
      onLow: (to, _left, message) => { this.#low.push({ type: 'send', to, message }) },
    })
    this.#server = { core, store }
    return core.fingerprint
  }

  /** What came of a message, when it is one of the prekey protocol and for us; else undefined. */
  async receive(from: string, message: string): Promise<PrekeyResult | undefined> {
    if (!looksLikePrekeyText(message)) return undefined
    const known = this.#clients.get(from)
    if (known !== undefined) return resultOf(known.client.receive(from, message))
    if (this.#server === undefined) return undefined
    const answers = await this.#server.core.receive(from, message)
    return { events: [...answers.map((text): ClientEvent => ({ type: 'send', to: from, message: text })), ...this.#low.splice(0)], more: [] }
  }

  /** Time passes. */
  async tick(now: number): Promise<PrekeyResult> {
    await this.#server?.core.tick(now)
    const results = [...this.#clients.values()].map(({ client }) => resultOf(client.tick(now)))
    return { events: results.flatMap(({ events }) => events), more: results.flatMap(({ more }) => more) }
  }

  async close(): Promise<void> {
    await this.#server?.store.close()
    this.#server = undefined
  }
}

/** What a client's step is in the peer protocol. */
export function resultOf({ send, events }: PrekeyStep): PrekeyResult {
  return {
    events: [
      ...send.map(({ to, message }): ClientEvent => ({ type: 'send', to, message })),
      ...events.flatMap((event): ClientEvent[] => event.type === 'notice' ? [event] : []),
    ],
    more: events.flatMap((event) => {
      if (event.type === 'notice') return []
      return [event.type === 'ensembles' ? { ...event, ensembles: event.ensembles.map(ensembleToJson) } : { ...event }]
    }),
  }
}
