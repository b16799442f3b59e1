import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { literal } from './chat.js'
import { clientKeyFile } from './client-keys.js'
import { until, type Program, type Workplace } from './programs.js'
import { textsBehind, type WindowClient } from './window-client.js'
import { Windows } from './windows.js'

/** HexChat with its OTR plugin, on one server, with a dialog open with our side. */
export class HexChat implements WindowClient {
  readonly name = 'HexChat'
  readonly address: string
  readonly #windows: Windows
  readonly #logs: string
  readonly #ours: string
  readonly #start: () => Program
  #program: Program

  private constructor(windows: Windows, nick: string, ours: string, logs: string, start: () => Program) {
    this.#windows = windows
    this.address = nick
    this.#ours = ours
    this.#logs = logs
    this.#start = start
    this.#program = start()
  }

  /** Connects, and opens a dialog. */
  static async open(workplace: Workplace, port: number, nick: string, ours: string): Promise<HexChat> {
    const home = workplace.path('hexchat')
    mkdirSync(`${home}/otr`, { recursive: true })
    // It calls the account after the network, if the server names one. InspIRCd does.
    writeFileSync(`${home}/otr/otr.key`, clientKeyFile('IRC', `${nick}@Test`, `${nick}@irc.example.test`))
    writeFileSync(`${home}/hexchat.conf`, `irc_nick1 = ${nick}
irc_user_name = ${nick}
irc_real_name = ${nick}
gui_slist_skip = 1
gui_join_dialog = 0
irc_logging = 1
irc_logmask = %c.log
stamp_log = 0
net_throttle = 0
`)
    const windows = await Windows.open(workplace)
    const hexchat = new HexChat(windows, nick, ours, `${home}/logs`,
      () => workplace.start('hexchat', ['hexchat', '-d', home, `irc://127.0.0.1:${port}`], windows.env))
    await hexchat.#isReady()
    return hexchat
  }

  /** It is connected, and the dialog is open. */
  async #isReady(): Promise<void> {
    const [windows, program, nick, ours] = [this.#windows, this.#program, this.address, this.#ours]
    const titled = (pattern: RegExp): Promise<true> => until(async () => {
      if (program.gone) throw new Error(`HexChat ended: ${program.output}`)
      return (await windows.titles()).some((title) => pattern.test(title)) ? true : undefined
    }, 30, () => `HexChat has no window ${String(pattern)}: ${program.output}`)
    // It warns root, and waits for an answer.
    if (process.getuid?.() === 0) await until(async () => await windows.press('Warning', 'OK') > 0 ? true : undefined, 30, () => 'HexChat warns of nothing')
    await titled(new RegExp(`^${literal(nick)} @ `))
    // Its log of the server is named after that, or after the network.
    await until(() => this.#files().some((file) => /message of the day|MOTD/i.test(this.#written(file))) ? true : undefined, 30, () => 'HexChat does not log in')
    await windows.type(`${nick} @ .*`, `/query ${ours}`)
    await titled(new RegExp(`^Dialog with ${literal(ours)} @ `))
  }

  #files(): readonly string[] {
    return existsSync(this.#logs) ? readdirSync(this.#logs) : []
  }

  #written(file: string): string {
    return this.#files().includes(file) ? readFileSync(`${this.#logs}/${file}`, 'utf8') : ''
  }

  kill(): Promise<void> {
    return this.#program.kill()
  }

  async reopen(): Promise<void> {
    rmSync(this.#logs, { recursive: true, force: true })
    this.#program = this.#start()
    await this.#isReady()
  }

  /** The dialog's log: HexChat gives each line to it and to the widget, which interprets nothing but codes for colours. The widget itself draws text that no screen reader sees. */
  shown(): Promise<string> {
    return Promise.resolve(this.#written(`${this.#ours}.log`))
  }

  async heard(): Promise<string[]> {
    return textsBehind(await this.shown(), new RegExp(`[*<]${literal(this.#ours)}[*>]\\t`), /\S+\t/)
  }

  async say(text: string): Promise<void> {
    await this.#windows.type(`Dialog with ${literal(this.#ours)} @ .*`, text)
  }
}
