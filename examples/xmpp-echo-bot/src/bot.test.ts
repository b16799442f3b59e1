import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { Client, type ClientMessageEvent, type PolicyChanges } from 'otr4'
import { XmppTransport } from 'otr4/transport/xmpp'
import { readFriends } from './friends.js'
import { password, startProsody, type Prosody } from './prosody.js'

const bot = 'bot@localhost'
let prosody: Prosody
let folder: string

before(async () => {
  prosody = await startProsody(['bot', 'friend', 'old', 'checked', 'stranger'])
  folder = await mkdtemp(join(tmpdir(), 'otr4-echo-bot-'))
})
after(async () => {
  await prosody.close()
  await rm(folder, { recursive: true })
})

/** The bot as its operator starts it: a process of its own. */
class BotProcess {
  readonly #process: ChildProcessByStdio<null, Readable, Readable>
  #log = ''
  #heard = (): void => undefined

  constructor(friends: string, passphrase = 'open sesame') {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'main.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env, BOT_JID: bot, BOT_PASSWORD: password, BOT_SERVER: prosody.server, BOT_STATE: join(folder, 'state'),
        BOT_PASSPHRASE: passphrase, BOT_FRIENDS: friends,
      },
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
        this.#heard()
      })
    }
    this.#process.on('exit', () => { this.#heard() })
  }

  get log(): string {
    return this.#log
  }

  /** Waits until the bot has logged this. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const [found] = pattern.exec(this.#log) ?? []
      if (found !== undefined) return found
      if (this.#process.exitCode !== null) throw new Error(`the bot ended: ${this.#log}`)
      await new Promise<void>((resolve) => { this.#heard = resolve })
    }
  }

  async end(): Promise<number | null> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM')
      await once(this.#process, 'exit')
    }
    return this.#process.exitCode
  }

  async ended(): Promise<number | null> {
    if (this.#process.exitCode === null) await once(this.#process, 'exit')
    return this.#process.exitCode
  }
}

/** Somebody who talks to the bot. Keeps nothing. */
class Person {
  readonly client: Client
  readonly transport: XmppTransport
  /** Every line that came, of whatever kind. */
  readonly lines: string[] = []
  readonly #messages: ClientMessageEvent[] = []
  #came = (): void => undefined
  readonly #timer: NodeJS.Timeout

  private constructor(client: Client, transport: XmppTransport) {
    this.client = client
    this.transport = transport
    client.on('send', ({ to, message }) => transport.send(to, message).catch(() => undefined))
    client.on('message', (event) => {
      this.#messages.push(event)
      this.#came()
    })
    transport.on('message', ({ from, text }) => {
      this.lines.push(text)
      return client.receive(from, text)
    })
    this.#timer = setInterval(() => { void client.tick() }, 1000)
  }

  static async arrive(name: string, policy: PolicyChanges = {}): Promise<Person> {
    const transport = new XmppTransport({ jid: `${name}@localhost`, password, server: prosody.server })
    const client = await Client.open({ account: transport.account, clock: () => Date.now() / 1000, policy })
    const person = new Person(client, transport)
    await transport.start()
    return person
  }

  /** Says something to the bot, and waits for what it answers. */
  async ask(text: string): Promise<ClientMessageEvent> {
    await this.client.conversation(bot).send(text)
    return this.next()
  }

  async next(): Promise<ClientMessageEvent> {
    for (;;) {
      const message = this.#messages.shift()
      if (message !== undefined) return message
      await new Promise<void>((resolve) => { this.#came = resolve })
    }
  }

  async begin(): Promise<void> {
    const conversation = this.client.conversation(bot)
    await conversation.start()
    await conversation.encrypted({ timeout: 30 })
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer)
    await this.client.close()
    await this.transport.close()
  }
}

test('answers its friends in versions 4 and 3, privately alone, strangers not at all, and comes back', { timeout: 60_000 }, async () => {
  const friends = 'friend@localhost old@localhost'
  let running = new BotProcess(friends)
  await running.says(/^fingerprint: [0-9a-f]{112}$/m)
  const [friend, old, stranger] = await Promise.all([Person.arrive('friend'), Person.arrive('old', { allowV4: false }), Person.arrive('stranger')])
  try {
    // Whoever is not on the list gets not one line back: no answer, no offer, no key exchange, no error.
    await stranger.client.conversation(bot).send('hello?')
    await stranger.client.conversation(bot).start()

    // A friend in clear: the bot repeats nothing, and asks to talk privately.
    await friend.client.conversation(bot).send('hello in clear')
    await friend.client.conversation(bot).encrypted({ timeout: 30 })
    for (const [person, version] of [[friend, 4], [old, 3]] as const) {
      if (version === 3) await person.begin()
      const { text, encrypted, version: spoken } = await person.ask('is <b>anybody</b> there? 👋')
      assert.deepEqual([text, encrypted, spoken], ['you said: is <b>anybody</b> there? 👋', true, version])
    }
    const fingerprint = running.log.match(/(?<=^fingerprint: )[0-9a-f]{112}$/m)?.[0]
    assert.equal(friend.client.conversation(bot).status.key?.key, fingerprint)
    assert.doesNotMatch(friend.lines.join(), /hello in clear/)
    assert.deepEqual(stranger.lines, [])

    // The bot ends, somebody writes meanwhile, and the next process goes on in the same session.
    const ssid = friend.client.conversation(bot).status.sessions[0]?.ssid
    assert.equal(await running.end(), 0, running.log)
    await friend.client.conversation(bot).send('while you were away')
    running = new BotProcess(friends)
    assert.equal((await friend.next()).text, 'you said: while you were away')
    assert.equal(friend.client.conversation(bot).status.sessions[0]?.ssid, ssid)
    assert.deepEqual(stranger.lines, [])
  } finally {
    await Promise.all([friend.leave(), old.leave(), stranger.leave()])
    await running.end()
  }

  // What lies on the disk names nobody and repeats nothing.
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) assert.doesNotMatch(await readFile(join(entry.parentPath, entry.name), 'latin1'), /localhost|anybody|away/)
  }
})

test('a friend whose fingerprint the operator gave is answered with that key alone', { timeout: 60_000 }, async () => {
  const checked = await Person.arrive('checked')
  let running = new BotProcess(`checked@localhost=${checked.client.fingerprint4 ?? ''}`)
  try {
    await running.says(/^fingerprint/m)
    await checked.begin()
    assert.equal((await checked.ask('it is me')).text, 'you said: it is me')
    await running.says(/key verified/)
    await running.end()

    running = new BotProcess(`checked@localhost=${'0123456789abcdef'.repeat(7)}`)
    await running.says(/^fingerprint/m)
    await checked.client.conversation(bot).send('it is still me')
    await running.says(/an answer to checked@localhost waits/)
  } finally {
    await checked.leave()
    await running.end()
  }
})

test('says what is wrong, by its code, and ends with 1', { timeout: 60_000 }, async () => {
  const wrong = new BotProcess('friend@localhost', 'close sesame')
  assert.equal(await wrong.ended(), 1)
  assert.match(wrong.log, /OTR_STORE_PASSPHRASE/)
  assert.throws(() => readFriends('friend'), /no address/)
  assert.throws(() => readFriends('friend@localhost=12'), /no fingerprint/)
})
