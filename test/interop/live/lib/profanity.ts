import { mkdirSync, writeFileSync } from 'node:fs'
import { clientKeyFile } from './client-keys.js'
import type { Correspondent } from './correspondent.js'
import type { Workplace } from './programs.js'
import { domain, password } from './prosody.js'
import type { Screen, Tmux } from './screen.js'

/** Profanity in a terminal, with our chat's window open. Of OTR it has version 2 alone. */
export class Profanity implements Correspondent {
  readonly name = 'Profanity'
  readonly address: string
  readonly asksQuestions = true
  readonly screen: Screen
  #ends = 0
  #questions = 0
  #secrets = 0
  #answerWith = 'answer'

  private constructor(screen: Screen, account: string) {
    this.screen = screen
    this.address = `${account}@${domain}`
  }

  /** `policy`: `manual` answers queries, `opportunistic` sends and answers white-space tags too. */
  static async open(workplace: Workplace, tmux: Tmux, port: number, account: string, ours: string, policy: 'manual' | 'opportunistic' = 'manual'): Promise<Profanity> {
    const home = workplace.path('profanity')
    const address = `${account}@${domain}`
    const keys = `${home}/data/profanity/otr/${account}_at_${domain}`
    for (const folder of [keys, `${home}/config/profanity`]) mkdirSync(folder, { recursive: true })
    writeFileSync(`${keys}/keys.txt`, clientKeyFile('xmpp', address))
    // Without this file it takes no notice of the key.
    writeFileSync(`${keys}/fingerprints.txt`, '')
    writeFileSync(`${home}/data/profanity/accounts`, `[${address}]
enabled=true
jid=${address}
server=127.0.0.1
port=${port}
password=${password}
resource=profanity
tls.policy=disable
`)
    writeFileSync(`${home}/config/profanity/profrc`, `[ui]
splash=false
roster=false
beep=false
wrap=false
[otr]
policy=${policy}
`)
    // Lines of a conversation are not to wrap.
    const screen = await tmux.open('profanity', ['profanity', '-a', address], 3500, { XDG_DATA_HOME: `${home}/data`, XDG_CONFIG_HOME: `${home}/config` })
    await screen.shows('logged in successfully')
    await screen.type(`/msg ${ours}@${domain}`)
    await screen.shows(new RegExp(`^ ?${ours}@${domain} \\[`))
    return new Profanity(screen, account)
  }

  async say(text: string): Promise<void> {
    await this.screen.type(text)
  }

  async hears(text: string): Promise<void> {
    await this.screen.shows(text)
  }

  async start(): Promise<void> {
    await this.screen.type('/otr start')
  }

  async isPrivate(times: number): Promise<void> {
    await this.screen.shows(/OTR session started/, times)
  }

  async fingerprint(): Promise<string> {
    await this.screen.type('/otr myfp')
    const pattern = /Your OTR fingerprint: ([0-9A-F]{8}(?: [0-9A-F]{8}){4})/
    return pattern.exec(await this.screen.shows(pattern))?.[1]?.replaceAll(' ', '').toLowerCase() ?? ''
  }

  async verify(secret: string, question?: string): Promise<void> {
    await this.screen.type(question === undefined ? `/otr secret ${secret}` : `/otr question "${question}" ${secret}`)
  }

  async isAsked(question?: string): Promise<void> {
    if (question === undefined) await this.screen.shows(/wants to authenticate your identity, use/, ++this.#secrets)
    else {
      await this.screen.shows(/wants to authenticate your identity with the following question:/, ++this.#questions)
      await this.screen.shows(question)
    }
    this.#answerWith = question === undefined ? 'secret' : 'answer'
  }

  async answer(secret: string): Promise<void> {
    await this.screen.type(`/otr ${this.#answerWith} ${secret}`)
  }

  async succeeds(times: number): Promise<void> {
    await this.screen.shows(/Authentication successful\.|successfully authenticated you\./, times)
  }

  async fails(times: number): Promise<void> {
    await this.screen.shows(/Authentication failed|failed to authenticate you/, times)
  }

  async end(): Promise<void> {
    await this.screen.type('/otr end')
    await this.screen.shows(/OTR session ended\./, ++this.#ends)
  }

  async isEnded(): Promise<void> {
    await this.screen.shows(/OTR session ended\./, ++this.#ends)
  }
}
