import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ed448KeyPair, generateEd448KeyPair, systemRandom, type Ed448KeyPair } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { ClientCore, ClientEvent } from '../../index.js'
import {
  defaultPrekeyServerLimits, looksLikePrekeyText, MemoryPrekeyStore, PrekeyClient, PrekeyServer,
  type PrekeyServerAddress, type PrekeyServerLimits, type PrekeyStep, type PrekeyStore,
} from '../../prekey/index.js'
import { hexEncode } from '../../wire/index.js'
import { keyFromFile } from '../prekey-server/key-file.js'
import { ensembleToJson } from './ensemble.js'
import type { Fields } from './fields.js'
import { clientOf, type CommandResult, type PeerCommand, type PeerState } from './state.js'

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

  /** The client of this server; another one when another fingerprint is expected. Throws `OTR_ARGUMENT`, and `OTR_NO_ACCOUNT`. */
  client(state: PeerState, server: PrekeyServerAddress): PrekeyClient {
    const owner = clientOf(state)
    const fingerprint = server.fingerprint?.toLowerCase()
    const before = this.#clients.get(server.identity)
    if (before?.owner === owner && (fingerprint === undefined || before.fingerprint === fingerprint)) return before.client
    const client = new PrekeyClient({ owner, server, random: systemRandom, clock: () => state.now, maxMessageLength: owner.policy().maxMessageLength })
    this.#clients.set(server.identity, { owner, fingerprint, client })
    return client
  }

  /** Becomes a server. Gives its fingerprint. */
  async serve(state: PeerState, identity: string, key: Ed448KeyPair | undefined, limits: Partial<PrekeyServerLimits>): Promise<Uint8Array> {
    await this.close()
    const folder = this.#folder
    if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 })
    const store = folder === undefined
      ? new MemoryPrekeyStore()
      : await (await import('../../prekey/store/index.js')).openEmbeddedStore(join(folder, 'prekeys'))
    const core = new PrekeyServer({
      identity, store, limits, random: systemRandom, clock: () => state.now,
      key: key ?? (folder === undefined ? generateEd448KeyPair(systemRandom) : keyFromFile(join(folder, 'prekey-server.key'))),
      onLow: (to, _left, message) => { this.#low.push({ type: 'send', to, message }) },
    })
    this.#server = { core, store }
    return core.fingerprint
  }

  /** What came of a message, when it is one of the prekey protocol and for us; else undefined. */
  async receive(from: string, message: string): Promise<CommandResult | undefined> {
    if (!looksLikePrekeyText(message)) return undefined
    const known = this.#clients.get(from)
    if (known !== undefined) return resultOf(known.client.receive(from, message))
    if (this.#server === undefined) return undefined
    const answers = await this.#server.core.receive(from, message)
    return { events: [...answers.map((text): ClientEvent => ({ type: 'send', to: from, message: text })), ...this.#low.splice(0)] }
  }

  /** Time passes. */
  async tick(now: number): Promise<CommandResult> {
    await this.#server?.core.tick(now)
    const results = [...this.#clients.values()].map(({ client }) => resultOf(client.tick(now)))
    return { events: results.flatMap(({ events = [] }) => events), more: results.flatMap(({ more = [] }) => more) }
  }

  async close(): Promise<void> {
    await this.#server?.store.close()
    this.#server = undefined
  }
}

/** What a client's step is in the peer protocol. */
export function resultOf({ send, events }: PrekeyStep): CommandResult {
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

/** The commands of the prekey protocol. */
export const prekeyCommands: Readonly<Record<string, PeerCommand>> = {
  'prekey-publish'(fields) {
    const server = fields.object('server', readServer)
    const count = fields.integer('count', 0, 255)
    return (state) => resultOf(state.prekeys.client(state, server).publish(count))
  },

  'prekey-status'(fields) {
    const server = fields.object('server', readServer)
    return (state) => resultOf(state.prekeys.client(state, server).status())
  },

  'prekey-fetch'(fields) {
    const server = fields.object('server', readServer)
    const of = fields.text('of')
    const versions = fields.optionalText('versions')
    return (state) => resultOf(state.prekeys.client(state, server).fetch(of, versions))
  },

  'prekey-serve'(fields) {
    const identity = fields.text('identity')
    const symmetricKey = fields.optionalBytes('ed448')
    if (symmetricKey !== undefined && symmetricKey.length !== 57) throw new OtrError('OTR_FIELD', 'field "ed448" must have 57 bytes')
    const limits = fields.optionalObject('limits', readLimits) ?? {}
    return async (state) => {
      const fingerprint = await state.prekeys.serve(state, identity, symmetricKey === undefined ? undefined : ed448KeyPair(symmetricKey), limits)
      return { fields: { fingerprint: hexEncode(fingerprint) } }
    }
  },
}

function readServer(fields: Fields): PrekeyServerAddress {
  const identity = fields.text('identity')
  const fingerprint = fields.optionalText('fingerprint')
  return { identity, ...fingerprint !== undefined && { fingerprint } }
}

/** Numbers, and rates as objects with `burst` and `perSecond`. */
function readLimits(fields: Fields): Partial<PrekeyServerLimits> {
  return Object.fromEntries(Object.entries(defaultPrekeyServerLimits).flatMap(([name, standard]: [string, unknown]) => {
    const value = typeof standard === 'number'
      ? fields.optionalInteger(name, 1, Number.MAX_SAFE_INTEGER)
      : fields.optionalObject(name, (rate) => ({ burst: rate.integer('burst', 1, Number.MAX_SAFE_INTEGER), perSecond: rate.seconds('perSecond') }))
    return value === undefined ? [] : [[name, value]]
  }))
}
