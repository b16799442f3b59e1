/** Two clients that talk: a key exchange, 23 rounds, a verification, a key exchange that nobody answers, a second session, the end. */
import { dist, kept, look, noteAccounts, policy, random, settle, spoilt, told } from './recorder.mjs'

const { Client } = await import(`${dist}/index.js`)
let now = 1_800_000_000
const open = (account) => Client.open({ account, clock: () => now, random, policy })
const clients = { alice: await open('alice'), bob: await open('bob') }
noteAccounts(clients.alice, clients.bob)
let heard = 0
/** What the network does with a line on its way: deliver it, keep it for later, or spoil its last characters. */
let road = 'deliver'
const late = []
for (const [name, other] of [['alice', 'bob'], ['bob', 'alice']]) {
  clients[name].on('send', ({ to, message }) => {
    told.push(message)
    // Nobody brings a line to anybody else.
    if (to !== other) return
    const arrives = (line) => clients[other].receive(name, line)
    if (road === 'later') late.push(() => arrives(message))
    else void arrives(road === 'spoil' ? spoilt(message) : message)
  })
  clients[name].on('message', () => { heard++ })
}
const alice = clients.alice.conversation('bob')
const bob = clients.bob.conversation('alice')

await alice.start()
await alice.encrypted({ timeout: 60 })
await bob.encrypted({ timeout: 60 })
// Until then, another device of the correspondent might answer.
now += 600
for (const client of Object.values(clients)) await client.tick()
for (let n = 0; n < 15; n++) {
  if (n === 7) settle()
  now++
  await alice.send(`from alice ${n}`)
  await bob.send(`from bob ${n}`)
}
if (heard !== 30) throw new Error(`${heard} texts were heard`)
await look('talking')

const succeeded = ['alice', 'bob'].map((name) => new Promise((go) => {
  clients[name].on('smp', ({ event }) => {
    if (event === 'asked') void bob.answer('the words of both')
    if (event === 'succeeded') go()
  })
}))
settle()
for (let n = 0; n < 4; n++) {
  await alice.send('a few rounds,')
  await bob.send('and what was wiped before is out of use')
}
await alice.verify('the words of both', { question: 'which words?' })
await Promise.all(succeeded)
await look('verified')

// Lines that come late, lines that never come, and lines with a wrong MAC: keys are derived for all of them.
road = 'later'
for (let n = 0; n < 6; n++) await alice.send(`late ${n}`)
road = 'spoil'
await alice.send('spoilt')
road = 'deliver'
await alice.send('in time')
for (const arrives of late.slice(0, 3)) await arrives()
await bob.send('I have read what came')

// A key exchange that nobody answers, and one that replaces the session.
await clients.alice.conversation('carol').start()
await alice.start()
for (let n = 0; n < 3; n++) {
  now += 2
  await Promise.all(Object.values(clients).map((client) => client.tick()))
}
await alice.send('in the new session')
await bob.send('and back')

await alice.end()
await bob.end()
await clients.alice.conversation('carol').end()
for (const client of Object.values(clients)) await client.close()
settle()
await look('closed')
if (kept.length !== 32) throw new Error('the control is gone')
