import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { literal } from './chat.js'
import { clientKey } from './client-keys.js'
import { openDisplay } from './display.js'
import { until, type Program, type Workplace } from './programs.js'
import { domain, password } from './prosody.js'
import { textsBehind, type WindowClient } from './window-client.js'

/**
 * Tkabber with its OTR plugin. It is a Tcl program, and its settings are one too: ours reads scripts from standard input, so that a test can type into
 * its window and read what the window shows.
 */
export class Tkabber implements WindowClient {
  readonly name = 'Tkabber'
  readonly address: string
  readonly #nick: string
  readonly #start: () => Program
  #program: Program
  #asked = 0

  private constructor(start: () => Program, account: string, ours: string) {
    this.#start = start
    this.#program = start()
    this.address = `${account}@${domain}`
    this.#nick = ours
  }

  static async open(workplace: Workplace, port: number, account: string, ours: string): Promise<Tkabber> {
    const home = workplace.path('tkabber')
    mkdirSync(`${home}/plugins`, { recursive: true })
    mkdirSync(`${home}/otr`)
    symlinkSync('/usr/share/tkabber-plugins/otr', `${home}/plugins/otr`)
    const { p, q, g, y, x } = clientKey()
    const numbers = Object.entries({ p, q, g, y, x }).map(([name, value]) => `${name}='${Buffer.from(value).toString('hex')}'`).join(' ')
    writeFileSync(`${home}/otr/keys.xml`, `<?xml version="1.0" encoding="UTF-8"?>
<privkeys xmlns='http://tkabber.jabber.ru/otr'><key jid='${account}@${domain}' type='DSA' ${numbers}/></privkeys>
`)
    writeFileSync(`${home}/config.tcl`, `
array set loginconf {user ${account} server ${domain} password {${password}} resource home usealtserver 1 altserver 127.0.0.1 altport ${port}
  allowauthplain 1 stream_options plaintext stream_management 0}
set autologin 1
set show_splash_window 0
fconfigure stdin -blocking 0 -buffering line -encoding ascii
fconfigure stdout -buffering line -encoding ascii
fileevent stdin readable {
  if {[gets stdin line] >= 0} {
    set failed [catch {uplevel #0 [encoding convertfrom utf-8 [binary decode base64 [lindex $line 1]]]} result]
    puts "answer [lindex $line 0] $failed [binary encode base64 [encoding convertto utf-8 $result]]"
  }
}
`)
    const display = await openDisplay(workplace)
    const tkabber = new Tkabber(() => workplace.start('tkabber', ['tkabber'], { DISPLAY: display, TKABBER_HOME: home }), account, ours)
    await tkabber.#isOnline()
    return tkabber
  }

  async #isOnline(): Promise<void> {
    await until(async () => await this.#ask('connections') !== '' ? true : undefined, 30, () => `Tkabber does not log in: ${this.#program.output}`)
  }

  kill(): Promise<void> {
    return this.#program.kill()
  }

  /** Its user opens the conversation, too. */
  async reopen(): Promise<void> {
    this.#program = this.#start()
    await this.#isOnline()
    await until(async () => await this.#ask(`get_jid_of_user [lindex [connections] 0] ${this.#nick}@${domain}`) !== `${this.#nick}@${domain}` ? true : undefined, 30,
      () => 'Tkabber does not see our side')
    await this.#ask(`chat::open_to_user {} ${this.#nick}@${domain}`)
  }

  /** Has it run a script. Gives the result. */
  async #ask(script: string): Promise<string> {
    const number = ++this.#asked
    this.#program.child.stdin?.write(`${number} ${Buffer.from(script, 'utf8').toString('base64')}\n`)
    const [, failed, result = ''] = await until(() => {
      if (this.#program.gone) throw new Error(`Tkabber ended: ${this.#program.output}`)
      return new RegExp(`^answer ${number} (\\d) (.*)$`, 'm').exec(this.#program.output) ?? undefined
    }, 30, () => `Tkabber does not answer ${script}: ${this.#program.output.slice(-2000)}`)
    const text = Buffer.from(result, 'base64').toString('utf8')
    if (failed !== '0') throw new Error(`${script}: ${text}`)
    return text
  }

  /** What the window shows of the conversations with our side: one for each of its resources. Characters that are hidden, as those under a smiley, are left out. */
  shown(): Promise<string> {
    return this.#ask(`set shown {}; foreach id [chat::opened] { append shown [[chat::chat_win $id] get -displaychars 1.0 end] }; set shown`)
  }

  async heard(): Promise<string[]> {
    return textsBehind(await this.shown(), new RegExp(`\\[\\d\\d:\\d\\d\\]<${literal(this.#nick)}> `), /\[\d\d:\d\d\]/)
  }

  async say(text: string): Promise<void> {
    await this.#ask(`set id [lindex [chat::opened] end]; set input [chat::input_win $id]
      $input insert end [encoding convertfrom utf-8 [binary decode base64 ${Buffer.from(text, 'utf8').toString('base64')}]]`)
    // A key goes to whatever has the focus, which may come a moment later.
    await until(async () => await this.#ask('focus -force $input; update; if {[focus] eq $input} {event generate $input <Return>}; $input get 1.0 end-1c') === '' ? true : undefined,
      20, () => `Tkabber does not take ${text}`)
  }
}
