import type { Client } from '../../index.js'
import type { Transport } from '../../transport/transport.js'
import { messageOf } from '../error-text.js'
import { untilSignal } from '../signals.js'
import type { ChatEvent } from './chat-event.js'
import type { ChatLog } from './chat-log.js'
import type { ChatRecord } from './chat-record.js'
import { listenToClient } from './client-events.js'
import { parseCommand } from './commands.js'
import { Correspondents, type ChatContext, type Held } from './correspondents.js'
import { ChatFiles } from './files.js'
import { listenToNetwork } from './network-events.js'
import { ChatPrekeys, type ChatPrekeysParts } from './prekeys.js'
import { CommandRunner } from './run-command.js'
import type { TypedLine, View } from './view.js'

/** What a chat is made of. */
export interface ChatParts {
  readonly client: Client
  readonly view: View
  /** The network's name for people. */
  readonly network: string
  /** The correspondent to begin with. */
  readonly peer?: string
  /** The client's state is kept: private conversations do not end when the person leaves. */
  readonly kept?: boolean
  /** A text to show first. */
  readonly welcome?: string
  /** The log, if the person wants one. */
  readonly log?: ChatLog
  /** The transcript of what goes over the network, if the person wants one. */
  readonly record?: ChatRecord
  /** How a prekey server is used, where there is one. */
  readonly prekeys?: Pick<ChatPrekeysParts, 'server' | 'publishes' | 'consent' | 'awaySeconds'>
  /** How long the answer to a line may take that waited for our connection, milliseconds; 30,000 by default. */
  readonly answerTime?: number
}

/** How often the client's timers are looked at, in milliseconds. */
const tickMs = 500

/** A chat: connects a person, the OTR client and a network. */
export class Chat {
  readonly #parts: ChatParts
  #transport: Transport | undefined
  #prekeys: ChatPrekeys | undefined
  readonly #context: ChatContext
  readonly #correspondents: Correspondents
  readonly #files: ChatFiles
  #failed = false
  /** Called when the person has been informed that the network has let them in. */
  readonly #begun = signal()
  readonly #ended = signal()

  constructor(parts: ChatParts) {
    const { client, view } = parts
    this.#parts = parts
    const transport = (): Transport => this.#connected()
    this.#context = { client, view, show: (event) => { this.#show(event) }, get transport() { return transport() } }
    this.#correspondents = new Correspondents(this.#context, parts.answerTime)
    this.#files = new ChatFiles(this.#context, this.#correspondents)
  }

  /** Logs in. Rejects as `Transport.start` does; it may be called again with another transport then. */
  async connect(given: Transport): Promise<void> {
    const { record } = this.#parts
    const transport = record === undefined ? given : record.over(given, (error) => { this.#show({ type: 'error', text: `a line could not be recorded: ${messageOf(error)}` }) })
    this.#transport = transport
    const stop = listenToNetwork(transport, {
      context: this.#context, correspondents: this.#correspondents, network: this.#parts.network, prekeys: () => this.#prekeys, begun: this.#begun.happened,
      broke: (error) => { this.#broke(error) },
      refused: (why) => {
        this.#failed = true
        this.#show({ type: 'error', text: `the network will have you no more: ${why}` })
        this.#ended.happen()
      },
    })
    try {
      await transport.start()
    } catch (error) {
      stop()
      throw error
    }
  }

  /** Runs until the person leaves or the network will have them no more. Resolves to the exit code. */
  async run(): Promise<number> {
    const { client, view, network, welcome, peer, kept, log, record } = this.#parts
    const transport = this.#connected()
    this.#prekeys = this.#prekeysOf(transport)
    this.#correspondents.onMoved((from, to) => { this.#prekeys?.moved(from, to) })
    listenToClient({ context: this.#context, correspondents: this.#correspondents, prekeys: this.#prekeys, files: this.#files })
    const timer = setInterval(() => { this.#tick() }, tickMs)
    await view.open({ spelling: (name) => this.#correspondents.spelling(name), isChannel: (name) => this.#correspondents.isChannel(name) })
    view.know(client.peers())
    this.#show({ type: 'ready', account: transport.account, network })
    this.#prekeys?.begin()
    await this.#correspondents.adoptNames()
    if (peer !== undefined) {
      const name = transport.canonical(peer)
      view.turnTo(name)
      this.#correspondents.refresh(name)
    }
    // In the window that the person sees now.
    if (welcome !== undefined) this.#show({ type: 'info', text: welcome })
    if (log !== undefined) this.#show({ type: 'info', text: log.state })
    if (record !== undefined) this.#show({ type: 'info', text: record.state })
    this.#begun.happen()
    const left = new AbortController()
    await Promise.race([this.#read(), this.#ended.happened, untilSignal(left.signal)])
    left.abort()
    clearInterval(timer)
    this.#prekeys?.close()
    await this.#files.close()
    // Where no state is kept, closing the client ends the private conversations. It sends lines for that, so the connection closes afterwards.
    await client.close({ end: kept !== true }).catch((error: unknown) => { this.#broke(error) })
    await transport.close()
    this.#show({ type: 'bye' })
    await view.close()
    return this.#failed ? 1 : 0
  }

  #connected(): Transport {
    if (this.#transport === undefined) throw new Error('not connected')
    return this.#transport
  }

  #prekeysOf(transport: Transport): ChatPrekeys | undefined {
    const { prekeys, client } = this.#parts
    return prekeys && new ChatPrekeys({
      ...prekeys, client, transport,
      show: (event) => { this.#show(event) },
      sent: (to, text, outcome) => { this.#correspondents.sent(to, text, outcome) },
      isPrivate: (of) => this.#correspondents.isPrivate(of),
    })
  }

  #show(event: ChatEvent): void {
    this.#parts.view.show(event)
    try {
      this.#parts.log?.write(event)
    } catch (error) {
      this.#parts.view.show({ type: 'error', text: `it could not be written to the log: ${messageOf(error)}` })
    }
  }

  #tick(): void {
    this.#parts.client.tick().then(() => { this.#correspondents.refreshAll() }).catch((error: unknown) => { this.#broke(error) })
    this.#prekeys?.tick()
  }

  /** The state cannot be saved any more: the chat must end. */
  #broke(error: unknown): void {
    if (!this.#failed) this.#explain(error)
    this.#failed = true
    this.#ended.happen()
  }

  /** Shows why something was not done. */
  #explain(error: unknown, about?: string): void {
    this.#show({ type: 'error', text: messageOf(error), ...about !== undefined && { about } })
  }

  async #read(): Promise<void> {
    const { view, log, record } = this.#parts
    const runner = new CommandRunner({ context: this.#context, correspondents: this.#correspondents, prekeys: this.#prekeys, log, record, files: this.#files })
    for await (const line of view.lines()) {
      if ('leave' in line) {
        if (await this.#mayLeave()) return
        continue
      }
      const command = line.pasted ? { do: 'say' as const, text: line.text } : parseCommand(line.text)
      if (command.do === 'quit') return
      await this.#run(runner, command, line)
    }
  }

  async #run(runner: CommandRunner, command: Parameters<CommandRunner['run']>[0], typed: TypedLine): Promise<void> {
    if (typed.to === undefined) await this.#try(runner, command, undefined)
    // Since the person pressed return, the network may have said that the correspondent has another name, or compares names differently.
    else await this.#correspondents.during(this.#correspondents.canonical(typed.to), (held) => this.#try(runner, command, held))
    // A command that was refused may still have changed what becomes of the next text.
    this.#correspondents.refreshAll()
  }

  async #try(runner: CommandRunner, command: Parameters<CommandRunner['run']>[0], to: Held | undefined): Promise<void> {
    await this.#correspondents.settled
    try {
      await runner.run(command, to)
    } catch (error) {
      this.#explain(error, to?.peer)
    }
  }

  /** Private conversations would end, and the key for it is easily pressed: asks first. */
  async #mayLeave(): Promise<boolean> {
    const ending = this.#parts.kept === true ? [] : this.#correspondents.private()
    if (ending.length === 0) return true
    return this.#parts.view.confirm(`Leave? ${ending.length === 1 ? 'The private conversation' : 'The private conversations'} with ${ending.join(', ')} would end.`)
  }
}

/** Something that happens once. */
function signal(): { readonly happened: Promise<void>, readonly happen: () => void } {
  let happen: () => void = () => undefined
  const happened = new Promise<void>((resolve) => { happen = resolve })
  return { happened, happen: () => { happen() } }
}
