import { mkdirSync, writeFileSync } from 'node:fs'
import type { Correspondent } from './correspondent.js'
import type { Losable } from './losable.js'
import type { Workplace } from './programs.js'
import { domain, password } from './prosody.js'
import type { Screen, Tmux } from './screen.js'

/** Mcabber in a terminal, with our chat selected in its list. */
export class Mcabber implements Correspondent, Losable {
  readonly name = 'mcabber'
  readonly address: string
  readonly asksQuestions = false
  readonly #ours: string
  readonly #start: (times: number) => Promise<Screen>
  #screen: Screen
  #started = 1

  private constructor(screen: Screen, account: string, ours: string, start: (times: number) => Promise<Screen>) {
    this.#screen = screen
    this.address = `${account}@${domain}`
    this.#ours = `${ours}@${domain}`
    this.#start = start
  }

  get screen(): Screen {
    return this.#screen
  }

  kill(): Promise<void> {
    return this.screen.kill()
  }

  async reopen(): Promise<void> {
    this.#screen = await this.#start(++this.#started)
  }

  shown(): Promise<string> {
    return this.screen.text()
  }

  /** `policy`: `manual` answers queries, `opportunistic` white-space tags too. */
  static async open(workplace: Workplace, tmux: Tmux, port: number, account: string, ours: string, policy: 'manual' | 'opportunistic' = 'manual'): Promise<Mcabber> {
    const home = workplace.path('mcabber')
    mkdirSync(`${home}/otr`, { recursive: true })
    // Left to itself it takes no part in OTR.
    writeFileSync(`${home}/mcabberrc`, `
set jid = ${account}@${domain}
set password = ${password}
set server = 127.0.0.1
set port = ${port}
set tls = 0
set otr = 1
set otr_dir = ${home}/otr
set beep_on_message = 0
set log_win_height = 100
otrpolicy default ${policy}
`)
    const start = async (times: number): Promise<Screen> => {
      const screen = await tmux.open(`mcabber-${times}`, ['mcabber', '-f', `${home}/mcabberrc`], 3500)
      if (times === 1) await screen.shows('OTR key generated', 1, 60)
      await screen.shows('Connection established')
      await screen.shows(`${ours}@`)
      await screen.type(`/roster search ${ours}`)
      await screen.shows(`Buddy: ${ours}@${domain}`)
      // An empty line opens the conversation with the one who is selected.
      await screen.key('Enter')
      return screen
    }
    return new Mcabber(await start(1), account, ours, start)
  }

  async say(text: string): Promise<void> {
    await this.screen.type(text)
  }

  async hears(text: string): Promise<void> {
    await this.screen.shows(text)
  }

  async start(): Promise<void> {
    await this.screen.type(`/otr start ${this.#ours}`)
  }

  async isPrivate(times: number): Promise<void> {
    await this.screen.shows(/OTR: channel (?:re)?established/, times)
  }

  async fingerprint(): Promise<string> {
    await this.screen.type('/otr key')
    const pattern = new RegExp(`${this.address}: ([0-9A-F]{8}(?: [0-9A-F]{8}){4})`)
    return pattern.exec(await this.screen.shows(pattern))?.[1]?.replaceAll(' ', '').toLowerCase() ?? ''
  }

  async verify(secret: string): Promise<void> {
    await this.screen.type(`/otr smpq ${this.#ours} ${secret}`)
  }

  async isAsked(question?: string): Promise<void> {
    await this.screen.shows('Received SMP Initiation')
    if (question !== undefined) await this.screen.shows(question)
  }

  async answer(secret: string): Promise<void> {
    await this.screen.type(`/otr smpr ${this.#ours} ${secret}`)
  }

  async succeeds(times: number): Promise<void> {
    await this.screen.shows(/Socialist Millionaires' Protocol: Success!/, times)
  }

  async fails(times: number): Promise<void> {
    await this.screen.shows(/Socialist Millionaires' Protocol: Failure\./, times)
  }

  async end(): Promise<void> {
    await this.screen.type(`/otr stop ${this.#ours}`)
  }

  async isEnded(): Promise<void> {
    await this.screen.shows(/OTR: channel closed/)
  }
}
