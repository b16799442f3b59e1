import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { literal } from './chat.js'
import { clientKeyFile } from './client-keys.js'
import { until, type Workplace } from './programs.js'
import { textsBehind, type WindowClient } from './window-client.js'
import { Windows } from './windows.js'

/** HexChat with its OTR plugin, on one server, with a dialog open with our side. */
export class HexChat implements WindowClient {
  readonly name = 'HexChat'
  readonly address: string
  readonly #windows: Windows
  readonly #log: string
  readonly #ours: string

  private constructor(windows: Windows, nick: string, ours: string, log: string) {
    this.#windows = windows
    this.address = nick
    this.#ours = ours
    this.#log = log
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
    const program = workplace.start('hexchat', ['hexchat', '-d', home, `irc://127.0.0.1:${port}`], windows.env)
    const hexchat = new HexChat(windows, nick, ours, `${home}/logs/${ours}.log`)
    const titled = (pattern: RegExp): Promise<true> => until(async () => {
      if (program.gone) throw new Error(`HexChat ended: ${program.output}`)
      return (await windows.titles()).some((title) => pattern.test(title)) ? true : undefined
    }, 30, () => `HexChat has no window ${String(pattern)}: ${program.output}`)
    // It warns root, and waits for an answer.
    if (process.getuid?.() === 0) await until(async () => await windows.press('Warning', 'OK') > 0 ? true : undefined, 30, () => 'HexChat warns of nothing')
    await titled(new RegExp(`^${literal(nick)} @ `))
    await windows.type(`${nick} @ .*`, `/query ${ours}`)
    await titled(new RegExp(`^Dialog with ${literal(ours)} @ `))
    return hexchat
  }

  /** The dialog's log: HexChat gives each line to it and to the widget, which interprets nothing but codes for colours. The widget itself draws text that no screen reader sees. */
  screen(): Promise<string> {
    return Promise.resolve(existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '')
  }

  async heard(): Promise<string[]> {
    return textsBehind(await this.screen(), new RegExp(`[*<]${literal(this.#ours)}[*>]\\t`), /\S+\t/)
  }

  async say(text: string): Promise<void> {
    await this.#windows.type(`Dialog with ${literal(this.#ours)} @ .*`, text)
  }
}
