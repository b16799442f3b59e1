/**
 * Somebody publishes prekeys on a server in this process, and is away; somebody else writes to them, with one of the prekeys. Key exchanges with the server are
 * given up on both sides, profiles are renewed, and some prekeys are never used.
 */
import { dist, kept, look, noteAccounts, random, record, settle, told } from './recorder.mjs'
import { openPrekeyStore } from './way-out.mjs'

const { Client } = await import(`${dist}/index.js`)
const { PrekeyClient, PrekeyServer } = await import(`${dist}/prekey/index.js`)
const { ed448KeyPair, shake256 } = await import(`${dist}/crypto/index.js`)
let now = 1_800_000_000
const clock = () => now
const open = (account) => Client.open({ account, clock, random, policy: { allowV3: false, heartbeatAfter: 1e9 } })
const clients = { alice: await open('alice'), bob: await open('bob') }
const identity = 'prekeys.example.org'
const symmetric = random(57)
const key = ed448KeyPair(symmetric)
const store = await openPrekeyStore()
const server = new PrekeyServer({ identity, key, store, random, clock })
for (const bytes of [symmetric, key.secretScalar, shake256([symmetric], 114)]) record('long-term', bytes)
const publishers = Object.fromEntries(Object.entries(clients).map(([name, owner]) => [name, new PrekeyClient({ owner, server: { identity }, random, clock })]))
noteAccounts(clients.alice, clients.bob)

/** What the way to the server does: it brings lines, or loses those after so many. */
let brings = Infinity
const events = []
async function run(name, step) {
  events.push(...step.events)
  for (const { message } of step.send) {
    told.push(message)
    if (brings-- <= 0) continue
    for (const answer of await server.receive(name, message)) {
      told.push(answer)
      if (brings-- > 0) await run(name, publishers[name].receive(identity, answer))
    }
  }
  if (step.later !== undefined) await run(name, await step.later)
}
const happened = (event) => {
  const at = events.findIndex((one) => one.event === event || one.type === event)
  if (at < 0) throw new Error(`no ${event} among the events`)
  return events.splice(at, 1)[0]
}

let heard = 0
const waiting = []
let isAway = true
for (const [name, other] of [['alice', 'bob'], ['bob', 'alice']]) {
  clients[name].on('send', ({ message }) => {
    told.push(message)
    const arrives = () => clients[other].receive(name, message)
    if (isAway) waiting.push(arrives)
    else void arrives()
  })
  clients[name].on('message', () => { heard++ })
}

await run('bob', publishers.bob.publish(1))
happened('published')
await run('bob', publishers.bob.status())
happened('status')
// The answer to the first message does not come, then the one to the third: the client gives up, and the server forgets.
for (const lines of [1, 3]) {
  brings = lines
  await run('bob', publishers.bob.status())
  brings = Infinity
  for (let n = 0; n < 5; n++) {
    now += 31
    brings = 0
    await run('bob', publishers.bob.tick())
    brings = Infinity
  }
  happened('failed')
}
now += 3600
await server.tick(now)
await server.tick(now += 60)
// And one that is under way when the program ends.
brings = 1
await run('bob', publishers.bob.status())
brings = Infinity
publishers.bob.close()

await run('alice', publishers.alice.fetch('bob'))
const { ensembles } = happened('ensembles')
await clients.alice.conversation('bob').sendOffline(ensembles, 'read this when you are back')
isAway = false
for (const arrives of waiting) await arrives()
if (heard !== 1) throw new Error('the text was not read')
async function rounds(count) {
  const before = heard
  for (let n = 0; n < count; n++) {
    now++
    await clients.bob.conversation('alice').send(`from bob ${n}`)
    await clients.alice.conversation('bob').send(`from alice ${n}`)
  }
  for (let tries = 0; heard < before + 2 * count && tries < 3000; tries++) await new Promise((go) => { setTimeout(go, 10) })
  if (heard !== before + 2 * count) throw new Error(`${heard - before} texts were heard`)
}
await rounds(3)
settle()
await rounds(8)
await look('read')

// Prekeys that nobody uses, with a profile that is renewed and expires, and a clock that is read twice.
await clients.bob.ensemble(3)
settle()
for (const end = now + 100 * 86_400; now < end; now += 43_200) {
  for (const client of Object.values(clients)) await client.tick()
}
await look('replaced')

for (const client of Object.values(clients)) await client.close()
await store.close()
settle()
await look('closed')
if (kept.length !== 32) throw new Error('the control is gone')
