import { mkdirSync, writeFileSync } from 'node:fs'
import type { Correspondent } from './correspondent.js'
import type { Losable } from './losable.js'
import type { Workplace } from './programs.js'
import type { Screen, Tmux } from './screen.js'

/** Irssi with its OTR plugin, in a terminal, with a window open for our chat. */
export class Irssi implements Correspondent, Losable {
  readonly name = 'irssi'
  readonly address: string
  readonly asksQuestions = true
  readonly #ours: string
  readonly #start: (times: number) => Promise<Screen>
  #screen: Screen
  #started = 1

  private constructor(screen: Screen, nick: string, ours: string, start: (times: number) => Promise<Screen>) {
    this.#screen = screen
    this.address = nick
    this.#ours = ours
    this.#start = start
  }

  get screen(): Screen {
    return this.#screen
  }

  /**
   * Connects, makes its key, and opens a window for `ours`. Its flood control is off, for it makes every exchange take a minute, or as people
   * have it (`slowly`).
   */
  static async open(workplace: Workplace, tmux: Tmux, port: number, nick: string, ours: string, { slowly = false } = {}): Promise<Irssi> {
    const home = workplace.path(`irssi-${nick}`)
    mkdirSync(home)
    const pace = slowly ? '' : 'cmd_queue_speed = "1msec"; cmds_max_at_once = "1000";'
    writeFileSync(`${home}/config`, `
servers = ({ address = "127.0.0.1"; chatnet = "test"; port = "${port}"; autoconnect = "no"; use_tls = "no"; });
chatnets = { test = { type = "IRC"; ${pace} }; };
settings = {
  core = { real_name = "${nick}"; user_name = "${nick}"; nick = "${nick}"; };
  "irc/core" = { ${pace} };
};
`)
    const start = async (times: number): Promise<Screen> => {
      const screen = await tmux.open(`irssi-${nick}-${times}`, ['irssi', `--home=${home}`, '--noconnect'], 3000)
      await screen.shows(/Irssi v1/)
      await screen.type('/load otr')
      await screen.type('/connect test')
      await screen.shows(/Welcome to/)
      return screen
    }
    const screen = await start(1)
    const irssi = new Irssi(screen, nick, ours, start)
    // A key that is made during an exchange comes too late for it. The plugin's name of the account is that of the network.
    await screen.type('/otr genkey test')
    await screen.shows(/key generation for .* started/i)
    for (let turn = 0; turn < 60; turn++) {
      // It looks for the key's completion only when something else happens.
      await screen.type('/quote PING :x')
      if (await screen.shows(/key generation for .* completed/i, 1, 1).then(() => true, () => false)) break
    }
    await screen.shows(/key generation for .* completed/i, 1, 1)
    await irssi.#query()
    return irssi
  }

  async #query(): Promise<void> {
    await this.screen.type(`/query ${this.#ours}`)
    await this.screen.shows(new RegExp(`\\[${this.#ours}\\]`))
  }

  kill(): Promise<void> {
    return this.screen.kill()
  }

  async reopen(): Promise<void> {
    this.#screen = await this.#start(++this.#started)
    await this.#query()
  }

  shown(): Promise<string> {
    return this.screen.text()
  }

  async say(text: string): Promise<void> {
    await this.screen.type(text)
  }

  async hears(text: string): Promise<void> {
    await this.screen.shows(`<${this.#ours}> ${text}`)
  }

  async start(): Promise<void> {
    await this.screen.type('/otr init')
  }

  async isPrivate(times: number): Promise<void> {
    await this.screen.shows(/Session secured|Secure session/, times)
  }

  async fingerprint(): Promise<string> {
    await this.screen.type('/otr info')
    const screen = await this.screen.shows(/OTR key fingerprint: [0-9A-F ]{44}/)
    return /fingerprint: ([0-9A-F ]{44})/.exec(screen)?.[1]?.replaceAll(' ', '').toLowerCase() ?? ''
  }

  async verify(secret: string, question?: string): Promise<void> {
    await this.screen.type(question === undefined ? `/otr auth ${secret}` : `/otr authq "${question}" "${secret}"`)
  }

  async isAsked(question?: string): Promise<void> {
    await this.screen.shows(question === undefined ? /wants to authenticate\. Use/ : question)
  }

  async answer(secret: string): Promise<void> {
    await this.screen.type(`/otr auth ${secret}`)
  }

  async succeeds(times: number): Promise<void> {
    await this.screen.shows(/Authentication with .* successful/, times)
  }

  async fails(times: number): Promise<void> {
    await this.screen.shows(/Authentication with .* failed/, times)
  }

  async end(): Promise<void> {
    await this.screen.type('/otr finish')
    await this.screen.shows(/Finished conversation with/)
  }

  async isEnded(): Promise<void> {
    await this.screen.shows(/has finished the OTR session|has closed the connection/)
  }
}
