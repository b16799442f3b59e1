import { features as knownFeatures, type Ability } from './ability.js'
import { dialectText, findDialect, type SpokenDialect } from './dialect.js'
import { PeerError, PeerFault } from './fault.js'
import { Unmet } from './expectation.js'
import type { PeerLink } from './link.js'
import { EndlessTraffic, Network } from './network.js'
import { Party } from './party.js'
import { Recording } from './recording.js'
import type { Scenario } from './scenario.js'
import { Lacking, Stage, type Player } from './stage.js'
import { Transcript } from './transcript.js'
import type { Verdict } from './verdict.js'

/** A program, and how to start it anew. */
export interface PeerSource {
  readonly name: string
  readonly open: () => PeerLink
}

/** What a program said of itself, and what was found out. */
export interface Introduction {
  readonly name: string
  readonly version: string
  readonly abilities: ReadonlySet<Ability>
  /** Whether its clock is the system's until it is set; undefined where it does not say. */
  readonly clock?: string
  /** The form of version 4 that it speaks, as far as that could be found out. */
  readonly dialect?: SpokenDialect
}

export interface ScenarioResult {
  readonly scenario: Scenario
  readonly verdict: Verdict
  readonly transcript: Transcript
  /** What the network saw, if the run was asked to record it. */
  readonly recording?: Recording
  /** How long it took, in milliseconds. */
  readonly milliseconds: number
}

export interface RunOptions {
  readonly peer: PeerSource
  readonly partner: PeerSource
  readonly scenarios: readonly Scenario[]
  /** Keys of version 3, as private-key files of libotr. */
  readonly keys: { readonly peer: string, readonly partner: string }
  /** Seconds for one scenario. */
  readonly scenarioLimit: number
  /** Seconds for all of them. */
  readonly runLimit: number
  /** How many scenarios run at the same time. */
  readonly jobs: number
  readonly keepSecrets: boolean
  /** Whether to record what the network of each scenario sees. */
  readonly record?: boolean
  readonly signal?: AbortSignal
  /** Called after each scenario. */
  readonly onResult?: (result: ScenarioResult, done: number, total: number) => void
}

export interface RunReport {
  readonly peer: Introduction
  readonly partner: Introduction
  /** In the order of the scenarios. */
  readonly results: readonly ScenarioResult[]
  /** Why the judged program, or the partner, could not be used at all. */
  readonly unusable?: PeerFault | PeerError
}

/** Plays all scenarios with a program. It never throws because of what a program does. */
export async function runScenarios(options: RunOptions): Promise<RunReport> {
  const { scenarios } = options
  const begin = Date.now()
  const peer = await introduce(options.peer, options.keys.peer, options.signal)
  const partner = peer.problem === undefined ? await introduce(options.partner, options.keys.partner, options.signal) : { introduction: strange(options.partner) }
  const unusable = peer.problem ?? partner.problem
  const results = new Map<Scenario, ScenarioResult>()
  const pools = { peer: new LinkPool(options.peer, peer.introduction.abilities), partner: new LinkPool(options.partner, partner.introduction.abilities) }
  const waiting = [...scenarios]
  const why = (): string | undefined => {
    if (options.signal?.aborted === true) return 'the run was stopped'
    if (unusable !== undefined) return unusable.message
    return Date.now() - begin > options.runLimit * 1000 ? `the time for the whole run was over: ${options.runLimit} s` : undefined
  }
  const work = async (): Promise<void> => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      const reason = why()
      const result = reason === undefined
        ? await playScenario(scenario, options, pools, peer.introduction, partner.introduction)
        : { scenario, verdict: { outcome: 'not-run', reason }, transcript: new Transcript(false), milliseconds: 0 } as const
      results.set(scenario, result)
      options.onResult?.(result, results.size, scenarios.length)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, work))
  await Promise.all([pools.peer.close(), pools.partner.close()])
  const report = { peer: peer.introduction, partner: partner.introduction, results: scenarios.flatMap((scenario) => results.get(scenario) ?? []) }
  return unusable === undefined ? report : { ...report, unusable }
}

function strange({ name }: PeerSource): Introduction {
  return { name, version: '', abilities: new Set() }
}

/** Asks a program for its features, and finds out by trying what no feature tells. */
async function introduce(source: PeerSource, dsa: string, signal?: AbortSignal): Promise<{ readonly introduction: Introduction, readonly problem?: PeerFault | PeerError }> {
  if (signal?.aborted === true) return { introduction: strange(source) }
  const link = source.open()
  const kill = (): void => { link.kill() }
  signal?.addEventListener('abort', kill)
  try {
    const hello = await link.ask('hello')
    if (!hello.ok) throw new PeerError(source.name, 'hello', hello.error?.code ?? '?', hello.error?.message ?? '')
    const { name, version, features, protocol, clock } = hello
    if (protocol !== 1) throw new PeerFault('bad-answer', source.name, '"hello" does not say "protocol": 1')
    const claimed: readonly unknown[] = Array.isArray(features) ? features : []
    const abilities = new Set<Ability>(knownFeatures.filter((feature) => claimed.includes(feature)))
    if ((await link.ask('clock', { now: Math.floor(Date.now() / 1000) })).ok) abilities.add('clock')
    const withDsa = abilities.has('v3') ? '3' : abilities.has('v2') ? '2' : undefined
    if (withDsa !== undefined && (await link.ask('account', { account: 'probe@example.org', versions: withDsa, dsa })).ok) abilities.add('dsa')
    await link.close()
    const dialect = abilities.has('v4') ? await findDialect({ open: source.open, has: (ability) => abilities.has(ability) }) : undefined
    return { introduction: {
      name: typeof name === 'string' ? name : source.name, version: typeof version === 'string' ? version : '', abilities,
      ...typeof clock === 'string' && { clock }, ...dialect !== undefined && { dialect },
    } }
  } catch (error) {
    link.kill()
    if (error instanceof PeerFault || error instanceof PeerError) return { introduction: strange(source), problem: error }
    throw error
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

/** Programs that have nothing to do at the moment. A program that can begin anew is used again; otherwise each scenario starts one of its own. */
class LinkPool {
  readonly #source: PeerSource
  readonly #resets: boolean
  readonly #idle: PeerLink[] = []

  constructor(source: PeerSource, abilities: ReadonlySet<Ability>) {
    this.#source = source
    this.#resets = abilities.has('reset')
  }

  take(): PeerLink {
    return this.#idle.pop() ?? this.#source.open()
  }

  /** Takes a program back when its scenario is over. What it does wrong meanwhile is its fault in that scenario. */
  async giveBack(link: PeerLink): Promise<void> {
    if (this.#resets && !link.closed && link.fault === undefined && await isReset(link)) this.#idle.push(link)
    else await link.close()
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((link) => link.close()))
  }
}

async function isReset(link: PeerLink): Promise<boolean> {
  try {
    return (await link.ask('reset')).ok
  } catch (error) {
    if (error instanceof PeerFault) return false
    throw error
  }
}

/** Plays one scenario with programs of its own. */
async function playScenario(
  scenario: Scenario, options: RunOptions, pools: { readonly peer: LinkPool, readonly partner: LinkPool }, peer: Introduction, partner: Introduction,
): Promise<ScenarioResult> {
  const transcript = new Transcript(options.keepSecrets)
  const begin = Date.now()
  const now = Math.floor(begin / 1000)
  const recording = options.record === true ? new Recording(() => stage.now) : undefined
  const done = (verdict: Verdict): ScenarioResult => ({ scenario, verdict, transcript, ...recording !== undefined && { recording }, milliseconds: Date.now() - begin })
  const lacking = missing(scenario, peer, partner)
  if (lacking !== undefined) return done({ outcome: 'unsupported', reason: lacking })

  const links = { peer: pools.peer.take(), partner: pools.partner.take() }
  const network = new Network()
  if (recording !== undefined) network.witness = (parcel) => { recording.sent(parcel) }
  const player = (who: 'peer' | 'partner', address: string, { abilities }: Introduction): Player => ({
    party: new Party(links[who], address, network, (cmd, fields, response) => {
      transcript.add(who, cmd, fields, response)
      recording?.asked(address, cmd, fields, response)
    }),
    abilities, dsa: options.keys[who],
  })
  const stage = new Stage(network, player('peer', 'peer@example.org', peer), player('partner', 'partner@example.org', partner), now, peer.dialect)
  const kill = (): void => {
    links.peer.kill()
    links.partner.kill()
  }
  const expiry = { over: false }
  // A scenario that takes too long loses its programs. Then its next request fails, and it ends.
  const timer = setTimeout(() => {
    expiry.over = true
    kill()
  }, options.scenarioLimit * 1000)
  options.signal?.addEventListener('abort', kill)
  let verdict: Verdict
  try {
    if (scenario.accounts !== undefined) await stage.open(scenario.accounts)
    await scenario.play(stage)
    verdict = { outcome: 'passed' }
  } catch (error) {
    verdict = judged(error, scenario, stage, transcript)
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', kill)
  }
  await Promise.all([pools.peer.giveBack(links.peer), pools.partner.giveBack(links.partner)])
  if (options.signal?.aborted === true) return done({ outcome: 'not-run', reason: 'the run was stopped' })
  if (expiry.over) return done({ outcome: 'failed', fault: 'silent', reason: `the scenario did not end within ${options.scenarioLimit} s` })
  const late = links.peer.fault
  if (verdict.fault === undefined && late !== undefined) verdict = judged(late, scenario, stage, transcript)
  return done(verdict)
}

function missing({ needs, partnerNeeds = needs }: Scenario, peer: Introduction, partner: Introduction): string | undefined {
  for (const need of needs) if (!peer.abilities.has(need)) return `${peer.name} has no "${need}"`
  for (const need of partnerNeeds) if (!partner.abilities.has(need)) return `the partner, ${partner.name}, has no "${need}"`
  if (needs.includes('v4') && (peer.dialect === 'libotr-ng') !== (partnerNeeds.includes('v4') && partner.dialect === 'libotr-ng')) {
    return `${peer.name} speaks version 4 in another form than the other side: ${dialectText[peer.dialect ?? 'spec']}`
  }
  return undefined
}

function judged(error: unknown, { level }: Scenario, stage: Stage, transcript: Transcript): Verdict {
  if (error instanceof Lacking) return { outcome: 'unsupported', reason: error.message }
  const failed = level === 'must' ? 'failed' : 'deviates'
  if (error instanceof PeerFault) {
    return {
      outcome: 'failed', reason: transcript.cleanText(error.message), fault: error.kind,
      ...error.preceding !== undefined && { preceding: transcript.cleanRequest(error.preceding) },
      ...error.peer === stage.partner.name && { byPartner: true },
    }
  }
  if (error instanceof Unmet || error instanceof EndlessTraffic) return { outcome: failed, reason: transcript.cleanText(error.message) }
  if (error instanceof PeerError) {
    return { outcome: failed, reason: transcript.cleanText(error.message), ...error.peer === stage.partner.name && { byPartner: true } }
  }
  // A broken program sent something from which no line can be computed, or the scenario has a mistake. The run goes on, and the report says so.
  return { outcome: 'failed', reason: `the suite could not go on with what was sent (a fault of the suite, if the program is right): ${transcript.cleanText(String(error))}` }
}
