/** Two clients that keep their state in sealed stores: they talk, are closed without an end, opened again, and end. */
import { dist, kept, look, noteAccounts, policy, random, record, settle, told } from './recorder.mjs'
import { openPlatformStore, putFile } from './way-out.mjs'

const { Client } = await import(`${dist}/index.js`)
let now = 1_800_000_000
const secretOf = random(24)
/** The words of a passphrase, in bytes that can be overwritten. */
for (let at = 0; at < secretOf.length; at++) secretOf[at] = 97 + secretOf[at] % 26
await putFile('passphrase', secretOf)

async function open(account) {
  const persistence = await openPlatformStore(account, { secret: { passphrase: secretOf, cost: { log2N: 14, r: 8, p: 1 } } })
  return Client.open({ account, persistence, clock: () => now, random, policy })
}

const clients = {}
let heard = 0
let road = 'deliver'
const late = []
async function openBoth() {
  for (const [name, other] of [['alice', 'bob'], ['bob', 'alice']]) {
    clients[name] = await open(name)
    clients[name].on('send', ({ to, message }) => {
      told.push(message)
      // Nobody brings a line to anybody else.
      if (to !== other) return
      // The other client may be closed.
      const arrives = () => clients[other].receive(name, message).catch(() => undefined)
      if (road === 'later') late.push(arrives)
      else void arrives()
    })
    clients[name].on('message', () => { heard++ })
  }
}

async function rounds(count) {
  const before = heard
  for (let n = 0; n < count; n++) {
    now++
    await clients.alice.conversation('bob').send(`from alice ${n}`)
    await clients.bob.conversation('alice').send(`from bob ${n}`)
    // What was sent is received before the next round.
    await Promise.all([clients.alice.tick(), clients.bob.tick()])
  }
  for (let tries = 0; heard < before + 2 * count && tries < 3000; tries++) await new Promise((go) => { setTimeout(go, 10) })
  if (heard !== before + 2 * count) throw new Error(`${heard - before} texts were heard`)
}

async function shut(how) {
  for (const client of Object.values(clients)) await client.close(how)
}

await openBoth()
noteAccounts(clients.alice, clients.bob)
await clients.alice.conversation('bob').start()
await clients.alice.conversation('bob').encrypted({ timeout: 60 })
await clients.bob.conversation('alice').encrypted({ timeout: 60 })
now += 600
for (const client of Object.values(clients)) await client.tick()
await rounds(7)
settle()
await rounds(8)
await look('talking')

// Keys of lines that did not come, and a key exchange that nobody answers, are part of what is kept.
road = 'later'
for (let n = 0; n < 3; n++) await clients.alice.conversation('bob').send(`late ${n}`)
road = 'deliver'
await rounds(1)
await clients.alice.conversation('carol').start()
await shut()
settle()
await look('shut')

await openBoth()
await rounds(2)
for (const arrives of late) await arrives()
await clients.alice.conversation('carol').end()
settle()
await rounds(8)
await look('opened again')

record('passphrase', secretOf)
secretOf.fill(0)
await clients.alice.conversation('bob').end()
await clients.bob.conversation('alice').end()
await shut()
settle()
await look('closed')
if (kept.length !== 32) throw new Error('the control is gone')
