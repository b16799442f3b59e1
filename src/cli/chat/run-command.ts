import { OtrError, unreachable } from '../../errors.js'
import type { ClientConversation, TextFormat } from '../../index.js'
import { allowText } from './allow-version-2.js'
import { ChannelCommands } from './channel-commands.js'
import type { ChatLog } from './chat-log.js'
import type { ChatRecord } from './chat-record.js'
import { isAboutSomebody, type ChatCommand, type CommandAboutSomebody } from './commands.js'
import type { ChatContext, Correspondents, Held } from './correspondents.js'
import { describeConversation } from './describe-conversation.js'
import { ownFingerprints } from './describe-keys.js'
import { helpFor } from './help.js'
import { inWords } from './indicator.js'
import { isCorrespondentCommand, runCorrespondentCommand } from './correspondent-commands.js'
import type { ChatFiles } from './files.js'
import { formatPolicy, parsePolicy } from './policy-option.js'
import type { ChatPrekeys } from './prekeys.js'
import { showCode } from './show-qr-code.js'
import { answerVerification, beginVerification } from './verification.js'

/** What commands need. */
export interface CommandParts {
  readonly context: ChatContext
  readonly correspondents: Correspondents
  readonly prekeys: ChatPrekeys | undefined
  readonly log: ChatLog | undefined
  readonly files: ChatFiles
  readonly record: ChatRecord | undefined
}

/** Runs the commands that the person types. */
export class CommandRunner {
  readonly #parts: CommandParts
  readonly #inChannels: ChannelCommands

  constructor(parts: CommandParts) {
    this.#parts = parts
    this.#inChannels = new ChannelCommands(parts.context, parts.correspondents)
  }

  /**
   * Runs one command. `to`: the correspondent or channel in front of the person when they typed it.
   *
   * @throws OtrError `OTR_ARGUMENT`, or the library's error, if it cannot be done
   */
  async run(command: ChatCommand, to: Held | undefined): Promise<void> {
    if (isAboutSomebody(command)) {
      await this.#runAbout(command, to)
      return
    }
    const { client, transport, view } = this.#parts.context
    switch (command.do) {
      case 'nothing':
      case 'quit':
        return
      case 'wrong':
        throw new OtrError('OTR_ARGUMENT', command.why)
      case 'help':
        this.#inform(helpFor(command.topic) ?? `there is no page on ${command.topic}; /help lists them`)
        return
      case 'clear-screen':
        view.clear()
        return
      case 'who':
        this.#inform(this.#who())
        return
      case 'with':
        if (command.peer !== undefined && this.#isChannel(command.peer)) throw new OtrError('OTR_ARGUMENT', `${command.peer} is a channel, where everybody reads along: /join ${command.peer}`)
        this.#turnTo(command.peer === undefined ? undefined : transport.canonical(command.peer))
        return
      case 'window':
        view.turnToNumber(command.number)
        return
      case 'close':
        if (to !== undefined) {
          if (this.#isChannel(to.peer)) this.#inChannels.leave(to.peer)
          view.forget(to.peer)
        }
        return
      case 'msg':
        await this.#say(this.#isChannel(command.peer) ? command.peer : transport.canonical(command.peer), command.text)
        return
      case 'join':
        await this.#inChannels.join(command.channel, command.password)
        return
      case 'part':
        this.#inChannels.part(command.channel, to)
        return
      case 'names':
        this.#inChannels.names(command.channel, to)
        return
      case 'agree':
        this.#offline().agree(command.yes)
        return
      case 'code':
        await showCode(this.#parts.context)
        return
      case 'log':
        this.#log(command.privately)
        return
      case 'files':
        this.#inform(this.#parts.files.list)
        return
      case 'get':
        this.#parts.files.get(command.number, command.path)
        return
      case 'refuse':
        await this.#parts.files.refuse(command.number)
        return
      case 'stop':
        this.#parts.files.stop(command.number)
        return
      case 'resume':
        this.#parts.files.resume(command.number)
        return
      case 'policy':
        if (command.changes === '') this.#inform(formatPolicy(client.policy))
        else await client.setPolicy(parsePolicy(command.changes))
        this.#parts.correspondents.refreshAll()
        return
      default:
        unreachable(command)
    }
  }

  /** Runs a command about the correspondent in front of the person. */
  async #runAbout(command: CommandAboutSomebody, held: Held | undefined): Promise<void> {
    const { context, correspondents } = this.#parts
    const { client } = context
    if (command.do === 'fingerprint' && held === undefined) {
      this.#inform(ownFingerprints(client, command.form).join('\n'))
      return
    }
    if (held === undefined) throw new OtrError('OTR_ARGUMENT', 'with whom? /with NAME')
    const { peer } = held
    if (this.#isChannel(peer)) {
      await this.#inChannels.run(command, peer)
      return
    }
    const conversation = client.conversation(peer)
    if (isCorrespondentCommand(command)) {
      const lines = await runCorrespondentCommand(command, client, conversation)
      if (lines.length > 0) this.#inform(lines.join('\n'), peer)
      return
    }
    switch (command.do) {
      case 'say':
        await this.#say(peer, command.text)
        break
      case 'me':
        await this.#say(peer, `/me ${command.text}`, true)
        break
      case 'send':
        correspondents.limit(peer)
        await this.#parts.files.send(peer, command.path)
        break
      case 'start':
        correspondents.limit(peer)
        await conversation.start(command.versions && { versions: command.versions })
        break
      case 'end':
        await conversation.end()
        break
      case 'abort':
        await conversation.abort()
        break
      case 'go-clear':
        await conversation.continueInPlaintext()
        correspondents.refresh(peer, { announced: true })
        this.#inform(`what you write to ${peer} goes in clear from now on`, peer)
        break
      case 'status':
        this.#inform(describeConversation(client, conversation, correspondents.indicator(peer)).join('\n'), peer)
        break
      case 'accept':
        await conversation.trust('seen')
        this.#inform(`you go on with the key that ${peer} uses now; it is not verified`, peer)
        break
      case 'allow-2':
        await this.#allowVersion2(conversation, command.yes)
        break
      case 'format':
        await conversation.setPolicy({ textFormat: command.format })
        this.#inform(formatText(peer, command.format), peer)
        break
      case 'trust':
        await this.#trust(conversation, command.verified, command.fingerprint)
        break
      case 'smp':
        await beginVerification(context, held, command)
        break
      case 'answer':
        await answerVerification(context, held, command.secret, correspondents.questions)
        break
      case 'offline':
        this.#offline().write(peer, command.text)
        break
      case 'outbox': {
        const held = conversation.outbox
        this.#inform(held.length === 0 ? 'nothing waits' : held.map(({ id, text }) => `${id}: ${text}`).join('\n'), peer)
        break
      }
      case 'cancel':
        for (const { id } of command.number === undefined ? [...conversation.outbox] : [{ id: command.number }]) await conversation.cancel(id)
        break
      case 'instance':
        await conversation.chooseDevice(command.instance)
        break
      case 'tell':
        correspondents.limit(peer)
        await conversation.tellUnreadable()
        this.#inform(`${peer} was told, in clear, that you could not read their private lines; the private conversation begins anew`, peer)
        break
      case 'follow':
        await correspondents.follow(peer)
        return
      default:
        unreachable(command)
    }
    correspondents.refresh(held.peer)
  }

  #isChannel(name: string): boolean {
    return this.#parts.correspondents.isChannel(name)
  }

  #inform(text: string, about?: string): void {
    this.#parts.context.show({ type: 'info', text, ...about !== undefined && { about } })
  }

  #turnTo(peer: string | undefined): void {
    const { context: { view }, correspondents } = this.#parts
    view.turnTo(peer)
    if (peer !== undefined) correspondents.refresh(peer)
  }

  #who(): string {
    const { context: { client }, correspondents } = this.#parts
    const peers = client.peers()
    return peers.length === 0 ? 'nobody yet' : peers.map((peer) => `${peer}: ${inWords(correspondents.indicator(peer))}`).join('\n')
  }

  #log(privately: boolean | undefined): void {
    const { log, record } = this.#parts
    if (record !== undefined) this.#inform(record.state)
    if (log === undefined) {
      this.#inform('nothing of what is said is kept; --log DIR keeps what is said in clear')
      return
    }
    if (privately !== undefined) log.privately = privately
    this.#inform(log.state)
  }

  #offline(): ChatPrekeys {
    const { prekeys } = this.#parts
    if (prekeys === undefined) throw new OtrError('OTR_ARGUMENT', 'no prekey server is known: start with --prekey-server NAME')
    return prekeys
  }

  /**
   * Sends what somebody writes, or does (`action`). The network's own form of an action is in clear, so only the library decides whether it is used:
   * it marks the line of an action that goes in clear. Everywhere else an action is sent as text.
   */
  async #say(peer: string, text: string, action = false): Promise<void> {
    if (this.#isChannel(peer)) {
      await this.#inChannels.run({ do: 'say', text }, peer)
      return
    }
    const { context: { client, transport }, correspondents } = this.#parts
    correspondents.limit(peer)
    const conversation = client.conversation(peer)
    // The network must be able to transport a text in clear. An encrypted one may contain anything.
    const lost = conversation.status.sending === 'plaintext' ? transport.whatIsLost(text) : undefined
    if (lost !== undefined) throw new OtrError('OTR_TRANSPORT_TEXT', `it was not sent: ${lost}. Leave that out, or /otr start first: private text can hold it`)
    const outcome = await conversation.send(text, { action })
    if ('sent' in outcome) correspondents.sent(peer, text, outcome)
    correspondents.refresh(peer)
  }

  async #allowVersion2(conversation: ClientConversation, yes: boolean | undefined): Promise<void> {
    const { peer, keys, status } = conversation
    // An imported key, and one that was shown in version 2 alone, do not show that its owner has version 3.
    const newer = keys.some(({ version, lastSeen, onlyIn2 }) => version === 4 || (lastSeen !== undefined && onlyIn2 !== true))
    const stood = status.sessions.some(({ version, state }) => version === 2 && state === 'encrypted')
    if (yes !== undefined) await conversation.setPolicy({ allowV2: yes })
    this.#inform(allowText(peer, { yes, allowed: conversation.policy.allowV2, ended: stood && yes === false, newer }), peer)
  }

  async #trust(conversation: ClientConversation, verified: boolean, given: string | undefined): Promise<void> {
    const { peer } = conversation
    const digits = given?.replace(/[\s:]/g, '').toLowerCase()
    await conversation.trust(verified ? 'verified' : 'unknown', digits === undefined ? {} : { fingerprint: digits, version: digits.length > 40 ? 4 : 3 })
    const fingerprint = digits ?? conversation.status.sessions[0]?.fingerprint ?? ''
    this.#parts.context.show({ type: 'trust', peer, verified, fingerprint })
  }
}

function formatText(peer: string, format: TextFormat | 'auto'): string {
  switch (format) {
    case 'auto': return `how ${peer}'s program writes and reads private text is found out by what they write`
    case 'plain': return `private text to and from ${peer} goes and is shown as it was typed`
    case 'html': return `private text to ${peer} is written as HTML, and theirs is read as HTML`
    case 'escapes': return `< > and & in private text to ${peer} are written as HTML has them; theirs is shown as it comes`
  }
}
