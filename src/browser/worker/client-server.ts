import { systemRandom } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import type { Client } from '../../session/client/client.js'
import type { ClientEvent } from '../../session/event.js'
import { sealAccount } from '../../store/index.js'
import { isCommand, valueNames, type ConversationValues } from '../conversation-members.js'
import { peerOf, type ClientValues, type CopiedError, type OpenRequest, type PageMessage, type Port, type Target, type WorkerMessage } from '../messages.js'
import type { OwnFunctions, PageEvent } from '../worker-client.js'
import type { Extension } from './extension.js'
import type { Opened, Opener } from './open.js'

/** The compiler asks for each new type of event. `extra-key` is not here: it contains a key. */
const eventTypes: Readonly<Record<PageEvent['type'], true>> = {
  'send': true, 'message': true, 'state': true, 'smp': true, 'outbox': true, 'lost': true, 'notice': true, 'tlv': true, 'revealed-mac-keys': true,
}

/** The methods of `Client` that a page calls as they are. */
const clientCommands: readonly string[] = ['receive', 'setPolicy', 'rename', 'ensemble', 'keepRecord', 'record'] satisfies (keyof Client)[]

/** An event that the listeners of a page have not settled. */
interface OpenEvent {
  readonly event: ClientEvent
  readonly settle: () => void
}

interface Page {
  readonly port: Port
  readonly open: Map<number, OpenEvent>
  /** It was closed, perhaps while the client was still being opened for it. */
  isGone: boolean
}

interface Running extends Opened {
  readonly account: string
  readonly own: OwnFunctions
}

type Function = (...given: unknown[]) => unknown

/** One client for the pages of a worker. */
export class ClientServer {
  readonly #open: Opener
  readonly #extend: Extension
  /** In the order in which they came. */
  readonly #pages = new Set<Page>()
  /** Events that no page has: the next one that starts gets them. */
  #unread: OpenEvent[] = []
  #opening: Promise<Running> | undefined
  #running: Running | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #nextEvent = 1
  /** The correspondents whose values the pages have, each with the values that they have, as JSON; and the same of the client. */
  readonly #shown = new Map<string, string>()
  #shownClient = ''

  constructor(open: Opener, extend: Extension = () => ({})) {
    this.#open = open
    this.#extend = extend
  }

  connect(port: Port): void {
    const page: Page = { port, open: new Map(), isGone: false }
    port.addEventListener('message', ({ data }) => { this.#hear(page, data as PageMessage) })
    port.start?.()
  }

  #hear(page: Page, message: PageMessage): void {
    switch (message.kind) {
      case 'hello':
        if (message.lock !== undefined) whenReleased(message.lock, () => { this.#gone(page) })
        break
      case 'open':
        void this.#answer(page, message.id, async () => { await this.#join(page, message.request) })
        break
      case 'call':
        void this.#answer(page, message.id, () => this.#call(page, message.target, message.given))
        break
      case 'settled':
        page.open.get(message.event)?.settle()
        page.open.delete(message.event)
        break
    }
  }

  async #answer(page: Page, id: number, work: () => unknown): Promise<void> {
    let answer: WorkerMessage
    try {
      const result = await work()
      answer = { kind: 'answer', id, ...result !== undefined && { result } }
    } catch (error) {
      answer = { kind: 'answer', id, error: copiedError(error) }
    }
    this.#refresh()
    try {
      page.port.postMessage(answer)
    } catch {
      page.port.postMessage({ kind: 'answer', id, error: { code: 'OTR_ARGUMENT', message: 'the result cannot be copied to a page, as a function cannot' } } satisfies WorkerMessage)
    }
  }

  /** Opens the client, or joins the one that is open. */
  async #join(page: Page, request: OpenRequest): Promise<void> {
    const progress = (done: number): void => { page.port.postMessage({ kind: 'progress', done } satisfies WorkerMessage) }
    const opening = this.#opening ??= this.#begin(request, progress)
    let running: Running
    try {
      running = await opening
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
    if (running.account !== request.account) throw new OtrError('OTR_STORE_ACCOUNT', 'this worker has another account open')
    // Lines would be given to it that nobody sends.
    if (page.isGone) return
    this.#pages.add(page)
    page.port.postMessage({
      kind: 'values', client: clientValues(running.client), conversations: [...this.#shown.keys()].map((peer) => [peer, conversationValues(running.client, peer)]),
    } satisfies WorkerMessage)
  }

  async #begin(request: OpenRequest, progress: (done: number) => void): Promise<Running> {
    const opened = await this.#open(request, progress)
    const { client } = opened
    for (const type of Object.keys(eventTypes) as PageEvent['type'][]) client.on(type, (event) => this.#deliver(event))
    try {
      const own = await this.#extend({ client, tell: (message) => { this.#post({ kind: 'told', message }) } })
      this.#running = { ...opened, account: request.account, own }
      return this.#running
    } catch (error) {
      await client.close({ end: false }).catch(() => undefined)
      throw error
    }
  }

  #call(page: Page, target: Target, given: readonly unknown[]): unknown {
    const running = this.#running
    if (running === undefined) throw new OtrError('OTR_CLOSED', 'the client is not open')
    const { client, own } = running
    switch (target.of) {
      case 'own': {
        const called = Object.hasOwn(own, target.name) ? own[target.name] : undefined
        if (called === undefined) throw new OtrError('OTR_ARGUMENT', `the worker has no function ${target.name}`)
        return (called as Function)(...given)
      }
      case 'conversation': {
        if (!isCommand(target.name)) throw new OtrError('OTR_ARGUMENT', `a page cannot call ${target.name}`)
        const conversation = client.conversation(target.peer)
        this.#watch(target.peer)
        return (conversation[target.name] as Function).apply(conversation, [...given])
      }
      case 'client': return this.#clientCall(page, running, target.name, given)
    }
  }

  #clientCall(page: Page, { client, store }: Running, name: string, given: readonly unknown[]): unknown {
    if (clientCommands.includes(name)) return (client[name as keyof Client] as Function).apply(client, [...given])
    const [first, second] = given
    switch (name) {
      case 'start':
        for (const { event, settle } of this.#unread.splice(0)) void this.#give(page, event).then(settle)
        return this.#start(client)
      case 'watch':
        client.conversation(first as string)
        this.#watch(first as string)
        return undefined
      case 'exportAccount': return sealAccount(first as string, client.exportAccount(second as string | undefined), systemRandom)
      case 'changePassphrase': return store.changePassphrase({ passphrase: first as string })
      case 'close': return this.#close(page, client, first as Parameters<Client['close']>[0])
      default: throw new OtrError('OTR_ARGUMENT', `a page cannot call ${name}`)
    }
  }

  async #start(client: Client): Promise<void> {
    if (this.#timer !== undefined) return
    const tick = async (): Promise<void> => {
      await client.tick()
      this.#refresh()
    }
    this.#timer = setInterval(() => { tick().catch(() => undefined) }, 1000)
    await tick()
  }

  async #close(page: Page, client: Client, how: Parameters<Client['close']>[0]): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    try {
      await client.close(how)
    } finally {
      this.#opening = this.#running = undefined
      // The page that asked gets its answer.
      this.#pages.delete(page)
      this.#post({ kind: 'closed' })
      this.#pages.clear()
      // They come again when a page has opened the client again.
      this.#unread = []
      this.#shown.clear()
      this.#shownClient = ''
    }
  }

  /** Gives an event to the pages. Fulfilled when the listeners of all have settled. A line for the network goes to one page, or it would be sent twice. */
  async #deliver(event: ClientEvent): Promise<void> {
    const peer = peerOf(event)
    if (peer !== undefined) this.#watch(peer)
    // Not of all: a stranger's lines would cost as much as there are correspondents.
    if (peer === undefined) this.#refresh()
    else this.#refresh([peer])
    const [oldest] = this.#pages
    if (oldest === undefined) return new Promise((settle) => { this.#unread.push({ event, settle }) })
    const pages = event.type === 'send' ? [oldest] : [...this.#pages]
    await Promise.all(pages.map((page) => this.#give(page, event)))
  }

  #give(page: Page, event: ClientEvent): Promise<void> {
    const number = this.#nextEvent++
    return new Promise((settle) => {
      page.open.set(number, { event, settle })
      page.port.postMessage({ kind: 'event', number, event } satisfies WorkerMessage)
    })
  }

  /** A page was closed. The lines that it was given and may not have sent go to another; other events all pages had. Without another page they wait for one. */
  #gone(page: Page): void {
    page.isGone = true
    this.#pages.delete(page)
    const [next] = this.#pages
    for (const open of page.open.values()) {
      if (next === undefined) this.#unread.push(open)
      else if (open.event.type === 'send') void this.#give(next, open.event).then(open.settle)
      else open.settle()
    }
    page.open.clear()
  }

  #watch(peer: string): void {
    if (!this.#shown.has(peer)) this.#shown.set(peer, '')
  }

  /** Sends the pages the values that have changed: those of the client, and of all correspondents or of these. */
  #refresh(peers: Iterable<string> = this.#shown.keys()): void {
    const { client } = this.#running ?? {}
    if (client === undefined || this.#pages.size === 0) return
    const conversations: (readonly [string, ConversationValues])[] = []
    for (const peer of peers) {
      const values = conversationValues(client, peer)
      const json = JSON.stringify(values)
      if (json === this.#shown.get(peer)) continue
      this.#shown.set(peer, json)
      conversations.push([peer, values])
    }
    const values = clientValues(client)
    const json = JSON.stringify(values)
    const hasChanged = json !== this.#shownClient
    this.#shownClient = json
    if (hasChanged || conversations.length > 0) this.#post({ kind: 'values', ...hasChanged && { client: values }, conversations })
  }

  #post(message: WorkerMessage): void {
    for (const { port } of this.#pages) port.postMessage(message)
  }
}

function clientValues(client: Client): ClientValues {
  const { account, fingerprint3, fingerprint4, constantTime, policy } = client
  return { account, fingerprint3, ...fingerprint4 !== undefined && { fingerprint4 }, constantTime, policy, peers: client.peers(), prekeysLeft: client.prekeysLeft() }
}

function conversationValues(client: Client, peer: string): ConversationValues {
  const conversation = client.conversation(peer)
  return Object.fromEntries(valueNames.map((name) => [name, conversation[name]])) as unknown as ConversationValues
}

function copiedError(error: unknown): CopiedError {
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof OtrError ? { code: error.code, message } : { message }
}

/** Calls `then` when the page that holds a lock has ended. */
function whenReleased(lock: string, then: () => void): void {
  const { navigator } = globalThis as unknown as { readonly navigator?: { readonly locks?: { request(name: string, held: () => void): Promise<unknown> } } }
  navigator?.locks?.request(lock, then).catch(() => undefined)
}
