import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program, type Answer } from './program.js'
import type { Story } from './story.js'

const server = 'prekeys.example'

/** The programs of the scene. They start while the story before it is printed. */
export class Away {
  readonly #folder: string
  readonly #all: Program[] = []
  readonly #running = new Map<string, Program>()
  /** What the network keeps for those who are away. */
  readonly #kept: { readonly from: string, readonly to: string, readonly message: string }[] = []
  /** Everything that went over it. */
  readonly saw: string[] = []
  /** What the people have learned. */
  readonly told: { readonly who: string, readonly event: Readonly<Record<string, unknown>> }[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Starts a prekey server, Alice's program and Bob's. */
  static async begin(): Promise<Away> {
    const away = new Away(await mkdtemp(join(tmpdir(), 'otr4-demo-')))
    for (const name of [server, 'alice', 'bob']) away.start(name)
    return away
  }

  /** Starts a program. If it ran before, its state is there. */
  start(name: string): void {
    const program = new Program(name, name === server ? undefined : join(this.#folder, name), 'only for this demonstration')
    this.#all.push(program)
    this.#running.set(name, program)
  }

  /** Ends a program and its process. */
  async leave(name: string): Promise<void> {
    await this.#running.get(name)?.leave()
    this.#running.delete(name)
  }

  /** Sets a program's clock and account. */
  async open(name: string): Promise<void> {
    await this.#of(name).ask('clock', { now: Date.now() / 1000 })
    if (name !== server) await this.#told(name, await this.#of(name).ask('account', { account: name, versions: '4' }))
  }

  /** Makes a request, and delivers all lines that it causes to those who are there. */
  async ask(name: string, cmd: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const answer = await this.#of(name).ask(cmd, fields)
    await this.#told(name, answer)
    return answer
  }

  /** Delivers what waits for somebody who is back. */
  async deliver(): Promise<void> {
    for (const { from, to, message } of this.#kept.splice(0)) await this.#carry(from, to, message)
  }

  /** The events of one kind that a person has had so far. */
  events(who: string, type: string): Readonly<Record<string, unknown>>[] {
    return this.told.filter((one) => one.who === who && one.event['type'] === type).map(({ event }) => event)
  }

  async end(): Promise<void> {
    for (const program of this.#all) program.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #told(name: string, { out }: Answer): Promise<void> {
    for (const event of out) {
      const { type, to, message } = event
      if (type === 'send' && typeof to === 'string' && typeof message === 'string') {
        this.saw.push(message)
        await this.#carry(name, to, message)
      } else {
        this.told.push({ who: name, event })
      }
    }
  }

  async #carry(from: string, to: string, message: string): Promise<void> {
    if (this.#running.has(to)) await this.ask(to, 'receive', { from, message })
    else this.#kept.push({ from, to, message })
  }

  #of(name: string): Program {
    const program = this.#running.get(name)
    if (program === undefined) throw new Error(`${name} is away`)
    return program
  }
}

/** The scene: Bob publishes prekeys and leaves; Alice writes and leaves; Bob comes back, reads and answers. */
export async function tellAway(story: Story, away: Away): Promise<void> {
  await Promise.all([server, 'alice', 'bob'].map((name) => away.open(name)))
  const { fingerprint } = await away.ask(server, 'prekey-serve', { identity: server })
  const at = { identity: server, fingerprint }
  story.tell('These are programs that keep all they know in a sealed folder, and a prekey server, which nobody has to trust.')

  await away.ask('bob', 'prekey-publish', { server: at, count: 5 })
  if (!away.events('bob', 'prekey').some(({ event }) => event === 'published')) throw new Error('the prekeys were not published')
  story.network(away.saw.at(-2) ?? '')
  await away.leave('bob')
  story.tell('Bob has published five prekeys, each good for one conversation. Then his program ended: no process, no connection.')

  await away.ask('alice', 'prekey-fetch', { server: at, of: 'bob' })
  const [found] = away.events('alice', 'ensembles')
  const [ensemble] = Array.isArray(found?.['ensembles']) ? found['ensembles'] as unknown[] : []
  if (ensemble === undefined) throw new Error('there were no prekeys')
  const text = 'the mill is closed, we meet at the bridge'
  await away.ask('alice', 'send-offline', { to: 'bob', ensemble, text })
  if (!away.events('alice', 'notice').some(({ code }) => code === 'offline')) throw new Error('Alice was not told what offline means')
  story.says('alice', text)
  for (const line of away.saw.slice(-2)) story.network(line)
  // Bob's program starts while the rest of Alice's scene is printed.
  away.start('bob')
  await away.leave('alice')
  away.start('alice')
  story.tell('Alice took one of them from the server, which handed it to nobody else, and wrote. Her program told her what it always tells '
    + 'then: who writes to somebody who is away can deny less well that they took part. Then she left too.')

  await away.open('bob')
  await away.deliver()
  const [read] = away.events('bob', 'message')
  if (read?.['text'] !== text || read['offline'] !== true) throw new Error('Bob did not read what Alice wrote')
  story.tell('Bob is back: another process, the same folder. What the network kept for him he could read, and nobody else ever will: '
    + 'the secrets of that prekey are gone with the first use.')

  const answer = 'at the bridge, then'
  await away.open('alice')
  await away.ask('bob', 'send', { to: 'alice', text: answer })
  if (!away.events('alice', 'message').some((event) => event['text'] === answer)) throw new Error('Alice did not read the answer')
  story.says('bob', answer)
  story.network(away.saw.at(-1) ?? '')
  if (away.saw.some((line) => /mill|bridge/.test(line))) throw new Error('the network has read an offline message')
  await Promise.all([away.leave('alice'), away.leave('bob'), away.leave(server)])
  story.tell('Alice read it in yet another process. The conversation goes on from there, with new keys in every message.')
}
