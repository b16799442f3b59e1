/**
 * Measures the memory of a client's idle sessions. Run it in a process of its own with --expose-gc; it prints the bytes. The correspondents
 * are created, talk, and are dropped, one after another.
 */
import { ClientCore, generateEd448Keys, makeV4Identity, systemRandom, type Account, type ClientEvent } from '../src/index.js'

const count = Number(process.argv[2] ?? 1000)
let now = 1_800_000_000

function account(address: string, instanceTag: number): Account {
  return { address, instanceTag, v4: makeV4Identity(generateEd448Keys(systemRandom), { instanceTag, now }, systemRandom) }
}

function client(own: Account): ClientCore {
  return new ClientCore({ account: own, clock: () => now, policy: { heartbeatAfter: 0, sessionExpires: 0 } })
}

/** The memory that the process uses for JavaScript, after garbage collection. */
function used(): number {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('needs --expose-gc')
  for (let i = 0; i < 5; i++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function carry(from: ClientCore, to: ClientCore, events: readonly ClientEvent[]): void {
  for (const event of events) if (event.type === 'send') carry(to, from, to.receive(from.address, event.message))
}

/** Establishes a private conversation in which each side has sent two texts. */
function meet(ours: ClientCore, n: number, theirs: Account): void {
  const peer = client({ ...theirs, address: `peer ${n}` })
  carry(ours, peer, ours.conversation(peer.address).start('identity'))
  for (let turn = 0; turn < 4; turn++) {
    const [from, to] = turn % 2 === 0 ? [ours, peer] : [peer, ours]
    carry(from, to, from.conversation(to.address).send('good day').events)
  }
  if (ours.conversation(peer.address).status.selected === undefined) throw new Error('no session')
  now += 1
}

const ours = client(account('we', 0x1000))
const theirs = account('they', 0x2000)
// The first conversation is not counted: it creates what all of them share.
meet(ours, -1, theirs)
const before = used()
for (let n = 0; n < count; n++) meet(ours, n, theirs)
const after = used()
if (ours.peers().length !== count + 1) throw new Error('somebody was forgotten')
process.stdout.write(`${after - before}\n`)
