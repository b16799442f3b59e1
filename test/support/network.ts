import { nameAfterVersion2 } from './attack-ids.js'
import { deriveDsaPublicKey, type RandomSource } from '../../src/crypto/index.js'
import {
  ClientCore, generateEd448Keys, makeV4Identity, OtrError, type Account, type ClientEvent, type ClientNoticeEvent, type ClientState, type EventOf,
  type PolicyChanges,
} from '../../src/index.js'
import { rfc6979Key } from './dsa.js'
import { seededRandom } from './seeded.js'

/** One line on its way. */
export interface Packet {
  readonly from: string
  readonly to: string
  readonly line: string
}

/** What a party speaks for which a test names nothing. */
let usual: Versions = '3'

/** Tests whose parties speak version 3: runs them in version 2 as well. An attack's id ends with `/2` there. */
export function inVersion2Too(title: string, tests: (version: 2 | 3) => void): void {
  for (const version of [3, 2] as const) {
    const suite = describe(version === 3 ? title : `${title}, in version 2`, () => {
      before(() => { usual = `${version}` })
      after(() => { usual = '3' })
      tests(version)
    })
    if (version === 2) nameAfterVersion2(suite)
  }
}

/** The digits of the versions that a party speaks. */
export type Versions = '2' | '3' | '4' | '23' | '24' | '34' | '234'

export interface PartyOptions {
  readonly tag?: number
  readonly policy?: PolicyChanges
  readonly random?: RandomSource
  readonly authorize?: (peer: string) => boolean
  /** The number of the long-term key; parties with the same number have the same key. Default: a key of its own. */
  readonly key?: number
  /** Default: only version 3. With 2, version 2 is allowed with everybody. */
  readonly versions?: Versions
  /** The exported state of another client, from which this one goes on. */
  readonly state?: ClientState
}

/** An account whose keys are derived from a number, so that they cost almost nothing to make. */
export function testAccount(address: string, instanceTag: number, key: number, versions: Versions, now: number): Account {
  const x = Uint8Array.of(9, key)
  const dsa = { ...deriveDsaPublicKey(rfc6979Key, x), x }
  const v3 = versions !== '4' && { v3: { dsa } }
  if (!versions.includes('4')) return { address, instanceTag, ...v3 }
  const random = seededRandom(key)
  const v4 = makeV4Identity(generateEd448Keys(random), { instanceTag, now, ...(v3 && { dsa }) }, random)
  return { address, instanceTag, ...v3, v4 }
}

/** The whole state of a client as one string: equal strings mean equal states. */
export function snapshot(party: Party): string {
  return JSON.stringify(party.core.exportState(), (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)
}

/** The error code with which a call is refused. */
export function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof OtrError) return error.code
    throw error
  }
  throw new Error('not refused')
}

/** A client on the network, and all events that it ever emitted. */
export class Party {
  readonly address: string
  readonly core: ClientCore
  readonly events: ClientEvent[] = []
  readonly #network: Network

  constructor(network: Network, address: string, core: ClientCore) {
    this.#network = network
    this.address = address
    this.core = core
  }

  /** Records the events that a call returned, and gives its lines to the network. */
  take(events: readonly ClientEvent[]): readonly ClientEvent[] {
    this.events.push(...events)
    for (const event of events) if (event.type === 'send') this.#network.put({ from: this.address, to: event.to, line: event.message })
    return events
  }

  start(peer: string): readonly ClientEvent[] {
    return this.take(this.core.conversation(peer).start())
  }

  send(peer: string, text: string): readonly ClientEvent[] {
    return this.take(this.core.conversation(peer).send(text).events)
  }

  end(peer: string): readonly ClientEvent[] {
    return this.take(this.core.conversation(peer).end())
  }

  receive(from: string, line: string): readonly ClientEvent[] {
    return this.take(this.core.receive(from, line))
  }

  /** Events of one type, so far. */
  all<Type extends ClientEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type)
  }

  /** The texts that its person read. */
  get texts(): string[] {
    return this.all('message').map(({ text }) => text)
  }

  get notices(): ClientNoticeEvent['code'][] {
    return this.all('notice').map(({ code }) => code)
  }

  /** The selected session's id with a peer, or undefined. */
  ssid(peer: string): string | undefined {
    const { sessions, selected } = this.core.conversation(peer).status
    return selected === undefined ? undefined : sessions[0]?.ssid
  }

  isEncrypted(peer: string): boolean {
    return this.core.conversation(peer).status.selected !== undefined
  }
}

/** An in-memory network: every client of an address hears what is sent to it. Nothing moves until a test says so. */
export class Network {
  now = 1_700_000_000
  readonly queue: Packet[] = []
  /** All lines that ever entered it. */
  readonly log: Packet[] = []
  readonly parties: Party[] = []
  /** What a packet becomes on delivery: none, one or more. */
  fate: (packet: Packet) => readonly Packet[] = (packet) => [packet]
  readonly #seed: number

  constructor(seed = 1) {
    this.#seed = seed
  }

  add(address: string, options: PartyOptions = {}): Party {
    const number = this.parties.length + 1
    const { tag = 0x1000 * number + 1, policy = {}, random = seededRandom(this.#seed * 1000 + number), key = number, versions = usual } = options
    const { authorize, state } = options
    const core = new ClientCore({
      account: testAccount(address, tag, key, versions, this.now),
      clock: () => this.now,
      random,
      policy: { ...(versions.includes('2') && { allowV2: true, v2WithEverybody: true, allowV3: versions.includes('3') }), ...policy },
      ...(authorize !== undefined && { authorize }),
      ...(state !== undefined && { state }),
    })
    const party = new Party(this, address, core)
    this.parties.push(party)
    return party
  }

  put(packet: Packet): void {
    this.log.push(packet)
    this.queue.push(packet)
  }

  /** Delivers one packet, the oldest unless told otherwise. */
  deliver(at = 0): void {
    const [packet] = this.queue.splice(at, 1)
    if (packet === undefined) return
    for (const { from, to, line } of this.fate(packet)) {
      for (const party of this.parties) if (party.address === to) party.receive(from, line)
    }
  }

  /** Delivers until nothing is on its way. Fails the test when that does not come to an end. */
  run(most = 2000): void {
    for (let steps = 0; this.queue.length > 0; steps++) {
      if (steps > most) throw new Error('the network does not come to rest')
      this.deliver()
    }
  }

  /** Moves the clock and runs every timer on the way, in steps no longer than a second. */
  advance(seconds: number, step = 1): void {
    const end = this.now + seconds
    while (this.now < end) {
      this.now = Math.min(end, this.now + step)
      for (const party of this.parties) party.take(party.core.tick())
      this.run()
    }
  }

  /** The lines that went from one to another. */
  lines(from: string, to: string): string[] {
    return this.log.filter((packet) => packet.from === from && packet.to === to).map(({ line }) => line)
  }
}

/** Two parties with a private conversation between them. */
export function encryptedPair(options: { readonly alice?: PartyOptions, readonly bob?: PartyOptions, readonly seed?: number } = {}): {
  readonly network: Network
  readonly alice: Party
  readonly bob: Party
} {
  const network = new Network(options.seed)
  const alice = network.add('alice', options.alice)
  const bob = network.add('bob', options.bob)
  alice.start('bob')
  network.run()
  if (alice.ssid('bob') === undefined || alice.ssid('bob') !== bob.ssid('alice')) throw new Error('no session')
  return { network, alice, bob }
}
