import { OtrError, type OtrErrorCode } from '../errors.js'
import type { Client } from '../session/client/client.js'
import type { ClientConversation } from '../session/client/client-conversation.js'
import type { Listener } from '../session/client/listeners.js'
import type { ClientEvent } from '../session/event.js'
import type { Policy } from '../session/policy.js'
import { commandNames, valueNames, type CommandName, type ConversationValues } from './conversation-members.js'
import { peerOf, type ClientValues, type OpenRequest, type PageMessage, type Port, type Target, type WorkerMessage } from './messages.js'

/** How `openClient` opens a client. */
export interface OpenClientOptions extends OpenRequest {
  /** Called with 0 to 1 while the key is derived from the passphrase. */
  readonly onProgress?: (done: number) => void
}

/** Functions that the author of a worker added: see `ServeOptions.extend`. */
export type OwnFunctions = Readonly<Record<string, (...given: never[]) => unknown>>

/** Events that reach a page: all but those with a key. */
export type PageEvent = Exclude<ClientEvent, { readonly type: 'extra-key' }>

/** A conversation of a client in a worker: that of `Client`, without `extraKey`, which returns a key. */
export type WorkerConversation = Pick<ClientConversation, CommandName | keyof ConversationValues | 'on' | 'peer'>

/** The same functions, called from the page: each returns a promise. */
export type CalledFunctions<Own extends OwnFunctions> = { readonly [Name in keyof Own]: (...given: Parameters<Own[Name]>) => Promise<Awaited<ReturnType<Own[Name]>>> }

interface Waiting {
  readonly done: (result: unknown) => void
  readonly failed: (error: Error) => void
}

/** The part of `navigator.locks` that we use. */
interface Locks {
  request(name: string, held: () => Promise<void>): Promise<unknown>
}

/**
 * A client in a worker, as its page sees it. Keys, session states and the arithmetic are in the worker; the page has texts, trust and the lines
 * for the network. Values are those that the worker had when it sent its last event or answer.
 */
export class WorkerClient<Own extends OwnFunctions = OwnFunctions> {
  readonly #port: Port
  readonly #calls = new Map<number, Waiting>()
  readonly #conversations = new Map<string, WorkerConversation>()
  readonly #values = new Map<string, ConversationValues>()
  readonly #listeners = new Map<string, Set<(event: ClientEvent) => unknown>>()
  readonly #toldListeners = new Set<(message: unknown) => void>()
  readonly #progress: (done: number) => void
  #client: ClientValues | undefined
  #nextCall = 1
  #closed = false
  /** Calls a function that the worker's author added: `client.own.NAME(...)`. Rejects with what the function throws. */
  readonly own: CalledFunctions<Own>

  /** @internal */
  constructor(port: Port, progress: (done: number) => void) {
    this.#port = port
    this.#progress = progress
    this.own = new Proxy({} as CalledFunctions<Own>, {
      get: (_, name) => typeof name === 'string' && name !== 'then' ? (...given: unknown[]) => this.#call({ of: 'own', name }, given) : undefined,
    })
    port.addEventListener('message', ({ data }) => { this.#hear(data as WorkerMessage) })
    port.start?.()
  }

  /** @internal */
  async open(request: OpenRequest): Promise<void> {
    const lock = holdLock()
    this.#post({ kind: 'hello', ...lock !== undefined && { lock: await lock } })
    await this.#ask((id) => ({ kind: 'open', id, request }))
  }

  /** Own address. */
  get account(): string {
    return this.#now.account
  }

  /** Our version 3 fingerprint, 40 hex digits. */
  get fingerprint3(): string {
    return this.#now.fingerprint3
  }

  /** Our version 4 fingerprint, 112 hex digits; absent without version 4. */
  get fingerprint4(): string | undefined {
    return this.#now.fingerprint4
  }

  /** See `Client.constantTime`. */
  get constantTime(): boolean {
    return this.#now.constantTime
  }

  /** The account's policy. */
  get policy(): Policy {
    return this.#now.policy
  }

  /** The addresses of all correspondents about whom something is remembered. */
  peers(): readonly string[] {
    return this.#now.peers
  }

  /** How many prekey messages are unused. */
  prekeysLeft(): number {
    return this.#now.prekeysLeft
  }

  /**
   * Calls `listener` for every event of a type. Call the result to stop. As with `Client`, an event counts as delivered when the promise that the
   * listener returned has settled; add the listeners before `start`.
   */
  on<Type extends PageEvent['type']>(type: Type, listener: Listener<Type>): () => void {
    const added = (event: ClientEvent): unknown => (listener as (event: ClientEvent) => unknown)(event)
    const all = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, all.add(added))
    return () => { all.delete(added) }
  }

  /** Calls `listener` with everything that the worker's author tells the pages: see `WorkerParts.tell`. Call the result to stop. */
  onTold(listener: (message: unknown) => void): () => void {
    this.#toldListeners.add(listener)
    return () => { this.#toldListeners.delete(listener) }
  }

  /**
   * Begins: delivers the events that an earlier page had not finished, and does once a second in the worker what `Client.tick` does. Call it once the
   * listeners are added. Another call does nothing.
   */
  start(): Promise<void> {
    return this.#command('start')
  }

  /** See `Client.receive`. */
  receive(...given: Parameters<Client['receive']>): Promise<void> {
    return this.#command('receive', ...given)
  }

  /** See `Client.setPolicy`. */
  setPolicy(...given: Parameters<Client['setPolicy']>): Promise<void> {
    return this.#command('setPolicy', ...given)
  }

  /** See `Client.rename`. */
  rename(...given: Parameters<Client['rename']>): Promise<void> {
    return this.#command('rename', ...given)
  }

  /** See `Client.ensemble`. */
  ensemble(...given: Parameters<Client['ensemble']>): ReturnType<Client['ensemble']> {
    return this.#command('ensemble', ...given)
  }

  /** See `Client.keepRecord`. */
  keepRecord(...given: Parameters<Client['keepRecord']>): Promise<void> {
    return this.#command('keepRecord', ...given)
  }

  /** The bytes of a record, of the length that `keepRecord` was given: see `Client.record`. */
  record(name: string): Promise<Uint8Array | undefined> {
    return this.#command('record', name)
  }

  /** The whole account, sealed under a passphrase, as bytes to move to a new device: see `OpenRequest.moved`. It is sealed in the worker. */
  exportAccount(passphrase: string, network?: string): Promise<Uint8Array> {
    return this.#command('exportAccount', passphrase, network)
  }

  /** Seals the store under another passphrase. */
  changePassphrase(passphrase: string): Promise<void> {
    return this.#command('changePassphrase', passphrase)
  }

  /**
   * Returns the conversation with a correspondent: always the same object for the same address. It comes with a promise, because its values come
   * from the worker.
   *
   * @throws (rejects) OtrError `OTR_ARGUMENT` for an empty address
   */
  async conversation(peer: string): Promise<WorkerConversation> {
    if (!this.#values.has(peer)) await this.#command('watch', peer)
    const known = this.#conversations.get(peer)
    if (known !== undefined) return known
    const made = this.#conversationOf(peer)
    this.#conversations.set(peer, made)
    return made
  }

  /** Closes the client in the worker, for all its pages: see `Client.close`. The store is sealed, and its keys are overwritten. */
  async close(...given: Parameters<Client['close']>): Promise<void> {
    try {
      await this.#command('close', ...given)
    } finally {
      this.#ended()
    }
  }

  get #now(): ClientValues {
    if (this.#client === undefined) throw new OtrError('OTR_CLOSED', 'the client is not open')
    return this.#client
  }

  #conversationOf(peer: string): WorkerConversation {
    const values = (): ConversationValues => {
      const now = this.#values.get(peer)
      if (now === undefined) throw new OtrError('OTR_CLOSED', 'the client is not open')
      return now
    }
    const made = {
      peer,
      on: (type: PageEvent['type'], listener: (event: ClientEvent) => unknown) => this.on(type, (event: ClientEvent) => peerOf(event) === peer ? listener(event) : undefined),
    }
    for (const name of valueNames) Object.defineProperty(made, name, { get: () => values()[name], enumerable: true })
    for (const name of commandNames) Object.assign(made, { [name]: (...given: unknown[]) => this.#call({ of: 'conversation', peer, name }, given) })
    return made as unknown as WorkerConversation
  }

  #command<Result>(name: string, ...given: unknown[]): Promise<Result> {
    return this.#call({ of: 'client', name }, given) as Promise<Result>
  }

  #call(target: Target, given: readonly unknown[]): Promise<unknown> {
    return this.#ask((id) => ({ kind: 'call', id, target, given }))
  }

  #ask(message: (id: number) => PageMessage): Promise<unknown> {
    if (this.#closed) return Promise.reject(new OtrError('OTR_CLOSED', 'the client is closed'))
    const id = this.#nextCall++
    return new Promise((done, failed) => {
      this.#calls.set(id, { done, failed })
      try {
        this.#post(message(id))
      } catch {
        this.#calls.delete(id)
        failed(new OtrError('OTR_ARGUMENT', 'an argument cannot be copied to a worker, as a function cannot'))
      }
    })
  }

  #post(message: PageMessage): void {
    this.#port.postMessage(message)
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'progress':
        this.#progress(message.done)
        break
      case 'values':
        if (message.client !== undefined) this.#client = message.client
        for (const [peer, values] of message.conversations) this.#values.set(peer, values)
        break
      case 'event':
        void this.#deliver(message.event).then(() => { this.#post({ kind: 'settled', event: message.number }) })
        break
      case 'told':
        for (const listener of [...this.#toldListeners]) void settled(() => { listener(message.message) })
        break
      case 'answer': {
        const call = this.#calls.get(message.id)
        this.#calls.delete(message.id)
        if (message.error === undefined) call?.done(message.result)
        else call?.failed(message.error.code === undefined ? new Error(message.error.message) : new OtrError(message.error.code as OtrErrorCode, message.error.message))
        break
      }
      case 'closed':
        this.#ended()
        break
    }
  }

  async #deliver(event: ClientEvent): Promise<void> {
    await Promise.all([...this.#listeners.get(event.type) ?? []].map((listener) => settled(() => listener(event))))
  }

  #ended(): void {
    this.#closed = true
    for (const { failed } of this.#calls.values()) failed(new OtrError('OTR_CLOSED', 'the client was closed'))
    this.#calls.clear()
  }
}

/** Runs a listener. What it throws affects nobody else; the platform reports it as an error that nobody caught. */
async function settled(run: () => unknown): Promise<void> {
  try {
    await run()
  } catch (error) {
    void Promise.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Takes a Web Lock for the life of this page, by which the worker sees its end. `undefined` where there are none. */
function holdLock(): Promise<string> | undefined {
  const { navigator, crypto } = globalThis as unknown as { readonly navigator?: { readonly locks?: Locks }, readonly crypto: { randomUUID(): string } }
  if (navigator?.locks === undefined) return undefined
  const { locks } = navigator
  const name = `otr4-page ${crypto.randomUUID()}`
  return new Promise((resolve) => {
    locks.request(name, () => {
      resolve(name)
      return new Promise<void>(() => undefined)
    }).catch(() => undefined)
  })
}
