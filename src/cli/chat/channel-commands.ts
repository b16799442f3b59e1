import { OtrError } from '../../errors.js'
import type { Channels } from '../../transport/channels.js'
import type { CommandAboutSomebody } from './commands.js'
import type { ChatContext, Correspondents, Held } from './correspondents.js'

/** Runs the commands about channels. What is said in one is in clear, and no OTR conversation has anything to do with it. */
export class ChannelCommands {
  readonly #context: ChatContext
  readonly #correspondents: Correspondents

  constructor(context: ChatContext, correspondents: Correspondents) {
    this.#context = context
    this.#correspondents = correspondents
  }

  async join(name: string, password: string | undefined): Promise<void> {
    const channels = this.#channels()
    await channels.join(name, password)
    this.#context.view.turnTo(channels.canonical(name))
  }

  /** `named` undefined: the channel in front of the person. */
  part(named: string | undefined, to: Held | undefined): void {
    const channels = this.#channels()
    const name = this.#meant(named, to)
    channels.part(name)
    this.#context.view.forget(channels.canonical(name))
  }

  /** `named` undefined: the channel in front of the person. */
  names(named: string | undefined, to: Held | undefined): void {
    this.#channels().names(this.#meant(named, to))
  }

  /** The window of a channel is being closed. It would come back with the next line said there, so we leave the channel. */
  leave(name: string): void {
    try {
      this.#channels().part(name)
    } catch {
      // We are not in it any more.
    }
  }

  /**
   * Runs a command that was typed with a channel in front. Only talking is possible there; everything else is about one person.
   *
   * @throws OtrError `OTR_ARGUMENT` for any other command
   */
  async run(command: CommandAboutSomebody, name: string): Promise<void> {
    if (command.do !== 'say' && command.do !== 'me') {
      throw new OtrError('OTR_ARGUMENT', `${name} is a channel: everybody there and the server reads it, and OTR does nothing in it. Talk privately with one person: /with NAME`)
    }
    const channels = this.#channels()
    const action = command.do === 'me'
    await channels.say(name, command.text, { action })
    const { show, transport } = this.#context
    show({ type: 'channel', channel: channels.canonical(name), event: action ? 'did' : 'said', who: transport.account, text: command.text, own: true })
  }

  #channels(): Channels {
    const { channels } = this.#context.transport
    if (channels === undefined) throw new OtrError('OTR_ARGUMENT', 'this network has no channels')
    return channels
  }

  #meant(named: string | undefined, to: Held | undefined): string {
    if (named !== undefined) return named
    if (to === undefined || !this.#correspondents.isChannel(to.peer)) throw new OtrError('OTR_ARGUMENT', 'which channel? /names #CHANNEL, /part #CHANNEL')
    return to.peer
  }
}
