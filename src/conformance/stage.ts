import type { Ability } from './ability.js'
import { learnedOf, type SpokenDialect } from './dialect.js'
import { expectEqual, expectThat, Unmet } from './expectation.js'
import { PeerError } from './fault.js'
import type { RequestFields, Response } from './link.js'
import { Network, type Hook, type Parcel } from './network.js'
import { Party } from './party.js'
import type { SessionStatus } from './peer-event.js'

/** How the two accounts of a scenario are opened. */
export interface PairOptions {
  /** Versions of both accounts: "2", "3", "4" or several of them. */
  readonly versions: string
  /** Versions of the judged program's account, if they are others. */
  readonly peerVersions?: string
  readonly partnerVersions?: string
  /** Policies of both accounts. */
  readonly policy?: RequestFields
  readonly peerPolicy?: RequestFields
  readonly partnerPolicy?: RequestFields
  /** Fields of `account` that are laid over the usual ones. */
  readonly peerAccount?: RequestFields
  readonly partnerAccount?: RequestFields
}

/** A program of a scenario: where it is in the network, and what it can do. */
export interface Player {
  readonly party: Party
  readonly abilities: ReadonlySet<Ability>
  /** A private-key file of libotr with its key, for a program that accepts one. */
  readonly dsa: string
}

/** The scenario needs something that the program does not claim to have. */
export class Lacking extends Error {
  constructor(who: string, what: string) {
    super(`${who} has no ${what}`)
    this.name = 'Lacking'
  }
}

/** The two programs. */
export const roles = ['partner', 'peer'] as const

/** One of the two programs. */
export type Role = typeof roles[number]

/** Where a scenario is played: the judged program `peer`, the `partner`, and the network between them. */
export class Stage {
  readonly network: Network
  readonly peer: Party
  readonly partner: Party
  /** Fingerprints of version 3, as the programs report them; undefined where they have none. */
  fingerprint3: { peer?: string, partner?: string } = {}
  fingerprint4: { peer?: string, partner?: string } = {}
  /** The time on every clock that can be set, in seconds. */
  now: number
  /** The form of version 4 that the judged program speaks, as far as it is known. */
  readonly dialect: SpokenDialect | undefined
  readonly #players: { readonly peer: Player, readonly partner: Player }

  constructor(network: Network, peer: Player, partner: Player, now: number, dialect?: SpokenDialect) {
    this.network = network
    this.peer = peer.party
    this.partner = partner.party
    this.now = now
    this.dialect = dialect
    this.#players = { peer, partner }
  }

  /** Opens both accounts. */
  async open(options: PairOptions): Promise<void> {
    const { versions, policy, peerVersions = versions, partnerVersions = versions } = options
    await this.openAccount('peer', { versions: peerVersions, ...options.peerAccount })
    await this.openAccount('partner', { versions: partnerVersions, ...options.partnerAccount })
    await this.#setPolicy(this.peer, { ...policy, ...options.peerPolicy })
    await this.#setPolicy(this.partner, { ...policy, ...options.partnerPolicy })
    // Scenarios of their own report the dialect, once. All others ask for what is the same in every dialect.
    if (learnedOf(this.dialect).ring !== undefined && this.can(this.partner, 'v4')) await this.partner.attempt('policy', { dialect: this.dialect })
  }

  /** Opens the account of one; `fields` are laid over the usual ones. */
  async openAccount(role: Role, fields: RequestFields): Promise<Response> {
    const { party, abilities, dsa } = this.#players[role]
    if (abilities.has('clock')) await party.call('clock', { now: this.now })
    const answer = await this.ask(party, 'account', { account: party.address, ...abilities.has('dsa') && { dsa }, ...fields })
    const { fingerprint3, fingerprint4 } = answer
    if (typeof fingerprint3 === 'string') this.fingerprint3[role] = fingerprint3
    if (typeof fingerprint4 === 'string') this.fingerprint4[role] = fingerprint4
    return answer
  }

  /** A private-key file of libotr with the key of this one. */
  dsaOf(role: Role): string {
    return this.#players[role].dsa
  }

  /** Whether this one can do that. */
  can(party: Party, ability: Ability): boolean {
    return this.#players[this.roleOf(party)].abilities.has(ability)
  }

  /** Throws `Lacking` unless this one can do that. */
  need(party: Party, ability: Ability): void {
    if (!this.can(party, ability)) throw new Lacking(party.name, `"${ability}"`)
  }

  /** The answer to a command. Throws `Lacking` if the program answers UNSUPPORTED and no feature claims the command. */
  async ask(party: Party, cmd: string, fields: RequestFields = {}): Promise<Response> {
    const response = await party.attempt(cmd, fields)
    if (response.ok) return response
    const { code = '?', message = '' } = response.error ?? {}
    if (code === 'UNSUPPORTED') {
      const claimed = featureOf[cmd]
      if (claimed === undefined || !this.can(party, claimed)) throw new Lacking(party.name, `command "${cmd}" with these fields (${message})`)
    }
    throw new PeerError(party.name, cmd, code, message)
  }

  roleOf(party: Party): Role {
    return party === this.peer ? 'peer' : 'partner'
  }

  other(party: Party): Party {
    return party === this.peer ? this.partner : this.peer
  }

  /** From now on the network applies this to every line. */
  hook(hook: Hook): void {
    this.network.hook = hook
  }

  /** From now on the network delivers every line unchanged again. */
  unhook(): void {
    this.network.hook = (parcel) => [parcel]
  }

  async start(party: Party, fields: RequestFields = {}): Promise<Response> {
    return await this.ask(party, 'start', { to: this.other(party).address, ...fields })
  }

  async send(party: Party, text: string, fields: RequestFields = {}): Promise<Response> {
    return await this.ask(party, 'send', { to: this.other(party).address, text, ...fields })
  }

  /** Delivers a line to one of the two as if the other had sent it. */
  async deliver(party: Party, message: string, from = this.other(party).address): Promise<Response> {
    return await party.call('receive', { from, message })
  }

  async settle(): Promise<void> {
    await this.network.settle()
  }

  /** Moves the clocks that can be set forward. What becomes due is sent and delivered. */
  async pass(seconds: number): Promise<void> {
    this.now += seconds
    for (const role of roles) {
      if (this.#players[role].abilities.has('clock')) await this.#players[role].party.call('clock', { now: this.now })
    }
    await this.settle()
  }

  /**
   * A key exchange that `starter` begins, to its end. Returns the session of both.
   * `how`: with a query, which is what everybody does if it is missing, or with an Identity message.
   */
  async establish(starter: Party = this.partner, how?: 'query' | 'identity'): Promise<{ readonly peer: SessionStatus, readonly partner: SessionStatus }> {
    await this.start(starter, how === undefined ? {} : { how })
    await this.settleExchange()
    return await this.expectEncrypted()
  }

  /**
   * Delivers what a key exchange needs. At the first contact it may be unknown which dialect of version 4 the other one speaks. Our client then sends its
   * answer in the second form after three seconds.
   */
  async settleExchange(): Promise<void> {
    await this.settle()
    for (const party of [this.partner, this.peer]) {
      if ((await party.states(this.other(party))).includes('handshake') && this.can(this.partner, 'clock')) {
        await this.pass(4)
        return
      }
    }
  }

  /** Fails unless both have one private session with the other, and it is the same. */
  async expectEncrypted(): Promise<{ readonly peer: SessionStatus, readonly partner: SessionStatus }> {
    const peer = await this.peer.encrypted(this.partner)
    const partner = await this.partner.encrypted(this.peer)
    expectThat(/^[0-9a-f]{16}$/.test(peer.ssid ?? ''), `the session of ${this.peer.name} has an SSID of 8 bytes in hex`)
    expectEqual(peer.ssid, partner.ssid, 'the SSID of both sides')
    return { peer, partner }
  }

  /** Fails if one has a private session with the other. */
  async expectNotEncrypted(party: Party): Promise<void> {
    const states = await party.states(this.other(party))
    if (states.includes('encrypted')) throw new Unmet(`${party.name} has a private session, and must have none`)
  }

  /** Sends `text` and expects exactly that on the other side, once, and encrypted on the way. */
  async say(from: Party, text: string): Promise<void> {
    const to = this.other(from)
    const before = to.privateTexts().length
    const mark = this.network.log.length
    await this.send(from, text)
    await this.settle()
    expectEqual(to.privateTexts().slice(before), [text], `what ${to.name} reads`)
    if (text.length > 3) expectThat(!this.network.sentSince(mark).join('\n').includes(text), `${from.name} does not send the text in clear`)
  }

  /** Each sends a text, one after the other. */
  async talk(rounds = 1): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      await this.say(this.partner, `question ${round} of the partner`)
      await this.say(this.peer, `answer ${round} of the peer`)
    }
  }

  async end(by: Party): Promise<void> {
    await this.ask(by, 'end', { to: this.other(by).address })
    await this.settle()
  }

  /** Lets one say `text` while the network keeps the line back. Returns the lines. */
  async withheld(from: Party, text: string): Promise<string[]> {
    const kept: Parcel[] = []
    const before = this.network.hook
    this.network.hook = (parcel) => {
      if (parcel.from === from.address) kept.push(parcel)
      return parcel.from === from.address ? [] : [parcel]
    }
    await this.send(from, text)
    this.network.hook = before
    return kept.map(({ message }) => message)
  }

  async #setPolicy(party: Party, fields: RequestFields): Promise<void> {
    if (Object.keys(fields).length > 0) await this.ask(party, 'policy', fields)
  }
}

/** The feature that claims a command. A claimed command that is answered UNSUPPORTED is a failure. */
const featureOf: Readonly<Record<string, Ability>> = {
  'smp-start': 'smp', 'smp-answer': 'smp', 'extra-key': 'extra-key', 'ensemble': 'offline', 'send-offline': 'offline', 'export': 'export', 'import': 'export',
  'prekey-publish': 'prekey-client', 'prekey-status': 'prekey-client', 'prekey-fetch': 'prekey-client', 'prekey-serve': 'prekey-server', 'expire': 'expiry',
  'forge': 'forge', 'clock': 'clock',
}
