/** Two peers with accounts on one network, and what every scenario does with them. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Network } from '../../../src/conformance/network.js'
import { Party } from '../../../src/conformance/party.js'
import type { SessionStatus } from '../../../src/conformance/peer-event.js'
import { projectRoot, startPeer, type PeerKind } from './peers.js'

export interface PairOptions {
  /** Versions of our account: "3", "4", "34". All that the program has, unless said otherwise. */
  readonly versions?: string
  /** Versions of the other account: "3" unless said otherwise. */
  readonly theirVersions?: string
  /** Policies of both accounts. */
  readonly policy?: Readonly<Record<string, unknown>>
  /** Policies of one side alone. */
  readonly ourPolicy?: Readonly<Record<string, unknown>>
  readonly theirPolicy?: Readonly<Record<string, unknown>>
  /** Fields of our `account` command that are laid over the usual ones. */
  readonly ourAccount?: Readonly<Record<string, unknown>>
  readonly theirAccount?: Readonly<Record<string, unknown>>
}

/** Keys made by libotr, so that nobody waits for new ones. They protect nothing. */
export function testKey(name: 'alice' | 'bob'): string {
  return readFileSync(`${projectRoot}test/vectors/data/v3-libotr/keys/${name}.private_key`, 'utf8')
}

export const realNow = (): number => Math.floor(Date.now() / 1000)

/** Version 4, type 0x35. */
const isIdentity = (line: string): boolean => line.startsWith('?OTR:AAQ1')

export class Pair {
  readonly network = new Network()
  readonly ours: Party
  readonly theirs: Party
  readonly theirKind: PeerKind
  ourFingerprint = ''
  theirFingerprint = ''
  now = realNow()

  private constructor(ourKind: PeerKind, theirKind: PeerKind) {
    this.theirKind = theirKind
    this.ours = new Party(startPeer(ourKind), 'alice@example.org', this.network)
    this.theirs = new Party(startPeer(theirKind), 'bob@example.org', this.network)
  }

  /** Starts both programs and opens their accounts. */
  static async open(ourKind: PeerKind, theirKind: PeerKind, options: PairOptions = {}): Promise<Pair> {
    const pair = new Pair(ourKind, theirKind)
    try {
      await pair.#openAccounts(ourKind, options)
      return pair
    } catch (error) {
      await pair.close()
      throw error
    }
  }

  async #openAccounts(ourKind: PeerKind, options: PairOptions): Promise<void> {
    const open = async (party: Party, kind: PeerKind, key: 'alice' | 'bob', extra: Readonly<Record<string, unknown>>): Promise<string> => {
      if (!kind.lacks.includes('clock')) await party.link.ask('clock', { now: this.now })
      const dsa = kind.lacks.includes('dsa-import') ? {} : { dsa: testKey(key) }
      const answer = await party.call('account', { account: party.address, ...dsa, ...extra })
      return typeof answer['fingerprint3'] === 'string' ? answer['fingerprint3'] : ''
    }
    const versions = options.versions ?? (await this.features(this.ours)).filter((name) => /^v[34]$/.test(name)).map((name) => name[1]).join('')
    const theirVersions = options.theirVersions ?? '3'
    this.ourFingerprint = await open(this.ours, ourKind, 'alice', { versions, ...options.ourAccount })
    this.theirFingerprint = await open(this.theirs, this.theirKind, 'bob', { versions: theirVersions, ...options.theirAccount })
    await this.ours.call('policy', { ...options.policy, ...options.ourPolicy })
    await this.theirs.call('policy', { ...options.policy, ...options.theirPolicy })
  }

  kill(): void {
    this.ours.link.kill()
    this.theirs.link.kill()
  }

  async close(): Promise<void> {
    await Promise.all([this.ours.link.close(), this.theirs.link.close()])
  }

  async features(party: Party): Promise<readonly string[]> {
    return (await party.call('hello'))['features'] as string[]
  }

  other(party: Party): Party {
    return party === this.ours ? this.theirs : this.ours
  }

  /** Both clocks go on. Timers that are due run; what they send is delivered. */
  async pass(seconds: number): Promise<void> {
    this.now += seconds
    for (const party of [this.ours, this.theirs]) {
      // Some read the machine's clock and have no other.
      if (party === this.ours || !this.theirKind.lacks.includes('clock')) await party.call('clock', { now: this.now })
    }
    await this.network.settle()
  }

  /** A key exchange begun by `starter`, to its end. Both sides then stand encrypted with one SSID. */
  async establish(starter: Party, how?: 'query' | 'identity'): Promise<{ ours: SessionStatus; theirs: SessionStatus }> {
    // An Identity message of ours goes where another query would not be answered.
    const answered = this.theirKind.answersOneQuery === true && starter === this.ours && this.network.sentSince(0, this.theirs.address).some(isIdentity)
    const way = how ?? (answered ? 'identity' : undefined)
    await starter.call('start', { to: this.other(starter).address, ...(way ? { how: way } : {}) })
    await this.settleExchange()
    return this.expectEncrypted()
  }

  /**
   * Delivers what a key exchange needs. The other side's version 4 dialect is not known at first contact: our answer in the second
   * form goes out after three seconds.
   */
  async settleExchange(): Promise<void> {
    await this.network.settle()
    const under = (await this.ours.sessions(this.theirs)).some(({ state }) => state === 'handshake')
    if (under) await this.pass(4)
  }

  /** Both sides have one encrypted session with the other, and it is the same. */
  async expectEncrypted(): Promise<{ ours: SessionStatus; theirs: SessionStatus }> {
    const ours = await this.ours.encrypted(this.theirs)
    const theirs = await this.theirs.encrypted(this.ours)
    expect(ours.ssid, 'SSID').to.match(/^[0-9a-f]{16}$/)
    expect(theirs.ssid, 'SSID').to.equal(ours.ssid)
    return { ours, theirs }
  }

  /** Sends `text` and expects exactly it on the other side, encrypted on the way. */
  async say(from: Party, text: string): Promise<void> {
    const to = this.other(from)
    const before = to.privateTexts().length
    await this.giveTurn(from)
    await from.call('send', { to: to.address, text })
    await this.network.settle()
    expect(to.privateTexts().slice(before), `${to.name} reads`).to.deep.equal([text])
  }

  /**
   * Lets the other side say something first when `from` has just spoken to a correspondent that, in version 3, loses what follows
   * two messages in a row.
   */
  async giveTurn(from: Party): Promise<void> {
    if (!this.theirKind.losesAfterTwoInARow || from !== this.ours) return
    if (this.network.log.at(-1)?.from !== from.address) return
    if ((await this.ours.sessions(this.theirs)).some(({ version, state }) => version === 3 && state === 'encrypted')) {
      await this.theirs.call('send', { to: this.ours.address, text: '(go on)' })
      await this.network.settle()
    }
  }

  async end(by: Party): Promise<void> {
    await by.call('end', { to: this.other(by).address })
    await this.network.settle()
  }
}
