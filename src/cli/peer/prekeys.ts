import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { generateEd448KeyPair, systemRandom, type Ed448KeyPair } from '../../crypto/index.js'
import type { ClientCore, ClientEvent } from '../../index.js'
import {
  looksLikePrekeyText, MemoryPrekeyStore, PrekeyClient, PrekeyServer,
  type PrekeyServerAddress, type PrekeyServerLimits, type PrekeyStep, type PrekeyStore,
} from '../../prekey/index.js'
import { keyFromFile } from '../prekey-server/key-file.js'
import { ensembleFields } from '../../conformance/ensemble-fields.js'

/** The outcome of a step: events of a client, and events of the prekey protocol as they are written. */
export interface PrekeyResult {
  readonly events: readonly ClientEvent[]
  readonly more: readonly object[]
}

interface KnownServer {
  readonly owner: ClientCore
  /** The fingerprint of the server, if the driver gave one. */
  readonly fingerprint: string | undefined
  readonly client: PrekeyClient
}

/** A peer's part in the prekey protocol: its clients, by the address of their server, and perhaps a server of its own. */
export class PeerPrekeys {
  /** The folder for the store of the server, if this peer becomes one; undefined for memory. */
  readonly #folder: string | undefined
  readonly #clients = new Map<string, KnownServer>()
  #server: { readonly core: PrekeyServer, readonly store: PrekeyStore } | undefined
  #low: ClientEvent[] = []

  constructor(folder?: string) {
    this.#folder = folder
  }

  /** The client of this server. Another expected fingerprint makes another client. @throws OtrError `OTR_ARGUMENT` */
  client(owner: ClientCore, clock: () => number, server: PrekeyServerAddress): PrekeyClient {
    const fingerprint = server.fingerprint?.toLowerCase()
    const before = this.#clients.get(server.identity)
    if (before?.owner === owner && (fingerprint === undefined || before.fingerprint === fingerprint)) return before.client
    before?.client.close()
    const client = new PrekeyClient({ owner, server, random: systemRandom, clock, maxMessageLength: owner.policy.maxMessageLength })
    this.#clients.set(server.identity, { owner, fingerprint, client })
    return client
  }

  /** Becomes a server. Resolves to its fingerprint. */
  async serve(clock: () => number, identity: string, key: Ed448KeyPair | undefined, limits: Partial<PrekeyServerLimits>): Promise<Uint8Array> {
    await this.#closeServer()
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

  /** Takes a message. Undefined if it is none of the prekey protocol's, or not for us. */
  async receive(from: string, message: string): Promise<PrekeyResult | undefined> {
    if (!looksLikePrekeyText(message)) return undefined
    const known = this.#clients.get(from)
    if (known !== undefined) return resultOf(known.client.receive(from, message))
    if (this.#server === undefined) return undefined
    const answers = await this.#server.core.receive(from, message)
    return { events: [...answers.map((text): ClientEvent => ({ type: 'send', to: from, message: text })), ...this.#low.splice(0)], more: [] }
  }

  /** Runs timers that are due. */
  async tick(now: number): Promise<PrekeyResult> {
    await this.#server?.core.tick(now)
    const results = [...this.#clients.values()].map(({ client }) => resultOf(client.tick(now)))
    return { events: results.flatMap(({ events }) => events), more: results.flatMap(({ more }) => more) }
  }

  async close(): Promise<void> {
    for (const { client } of this.#clients.values()) client.close()
    this.#clients.clear()
    await this.#closeServer()
  }

  async #closeServer(): Promise<void> {
    await this.#server?.core.close()
    await this.#server?.store.close()
    this.#server = undefined
  }
}

/** A prekey client's step as an outcome. */
export function resultOf({ send, events }: PrekeyStep): PrekeyResult {
  return {
    events: [
      ...send.map(({ to, message }): ClientEvent => ({ type: 'send', to, message })),
      ...events.flatMap((event): ClientEvent[] => event.type === 'notice' ? [event] : []),
    ],
    more: events.flatMap((event) => {
      if (event.type === 'notice') return []
      return [event.type === 'ensembles' ? { ...event, ensembles: event.ensembles.map(ensembleFields) } : { ...event }]
    }),
  }
}
