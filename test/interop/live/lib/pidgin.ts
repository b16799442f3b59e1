import { mkdirSync, writeFileSync } from 'node:fs'
import { literal } from './chat.js'
import { clientKeyFile } from './client-keys.js'
import { until, type Program, type Workplace } from './programs.js'
import { domain, password } from './prosody.js'
import { textsBehind, type WindowClient } from './window-client.js'
import { Windows } from './windows.js'

interface Account {
  /** Pidgin's name of the protocol. */
  readonly protocol: 'prpl-jabber' | 'prpl-irc'
  readonly name: string
  /** Its password as an element, if it has one. */
  readonly secret: string
  readonly settings: string
  /** How our side addresses it, and what it calls our side. */
  readonly address: string
  readonly ours: string
}

/** Pidgin with its OTR plugin, with one conversation. */
export class Pidgin implements WindowClient {
  readonly name = 'Pidgin'
  readonly address: string
  readonly #windows: Windows
  readonly #ours: string
  readonly #start: () => Program
  #program: Program

  private constructor(windows: Windows, { address, ours }: Account, start: () => Program) {
    this.#windows = windows
    this.address = address
    this.#ours = ours
    this.#start = start
    this.#program = start()
  }

  /** On an XMPP server. */
  static open(workplace: Workplace, port: number, account: string, ours: string): Promise<Pidgin> {
    return Pidgin.#open(workplace, {
      protocol: 'prpl-jabber', name: `${account}@${domain}/home`, address: `${account}@${domain}`, ours: `${ours}@${domain}`,
      secret: `<password>${password}</password>`, settings: `<setting name='connect_server' type='string'>127.0.0.1</setting><setting name='port' type='int'>${port}</setting>
<setting name='connection_security' type='string'>opportunistic_tls</setting><setting name='auth_plain_in_clear' type='bool'>1</setting>`,
    })
  }

  /** On an IRC server. */
  static openOnIrc(workplace: Workplace, port: number, nick: string, ours: string): Promise<Pidgin> {
    return Pidgin.#open(workplace, {
      protocol: 'prpl-irc', name: `${nick}@127.0.0.1`, address: nick, ours, secret: '', settings: `<setting name='port' type='int'>${port}</setting><setting name='ratelimit-interval' type='int'>0</setting>`,
    })
  }

  /** Logs in. */
  static async #open(workplace: Workplace, account: Account): Promise<Pidgin> {
    const { protocol, name, secret, settings } = account
    const home = workplace.path('purple')
    mkdirSync(home)
    writeFileSync(`${home}/otr.private_key`, clientKeyFile(protocol, name))
    writeFileSync(`${home}/accounts.xml`, `<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'><account>
<protocol>${protocol}</protocol><name>${name}</name>${secret}
<settings>${settings}</settings>
<settings ui='gtk-gaim'><setting name='auto-login' type='bool'>1</setting></settings>
</account></account>
`)
    // Without smileys: they are pictures in the place of words.
    writeFileSync(`${home}/prefs.xml`, `<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'><pref name='pidgin'>
<pref name='plugins'><pref name='loaded' type='pathlist'><item value='/usr/lib/pidgin/pidgin-otr.so'/></pref></pref>
<pref name='smileys'><pref name='theme' type='string' value='none'/></pref>
</pref></pref>
`)
    const windows = await Windows.open(workplace)
    const pidgin = new Pidgin(windows, account, () => workplace.start('pidgin', ['pidgin', '-c', home, '-d'], windows.env))
    await pidgin.#isOnline()
    return pidgin
  }

  async #isOnline(): Promise<void> {
    const program = this.#program
    await until(() => {
      if (program.gone) throw new Error(`Pidgin ended: ${program.output.slice(-2000)}`)
      return /Sending.*<presence|irc: [^]* 001 /.test(program.output) ? true : undefined
    }, 30, () => `Pidgin does not log in:\n${program.output.slice(-2000)}`)
  }

  kill(): Promise<void> {
    return this.#program.kill()
  }

  /** Its user opens the conversation, too. */
  async reopen(): Promise<void> {
    this.#program = this.#start()
    await this.#isOnline()
    const call = (method: string, ...values: string[]): Promise<readonly string[]> =>
      this.#windows.call('im.pidgin.purple.PurpleService', '/im/pidgin/purple/PurpleObject', `im.pidgin.purple.PurpleInterface.${method}`, ...values)
    const [account = ''] = await until(async () => {
      const accounts = await call('PurpleAccountsGetAllActive')
      return accounts.length > 0 ? accounts : undefined
    }, 20, () => 'Pidgin has no account')
    await call('PurpleConversationNew', 'int32:1', `int32:${account}`, `string:${this.#ours}`)
  }

  /**
   * What the conversation's text widget holds: Pidgin has rendered the HTML by then, and everything in it is shown (formats and links are attributes
   * of the text). Its neighbours are the field to search in and the one to type in.
   */
  async shown(): Promise<string> {
    const windows = await this.#windows.read(literal(this.#ours))
    return windows.map(([conversation = '']) => conversation).join('\n')
  }

  /** It puts marks of direction around right-to-left lines, which take no room. */
  async heard(): Promise<string[]> {
    const shown = (await this.shown()).replace(/[\u200e\u200f\u202a-\u202e]/g, '')
    return textsBehind(shown, new RegExp(`\\(\\d\\d:\\d\\d:\\d\\d\\) ${literal(this.#ours)}: `), / ?\(\d\d:\d\d:\d\d\) /)
  }

  async say(text: string): Promise<void> {
    await this.#windows.type(literal(this.#ours), text)
  }
}
