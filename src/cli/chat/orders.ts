import { OtrError } from '../../errors.js'
import type { ClientConversation, SendOptions } from '../../index.js'
import { chatHelp, otrHelp, type ChatCommand } from './commands.js'
import { describeKeys, ownCode, ownFingerprints } from './describe-keys.js'
import type { Desk } from './desk.js'
import { isKeptCommand, obeyKept } from './kept-commands.js'
import { formatPolicy, parsePolicy } from './policy-option.js'
import type { ChatPrekeys } from './prekeys.js'
import type { Standing } from './shown.js'

/** Does what the person types. */
export class Orders {
  readonly #desk: Desk
  readonly #prekeys: ChatPrekeys | undefined

  constructor(desk: Desk, prekeys: ChatPrekeys | undefined) {
    this.#desk = desk
    this.#prekeys = prekeys
  }

  /** Does one thing. Rejects with what cannot be done, and why. */
  async obey(command: ChatCommand): Promise<void> {
    switch (command.do) {
      case 'nothing':
      case 'quit':
        return
      case 'wrong':
        this.#desk.view.show({ type: 'error', text: command.why })
        return
      case 'help':
        this.#desk.inform(command.about === 'otr' ? otrHelp : chatHelp)
        return
      case 'clear-screen':
        this.#desk.view.clear()
        return
      case 'who': {
        const peers = this.#desk.client.peers()
        this.#desk.inform(peers.length === 0 ? 'nobody yet' : peers.map((peer) => `${peer}: ${this.#desk.standing(peer)}${this.#desk.verified(peer) ? ', verified' : ''}`).join('\n'))
        return
      }
      case 'with':
        this.#desk.peer = command.peer === undefined ? undefined : this.#desk.transport.canonical(command.peer)
        return
      case 'msg':
        await this.#say(this.#desk.transport.canonical(command.peer), command.text)
        return
      case 'agree':
        this.#offline().agree(command.yes)
        return
      case 'policy':
        if (command.changes === '') this.#desk.inform(formatPolicy(this.#desk.client.policy))
        else await this.#desk.client.setPolicy(parsePolicy(command.changes))
        return
      default:
        await this.#obeyAbout(command)
    }
  }

  /** Commands about the one who is talked with. */
  async #obeyAbout(command: Exclude<ChatCommand, { do: 'nothing' | 'quit' | 'wrong' | 'help' | 'clear-screen' | 'who' | 'with' | 'msg' | 'policy' | 'agree' }>): Promise<void> {
    if (command.do === 'fingerprint' && this.#desk.peer === undefined) {
      this.#desk.inform((command.form === 'qr' ? ownCode(this.#desk.client) : ownFingerprints(this.#desk.client, command.form)).join('\n'))
      return
    }
    const peer = this.#desk.peer
    if (peer === undefined) throw new OtrError('OTR_ARGUMENT', 'with whom? /with NAME')
    const conversation = this.#desk.client.conversation(peer)
    if (isKeptCommand(command)) {
      const lines = await obeyKept(command, this.#desk.client, conversation)
      if (lines.length > 0) this.#desk.inform(lines.join('\n'))
      return
    }
    switch (command.do) {
      case 'say':
        await this.#say(peer, command.text)
        break
      case 'start':
        this.#desk.limit(peer)
        await conversation.start()
        break
      case 'end':
        await conversation.end()
        break
      case 'abort':
        await conversation.abort()
        break
      case 'go-clear':
        this.#desk.leaving = peer
        await conversation.continueInPlaintext().finally(() => { this.#desk.leaving = undefined })
        this.#desk.inform(`what you write to ${peer} goes in clear from now on`)
        break
      case 'status':
        this.#desk.inform(this.#describe(conversation))
        break
      case 'accept':
        await conversation.trust('seen')
        this.#desk.inform(`you go on with the key that ${peer} uses now; it is not verified`)
        break
      case 'trust':
        await this.#trust(conversation, command.verified, command.fingerprint)
        break
      case 'smp':
        await this.#verify(conversation, command.question, command.secret)
        break
      case 'answer': {
        const secret = command.secret ?? await this.#desk.view.secret('your answer')
        if (secret === undefined) throw new OtrError('OTR_ARGUMENT', 'nothing was answered; /otr answer SECRET')
        await conversation.answer(secret)
        break
      }
      case 'offline':
        this.#offline().write(peer, command.text)
        break
      case 'outbox': {
        const held = conversation.outbox
        this.#desk.inform(held.length === 0 ? 'nothing waits' : held.map(({ id, text }) => `${id}: ${text}`).join('\n'))
        break
      }
      case 'cancel':
        for (const { id } of command.number === undefined ? [...conversation.outbox] : [{ id: command.number }]) await conversation.cancel(id)
        break
      case 'instance':
        if (command.instance === undefined) this.#desk.instances.delete(peer)
        else this.#desk.instances.set(peer, command.instance)
    }
  }

  #offline(): ChatPrekeys {
    if (this.#prekeys === undefined) throw new OtrError('OTR_ARGUMENT', 'no prekey server is known: start with --prekey-server NAME')
    return this.#prekeys
  }

  async #say(peer: string, text: string): Promise<void> {
    this.#desk.limit(peer)
    const instance = this.#desk.instances.get(peer)
    const options: SendOptions = instance === undefined ? {} : { to: instance }
    const result = await this.#desk.client.conversation(peer).send(text, options)
    if ('held' in result) return
    this.#desk.sent(peer, text, result.sent === 'encrypted')
  }

  async #verify(conversation: ClientConversation, question: string | undefined, given: string | undefined): Promise<void> {
    if (this.#desk.standing(conversation.peer) !== 'private') throw new OtrError('OTR_NOT_ENCRYPTED', 'the conversation is not private: /otr start first')
    const secret = given ?? await this.#desk.view.secret(question === undefined ? 'the secret that you share' : 'the answer that you expect')
    if (secret === undefined) throw new OtrError('OTR_ARGUMENT', 'a secret is needed; /otr smp ["QUESTION"] SECRET')
    if (question?.toLowerCase().includes(secret.toLowerCase()) === true) {
      throw new OtrError('OTR_ARGUMENT', 'the question contains the answer: everybody could give it')
    }
    await conversation.verify(secret, question === undefined ? {} : { question })
    this.#desk.inform(`${conversation.peer} is being asked`)
  }

  async #trust(conversation: ClientConversation, verified: boolean, given: string | undefined): Promise<void> {
    const { peer } = conversation
    const digits = given?.replace(/[\s:]/g, '').toLowerCase()
    await conversation.trust(verified ? 'verified' : 'unknown', digits === undefined ? {} : { fingerprint: digits, version: digits.length > 40 ? 4 : 3 })
    const fingerprint = digits ?? conversation.status.sessions[0]?.fingerprint ?? ''
    this.#desk.view.show({ type: 'trust', peer, verified, fingerprint })
  }

  #describe(conversation: ClientConversation): string {
    const { peer, status } = conversation
    const standing: Record<Standing, string> = {
      clear: `what you write to ${peer} goes in clear`,
      starting: `a private conversation with ${peer} is about to start`,
      private: `the conversation with ${peer} is private, and the key is ${this.#desk.verified(peer) ? 'verified' : 'NOT verified'}`,
      ended: `the private conversation with ${peer} is over; what you write waits (/otr start or /otr clear)`,
    }
    const sessions = status.sessions.filter(({ state }) => state !== 'plaintext').map(({ instance, version, state, trust, ssid, ssidBold }) => {
      const halves = [ssid?.slice(0, 8), ssid?.slice(8)].map((half, at) => (at === 0) === (ssidBold === 'first') ? `*${half ?? ''}*` : half ?? '')
      return `instance ${instance.toString(16).padStart(8, '0')}: version ${version}, ${state}, ${trust}${ssid === undefined ? '' : `, session ${halves.join(' ')}`}`
    })
    const held = status.held === 0 ? [] : [`${status.held} messages wait: /otr outbox`]
    return [standing[this.#desk.standing(peer)], ...sessions, ...ownFingerprints(this.#desk.client), ...describeKeys(conversation), ...held].join('\n')
  }
}
