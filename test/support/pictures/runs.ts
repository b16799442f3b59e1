/** What `docs/pictures/` shows: two clients that really talk, with seeded randomness. Nothing secret stands in it: lengths, types, counters, public keys. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { classify, roleOfMessage, unarmor, type DataMessageV4, type OtrMessage } from '../../../src/wire/index.js'
import { Network, type Packet, type Party, type PartyOptions } from '../network.js'
import { handOut } from '../offline-parties.js'
import type { DeniabilityRecord } from '../../deniability/record.js'
import { deniabilityPictures } from './deniability.js'
import { draw, type Row } from './svg.js'

/** A large run of the judge. `npm run bench:deniability -- --record test/deniability/results.json` writes it. */
const judged = JSON.parse(readFileSync(new URL('../../deniability/results.json', import.meta.url), 'utf8')) as DeniabilityRecord

/** The pictures, by the names of their files. */
export function pictures(): ReadonlyMap<string, string> {
  return new Map([
    ['key-exchange-4.svg', draw({ title: 'The key exchange of version 4', left: 'Alice', right: 'Bob', rows: exchange({ versions: '4' }) })],
    ['key-exchange-3.svg', draw({ title: 'The key exchange of version 3', left: 'Alice', right: 'Bob', rows: exchange({ versions: '3' }) })],
    ['key-exchange-offline.svg', draw({ title: 'A first message to somebody who is away', left: 'Alice', right: 'Bob', rows: offline() })],
    ['ratchet.svg', draw({ title: 'Eight turns of the double ratchet', left: 'Alice', right: 'Bob', rows: ratchet() })],
    ...deniabilityPictures(judged),
  ])
}

const names: Partial<Readonly<Record<OtrMessage['kind'], string>>> = {
  'v4-identity': 'Identity message', 'v4-auth-r': 'Auth-R message', 'v4-auth-i': 'Auth-I message', 'v4-non-interactive-auth': 'Non-Interactive-Auth message',
  'v4-data': 'data message', 'v3-dh-commit': 'D-H Commit message', 'v3-dh-key': 'D-H Key message', 'v3-reveal-signature': 'Reveal Signature message',
  'v3-signature': 'Signature message', 'v3-data': 'data message',
}

/** Alice and Bob on a network, and what has been drawn of them so far. */
class Stage {
  readonly network = new Network(7)
  readonly alice: Party
  readonly bob: Party
  readonly rows: Row[] = []
  readonly #shown = new Map<string, string>()

  constructor(options: PartyOptions) {
    this.alice = this.network.add('alice@example.org', options)
    this.bob = this.network.add('bob@example.org', options)
    this.note()
  }

  /** Says of both how they stand, where it is news. */
  note(): void {
    for (const [at, party, other] of [['left', this.alice, this.bob], ['right', this.bob, this.alice]] as const) {
      const { sending, pending, sessions: [session] } = party.core.conversation(other.address).status
      const text = sending === 'encrypted' && session !== undefined ? `private, session ${session.ssid?.slice(0, 8) ?? ''}…`
        : pending || session?.state === 'handshake' ? 'waits for the answer' : 'in clear'
      if (this.#shown.get(party.address) === text) continue
      this.#shown.set(party.address, text)
      this.rows.push({ row: 'note', at, text, accent: sending === 'encrypted' })
    }
  }

  /** Delivers what is on its way, message by message. */
  run(describe: (packet: Packet) => readonly string[] = ({ line }) => describeLine(line)): void {
    for (let packet = this.network.queue[0]; packet !== undefined; packet = this.network.queue[0]) {
      this.rows.push({ row: 'message', from: packet.from === this.alice.address ? 'left' : 'right', texts: describe(packet), accent: isData(packet.line) })
      this.network.deliver()
      this.note()
    }
  }
}

function describeLine(line: string): string[] {
  const classified = classify(line)
  if (classified.kind === 'query') return ['query', `"${line.split(' ')[0] ?? ''}" and a sentence for people: ${number(line.length)} characters in clear`]
  if (classified.kind !== 'message') throw new Error(`nothing that is drawn: ${classified.kind}`)
  const { message } = classified
  return [names[message.kind] ?? message.kind, `${line.slice(0, 9)}…  ${number(unarmor(line).length)} bytes, ${number(line.length)} characters`]
}

function isData(line: string): boolean {
  const classified = classify(line)
  return classified.kind === 'message' && roleOfMessage(classified.message) === 'data'
}

function dataMessageIn(line: string): DataMessageV4 | undefined {
  const classified = classify(line)
  return classified.kind === 'message' && classified.message.kind === 'v4-data' ? classified.message : undefined
}

function number(value: number): string {
  return value.toLocaleString('en')
}

/** A short name for a public key. */
function short(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 6)
}

function exchange(options: PartyOptions): Row[] {
  const stage = new Stage(options)
  stage.alice.start(stage.bob.address)
  stage.note()
  stage.run()
  stage.rows.push({ row: 'break', text: 'from here on: text' })
  stage.alice.send(stage.bob.address, 'hello')
  stage.run()
  return stage.rows
}

function offline(): Row[] {
  const stage = new Stage({ versions: '4' })
  const { alice, bob } = stage
  const ensembles = handOut(bob.core.ensemble(1))
  stage.rows.push({ row: 'break', text: 'Bob has published an ensemble: Client Profile, Prekey Profile, Prekey Message. Then he goes.' })
  alice.take(alice.core.conversation(bob.address).sendOffline(ensembles, 'hello'))
  stage.note()
  stage.rows.push({ row: 'break', text: 'Alice has fetched it, and writes. Both lines wait on the network until Bob is back.' })
  stage.run()
  bob.send(alice.address, 'hello to you')
  stage.run()
  return stage.rows
}

function ratchet(): Row[] {
  const stage = new Stage({ versions: '4' })
  const { alice, bob } = stage
  alice.start(bob.address)
  stage.network.run()
  stage.rows.splice(0)
  stage.note()
  const chains = new Map<string, number>()
  const describe = ({ from, line }: Packet): string[] => {
    const message = dataMessageIn(line)
    if (message === undefined) throw new Error('no data message')
    const { ratchetId, messageId, previousChain, ecdh, dh } = message
    const begins = chains.get(from) !== ratchetId
    chains.set(from, ratchetId)
    const bold = `${from === alice.address ? 'Alice' : 'Bob'}'s chain ${ratchetId}, message ${messageId}`
    const keys = `ECDH key ${short(ecdh)}${dh.length > 0 ? `, DH key ${short(dh)}` : ''}`
    if (!begins) return [bold, `${keys}, as before; the chain's next key`]
    if (ratchetId === 0) return [bold, keys, 'root key and brace key are those of the key exchange']
    return [
      bold, `new ${keys}; so a new root key`,
      `brace key: ${dh.length > 0 ? 'new, by 3072-bit Diffie-Hellman' : 'hashed from the one before'}; ${previousChain} in the chain before`,
    ]
  }
  const turns: readonly (readonly [Party, Party, number])[] = [[alice, bob, 2], [bob, alice, 1], [alice, bob, 1], [bob, alice, 2], [alice, bob, 1]]
  for (const [from, to, count] of turns) {
    for (let n = 0; n < count; n++) {
      from.send(to.address, 'text')
      stage.run(describe)
    }
  }
  return stage.rows
}
