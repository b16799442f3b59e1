import type { Client, IrcMessage } from 'irc-framework'
import { transportError } from '../transport.js'
import { plainWords } from './server-text.js'

/** What an attempt to log in reports. */
export interface LoginTold {
  /** The server has let us in, as `nick`. A bouncer says so again when it finds its server later. */
  readonly entered: (nick: string) => void
  /** The connection is over. `final`: another attempt would end the same way. */
  readonly ended: (error: Error, how: { readonly final: boolean }) => void
}

/** What to log in with. */
export interface LoginOptions {
  readonly where: string
  readonly nick: string
  /** There is a SASL password: without a login by SASL the attempt fails. */
  readonly sasl: boolean
  /** A password for the server was sent. */
  readonly serverPassword: boolean
}

const answerWithinMs = 30_000
/** A server that refuses us often says more in further lines, and does not always close the connection. */
const wordsWithinMs = 400
/** How many more nicks are tried when ours is in use. */
const moreNicks = 3
/** The password is wrong, our host is not allowed, we are banned: `ERR_PASSWDMISMATCH`, `ERR_NOPERMFORHOST`, `ERR_YOUREBANNEDCREEP`. */
const refusals: ReadonlySet<string> = new Set(['464', '463', '465'])

/** One attempt to log in to a server, until it lets us in or refuses. Reports why the connection ended, in the server's words. */
export class Login {
  readonly #client: Client
  readonly #options: LoginOptions
  readonly #told: LoginTold
  readonly #deadline: NodeJS.Timeout
  #leaving: NodeJS.Timeout | undefined
  #words: string[] = []
  #entered = false
  #loggedIn: boolean
  #refused = false
  #final = false
  #failure = 'connection closed'
  #tries = 0

  constructor(client: Client, options: LoginOptions, told: LoginTold) {
    this.#client = client
    this.#options = options
    this.#told = told
    this.#loggedIn = !options.sasl
    this.#deadline = setTimeout(() => {
      this.#failure = 'no answer'
      client.quit()
    }, answerWithinMs)
    client.on('loggedin', () => { this.#loggedIn = true })
    client.on('sasl failed', ({ reason, message }: { reason: string, message?: string }) => {
      this.#refuse(`login failed: ${message === undefined ? reason.replaceAll('_', ' ') : plainWords(message)}`, true)
    })
    client.on('nick in use', ({ nick }: { nick: string }) => { this.#nickInUse(nick) })
    client.on('nick invalid', ({ nick }: { nick: string }) => { this.#refuse(`the server does not take the nick ${plainWords(nick)}`) })
    client.on('socket error', (error: Error) => { this.#failure = error.message })
    client.on('registered', ({ nick }: { nick?: string }) => { this.#registered(nick ?? options.nick) })
    client.on('close', (error: unknown) => {
      if (error instanceof Error) this.#failure = error.message
      this.#end()
    })
  }

  /** Call this with every line of the server's, before anything else sees it. */
  line({ command, params }: IrcMessage): void {
    const text = plainWords(params.at(-1) ?? '')
    if (command === 'ERROR') this.#words.push(text)
    if (this.#entered) return
    if (command === 'NOTICE') this.#words.push(text)
    // Other errors do not end the attempt: old servers do not know `CAP`, and a nick in use is followed by another one.
    if (refusals.has(command)) {
      this.#words = [text]
      this.#refused = true
      this.#final = true
      this.#leaving ??= setTimeout(() => { this.#client.quit() }, wordsWithinMs)
    }
  }

  /** Stops the timers. */
  stop(): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#leaving)
  }

  #registered(nick: string): void {
    if (!this.#loggedIn) {
      this.#refuse('the server takes no login by SASL', true)
      return
    }
    clearTimeout(this.#deadline)
    this.#entered = true
    this.#words = []
    this.#told.entered(nick)
  }

  #nickInUse(nick: string): void {
    if (this.#entered) return
    if (++this.#tries > moreNicks) this.#refuse(`the nick ${plainWords(nick)} is in use`)
    else this.#client.raw(`NICK ${this.#options.nick}${'_'.repeat(this.#tries)}`)
  }

  #refuse(why: string, final = false): void {
    if (this.#entered) return
    this.#words = [why]
    this.#refused = true
    this.#final = final
    this.#client.quit()
  }

  #end(): void {
    this.stop()
    const { where, serverPassword } = this.#options
    const words = [...new Set(this.#words)].filter((word) => word !== '').join(' ')
    const how = { final: this.#final }
    if (this.#refused) {
      const hint = serverPassword ? '' : this.#words[0]?.toLowerCase().includes('password') === true ? ' (no server password was given)' : ''
      this.#told.ended(transportError('REFUSED', `${where} will not let you in: ${words}${hint}`), how)
    } else if (words !== '' && this.#failure === 'connection closed') this.#told.ended(transportError('CONNECT', `${where} closed the connection: ${words}`), how)
    else this.#told.ended(transportError('CONNECT', `no IRC at ${where}: ${this.#failure}${words === '' ? '' : `; it said: ${words}`}`), how)
  }
}
