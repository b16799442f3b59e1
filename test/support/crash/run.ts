import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import type { ClientEvent, ConversationStatus, PolicyChanges } from '../../../src/index.js'
import { RelayServer } from '../../../src/transport/relay/index.js'

/** Options of a crash test. */
export interface CrashOptions {
  readonly kills: number
  readonly seed: number
  /** An empty folder, for stores and logs. */
  readonly folder: string
  readonly policy?: PolicyChanges
  /** Whether to write some offline messages. Version 3 has none. */
  readonly offline?: boolean
  readonly onProgress?: (report: CrashReport) => void
}

/** The result. Everything except the counts of what was done must be 0. */
export interface CrashReport {
  kills: number
  /** `send` was fulfilled. */
  confirmed: number
  /** The process was killed before it reported the result: such a message may arrive or not, but not twice. */
  unanswered: number
  /** Emitted again after a crash. */
  replayed: number
  verified: number
  /** Lines that could not be read. After a crash a line may be sent twice; if its session no longer exists, the copy is unreadable. */
  unreadable: number
  lost: string[]
  duplicated: string[]
  broken: string[]
  /** What the separate program reports about the keys. */
  keys: { messages: number, keys: number, reused: number, reusedNumbers: number, unknown: number }
}

type Fact =
  | { readonly ready: number }
  | { readonly event: ClientEvent }
  | { readonly done: number, readonly result: unknown }
  | { readonly failed: number, readonly code: string }

/** Random numbers below 1 that are the same for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of the two clients, over all its processes. */
class Side {
  readonly name: string
  readonly shown: string[] = []
  readonly broken: string[] = []
  unreadable = 0
  replayed = 0
  verified = 0
  child: ChildProcessWithoutNullStreams | undefined
  readonly #start: () => ChildProcessWithoutNullStreams
  readonly #seen = new Set<number>()
  #waiting = new Map<number, (answer: Fact | undefined) => void>()
  #next = 1
  #ready: Promise<void> = Promise.resolve()

  constructor(name: string, start: () => ChildProcessWithoutNullStreams) {
    this.name = name
    this.#start = start
  }

  start(): Promise<void> {
    const child = this.#start()
    this.child = child
    let errors = ''
    child.stderr.on('data', (data: Buffer) => { errors += data.toString() })
    child.stdin.on('error', () => undefined)
    this.#ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const fact = JSON.parse(line) as Fact
        if ('ready' in fact) resolve()
        else this.#take(fact)
      })
      child.on('exit', (code, signal) => {
        if (signal !== 'SIGKILL') {
          this.broken.push(`${this.name} ended by itself, code ${code ?? '-'}: ${errors.slice(-500)}`)
          reject(new Error(`${this.name} ended by itself: ${errors}`))
        }
        resolve()
      })
    })
    this.#ready.catch(() => undefined)
    return this.#ready
  }

  /** The result of a command; `undefined` if the process died before it reported one. */
  async ask(what: string, fields: object = {}): Promise<Fact | undefined> {
    await this.#ready
    const { child } = this
    const n = this.#next++
    if (child === undefined) return undefined
    return new Promise((resolve) => {
      this.#waiting.set(n, resolve)
      child.stdin.write(`${JSON.stringify({ n, do: what, ...fields })}\n`)
    })
  }

  async kill(): Promise<void> {
    const { child } = this
    if (child === undefined) return
    this.child = undefined
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    // The rest of the pipe is read even after the process has died.
    await new Promise((resolve) => { setImmediate(resolve) })
    for (const [n, resolve] of this.#waiting) {
      this.#waiting.delete(n)
      resolve(undefined)
    }
  }

  #take(fact: Exclude<Fact, { ready: number }>): void {
    if (!('event' in fact)) {
      const n = 'done' in fact ? fact.done : fact.failed
      this.#waiting.get(n)?.(fact)
      this.#waiting.delete(n)
      return
    }
    const { event } = fact
    if (event.replayed === true) this.replayed++
    // What every application must do about events that may be emitted twice.
    if (event.id !== undefined && this.#seen.has(event.id)) return
    if (event.id !== undefined) this.#seen.add(event.id)
    if (event.type === 'message') this.shown.push(event.text)
    if (event.type === 'message' && !event.encrypted) this.broken.push(`${this.name} got in clear: ${event.text}`)
    if (event.type === 'smp' && event.event === 'succeeded') this.verified++
    if (event.type === 'notice' && event.code === 'unreadable') this.unreadable++
    if (event.type === 'notice' && event.code === 'internal') this.broken.push(`${this.name}: ${event.detail ?? ''}`)
  }
}

/** Two clients talk over the relay, in processes that are killed at random moments. */
export async function crashTest({ kills, seed, folder, policy = {}, offline: writesOffline = true, onProgress = () => undefined }: CrashOptions): Promise<CrashReport> {
  const root = new URL('../../..', import.meta.url).pathname
  const program = join(root, `node_modules/.otr4-crash-${process.pid}.mjs`)
  await build({
    absWorkingDir: root, entryPoints: ['test/support/crash/client.ts'], outfile: program, bundle: true, format: 'esm', platform: 'node',
    target: 'node20', external: ['classic-level', 'ws'], logLevel: 'silent',
  })
  const random = mulberry32(seed)
  const wire = join(folder, 'wire')
  const relay = await RelayServer.listen({ onLine: (line) => { appendFileSync(wire, `${JSON.stringify(line)}\n`) } })
  mkdirSync(folder, { recursive: true })
  const side = (name: string, peer: string): Side => new Side(name, () => spawn(process.execPath, [
    program, name, peer, join(folder, name), relay.url, join(folder, `${name}.keys`), JSON.stringify(policy),
  ]))
  const [alice, bob] = [side('alice', 'bob'), side('bob', 'alice')] as const
  const report: CrashReport = {
    kills: 0, confirmed: 0, unanswered: 0, replayed: 0, verified: 0, unreadable: 0, lost: [], duplicated: [], broken: [],
    keys: { messages: 0, keys: 0, reused: 0, reusedNumbers: 0, unknown: 0 },
  }
  const confirmed: { readonly by: Side, readonly text: string }[] = []
  const work: Promise<unknown>[] = []
  let count = 0

  const say = async (from: Side, how: 'send' | 'offline', ensemble?: string): Promise<boolean> => {
    const text = `${how} ${++count} by ${from.name}`
    const answer = await from.ask(how, { text, ensemble })
    if (answer === undefined) report.unanswered++
    else if ('done' in answer) confirmed.push({ by: from, text })
    else report.broken.push(`${text}: ${'code' in answer ? answer.code : ''}`)
    return answer !== undefined
  }
  const offline = async (from: Side, to: Side): Promise<void> => {
    const answer = await to.ask('ensemble')
    if (answer !== undefined && 'done' in answer) await say(from, 'offline', answer.result as string)
  }
  const actions = (from: Side, to: Side): (() => Promise<unknown>)[] => [
    () => say(from, 'send'), () => say(from, 'send'), () => say(to, 'send'),
    () => Promise.all([say(from, 'send'), say(from, 'send'), say(from, 'send'), say(to, 'send')]),
    () => from.ask('verify'), () => from.ask('renew'), ...writesOffline ? [() => offline(from, to)] : [],
  ]
  const arrived = (): boolean => confirmed.every(({ by, text }) => (by === alice ? bob : alice).shown.includes(text))
  const until = async (condition: () => boolean | Promise<boolean>, milliseconds = 15_000): Promise<boolean> => {
    const end = Date.now() + milliseconds
    while (!await condition()) {
      if (Date.now() > end) return false
      await new Promise((resolve) => { setTimeout(resolve, 10) })
    }
    return true
  }
  /** Waits until both are running, everything is delivered, and both can talk in the same session. */
  const settle = async (): Promise<void> => {
    await Promise.all(work.splice(0))
    for (const [from, to] of [[alice, bob], [bob, alice]] as const) {
      const status = await from.ask('status')
      const { selected } = status !== undefined && 'done' in status ? status.result as ConversationStatus : { selected: undefined }
      if (selected === undefined) report.broken.push(`${from.name} has no session with ${to.name}`)
      await say(from, 'send')
    }
    if (!await until(arrived)) report.broken.push('not everything arrived')
    const before = [alice.verified, bob.verified] as const
    const verified = (): boolean => alice.verified > before[0] && bob.verified > before[1]
    for (let tries = 0; tries < 4 && !verified(); tries++) {
      // One that crosses an earlier one is aborted on both sides.
      await alice.ask('verify')
      await until(verified, 4000)
    }
    if (!verified()) report.broken.push('no verification')
  }

  try {
    await Promise.all([alice.start(), bob.start()])
    await alice.ask('renew')
    if (!await until(async () => {
      const status = await alice.ask('status')
      return status !== undefined && 'done' in status && (status.result as ConversationStatus).selected !== undefined
    })) throw new Error('no session')
    while (report.kills < kills && report.broken.length === 0 && alice.broken.length === 0 && bob.broken.length === 0) {
      const [victim, other] = random() < 0.5 ? [alice, bob] : [bob, alice]
      const possible = random() < 0.5 ? actions(victim, other) : actions(other, victim)
      for (let i = 0; i <= random() * 2; i++) work.push(possible[Math.floor(random() * possible.length)]?.() ?? Promise.resolve())
      await new Promise((resolve) => { setTimeout(resolve, random() ** 2 * 120) })
      await victim.kill()
      report.kills++
      // While it is away, the other one continues.
      if (random() < 0.4) work.push(say(other, 'send'))
      const back = victim.start()
      // Some are killed again before they have started.
      if (random() < 0.2) await new Promise((resolve) => { setTimeout(resolve, random() * 200) })
      else await back
      if (report.kills % 20 === 0) {
        await back
        await settle()
        onProgress(report)
      }
    }
    await Promise.all([alice, bob].map((one) => one.ask('status')))
    await settle()
  } finally {
    await Promise.all([alice.kill(), bob.kill()])
    await relay.close()
    rmSync(program, { force: true })
  }
  for (const { by, text } of confirmed) if (!(by === alice ? bob : alice).shown.includes(text)) report.lost.push(text)
  for (const { shown } of [alice, bob]) report.duplicated.push(...shown.filter((text, at) => shown.indexOf(text) !== at))
  report.confirmed = confirmed.length
  report.replayed = alice.replayed + bob.replayed
  report.verified = alice.verified + bob.verified
  report.unreadable = alice.unreadable + bob.unreadable
  report.broken.push(...alice.broken, ...bob.broken)
  const checker = join(root, 'test/support/crash/check-keys.mjs')
  const said = spawnToEnd(checker, [wire, join(folder, 'alice.keys'), join(folder, 'bob.keys')])
  report.keys = JSON.parse(said) as CrashReport['keys']
  return report
}

function spawnToEnd(program: string, args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
