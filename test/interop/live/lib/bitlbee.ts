import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Correspondent } from './correspondent.js'
import type { Losable } from './losable.js'
import { freePort, listening, until, type Program, type Workplace } from './programs.js'
import { domain, password } from './prosody.js'

/** IRC's control characters for colours, which it gives to private messages, and for bold; and the line ends' first half. */
const formatting = new RegExp(String.raw`(?:${String.fromCharCode(3)}\d{0,2}|[${String.fromCharCode(2, 15, 31)}\r])`, 'g')

type Start = () => Promise<{ readonly program: Program, readonly port: number }>

/** Bitlbee with its OTR plugin: an XMPP client whose user talks to it as to an IRC server, in plain lines. */
export class Bitlbee implements Correspondent, Losable {
  readonly name = 'bitlbee'
  readonly address: string
  readonly asksQuestions = true
  readonly #account: string
  readonly #ours: string
  readonly #start: Start
  #program: Program | undefined
  #socket: Socket | undefined
  #screen = ''

  private constructor(account: string, ours: string, start: Start) {
    this.#account = account
    this.#ours = ours
    this.#start = start
    this.address = `${account}@${domain}`
  }

  /** Starts it, registers, logs the account in on a server on this machine, and makes its key. `ours` is our chat's account. */
  static async open(workplace: Workplace, xmppPort: number, account: string, ours: string): Promise<Bitlbee> {
    const home = workplace.path('bitlbee')
    mkdirSync(home)
    writeFileSync(`${home}/bitlbee.conf`, '[settings]\n')
    const bitlbee = new Bitlbee(account, ours, async () => {
      const port = await freePort()
      const program = workplace.start('bitlbee', ['bitlbee', '-D', '-n', '-c', `${home}/bitlbee.conf`, '-d', `${home}/`,
        '-i', '127.0.0.1', '-p', String(port), '-P', `${home}/pid`])
      await listening(program, port)
      return { program, port }
    })
    workplace.onClose(() => { bitlbee.#socket?.destroy() })
    await bitlbee.#connect()
    await bitlbee.#root('register secret', /Account successfully created/)
    await bitlbee.#root(`account add jabber ${account}@${domain} "${password}"`, /Account successfully added/)
    await bitlbee.#root('account jabber set server 127.0.0.1', /server = `127\.0\.0\.1'/)
    await bitlbee.#root(`account jabber set port ${xmppPort}`, /port = `/)
    await bitlbee.#root('account jabber set tls false', /tls = `false'/)
    await bitlbee.#root('account jabber on', /Logging in: Logged in/)
    await bitlbee.#root('otr keygen 0', /otr keygen for .* complete/)
    return bitlbee
  }

  async #connect(): Promise<void> {
    const { program, port } = await this.#start()
    this.#screen = ''
    this.#program = program
    this.#socket = connect(port, '127.0.0.1').setEncoding('utf8')
      .on('data', (text: string) => { this.#screen += text.replace(formatting, '') })
      .on('error', () => undefined)
    this.#write(`NICK ${this.#account}`)
    this.#write(`USER ${this.#account} 0 * :${this.#account}`)
    await this.#shows(/Welcome to the control channel/)
  }

  /** Saves what it has, as it does from time to time, and ends without a word. */
  async kill(): Promise<void> {
    await this.#root('save', /Configuration saved/)
    await this.#program?.kill()
  }

  async reopen(): Promise<void> {
    await this.#connect()
    await this.#root('identify secret', /Logging in: Logged in/)
    await this.#shows(new RegExp(`:${this.#ours}!\\S+ JOIN`))
  }

  /** Without colours. */
  shown(): Promise<string> {
    return Promise.resolve(this.#screen)
  }

  /** Leaves the network and comes back under another resource; conversations go on. */
  async moveTo(resource: string): Promise<void> {
    await this.#root('account jabber off', /Signing off/)
    await this.#root(`account jabber set resource ${resource}`, /resource = `/)
    this.#write('PRIVMSG &bitlbee :account jabber on')
    await this.#shows(/Logging in: Logged in/, 2)
  }

  #write(line: string): void {
    this.#socket?.write(`${line}\r\n`)
  }

  async #root(command: string, answer?: RegExp): Promise<void> {
    this.#write(`PRIVMSG &bitlbee :${command}`)
    if (answer !== undefined) await this.#shows(answer)
  }

  async #shows(pattern: RegExp | string, times = 1): Promise<void> {
    await until(() => {
      const found = typeof pattern === 'string' ? this.#screen.split(pattern).length - 1 : [...this.#screen.matchAll(new RegExp(pattern, 'g'))].length
      return found >= times ? true : undefined
    }, 30, () => `bitlbee does not show ${String(pattern)} ${times} times:\n${this.#screen.slice(-4000)}`)
  }

  say(text: string): Promise<void> {
    this.#write(`PRIVMSG ${this.#ours} :${text}`)
    return Promise.resolve()
  }

  /** It cuts long messages into lines. */
  async hears(text: string): Promise<void> {
    await until(() => {
      const lines = this.#screen.split('\n').map((line) => /^:(\S+?)!\S+ PRIVMSG \S+ :(.*)$/.exec(line))
      const heard = lines.filter((match) => match?.[1] === this.#ours).map((match) => match?.[2] ?? '')
      return heard.includes(text) || heard.join('').includes(text) || heard.join(' ').includes(text) ? true : undefined
    }, 30, () => `bitlbee's user does not hear ${text}:\n${this.#screen.slice(-4000)}`)
  }

  async start(): Promise<void> {
    await this.#root(`otr connect ${this.#ours}`)
  }

  async isPrivate(times: number): Promise<void> {
    await this.#shows(/conversation is now off the record|otr connection has been refreshed/, times)
  }

  async fingerprint(): Promise<string> {
    await this.#root('otr info', /prpl-jabber|jabber - DSA/)
    await this.#shows(/- DSA\n.* [0-9A-F]{8}(?: [0-9A-F]{8}){4}/)
    return /- DSA\n.* ([0-9A-F]{8}(?: [0-9A-F]{8}){4})/.exec(this.#screen)?.[1]?.replaceAll(' ', '').toLowerCase() ?? ''
  }

  async verify(secret: string, question?: string): Promise<void> {
    await this.#root(question === undefined ? `otr smp ${this.#ours} "${secret}"` : `otr smpq ${this.#ours} "${question}" "${secret}"`)
  }

  async isAsked(question?: string): Promise<void> {
    await this.#shows(question === undefined ? /smp: initiated by \S+ - respond with/ : question)
  }

  async answer(secret: string): Promise<void> {
    await this.#root(`otr smp ${this.#ours} "${secret}"`)
  }

  async succeeds(times: number): Promise<void> {
    await this.#shows(/smp \S+: (?:correct answer, you are trusted|secrets proved equal)/, times)
  }

  async fails(times: number): Promise<void> {
    await this.#shows(/smp \S+: (?:wrong answer, you are not trusted|secrets did not match)/, times)
  }

  async end(): Promise<void> {
    await this.#root(`otr disconnect ${this.#ours}`)
  }

  async isEnded(): Promise<void> {
    await this.#shows(/conversation is now in cleartext|other end has disconnected/)
  }
}
