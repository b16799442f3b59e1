/**
 * Lives that end otherwise: key exchanges that are given up, refused or replaced at each step, verifications that are broken off at each step, keys of skipped
 * messages beyond their limit, sessions that expire, clients that are closed without an end, and stores that fail at each write.
 */
import { dist, kept, look, noteAccounts, policy, random, settle, spoilt, told } from './recorder.mjs'

const { Client } = await import(`${dist}/index.js`)
const { openStore } = await import(`${dist}/store/index.js`)
let now = 1_800_000_000
const first = { alice: await Client.open({ account: 'alice', clock: () => now, random, policy }), bob: await Client.open({ account: 'bob', clock: () => now, random, policy }) }
noteAccounts(first.alice, first.bob)
const keys = { alice: first.alice.keys, bob: first.bob.keys }

/** Two new clients of the same accounts, and the way between them: it brings so many lines, spoils the next, and loses the others. */
class Pair {
  brings = Infinity
  spoils = false
  heard = 0
  clients = {}
  under = Promise.resolve()

  static async make(persistence = () => undefined) {
    const pair = new Pair()
    for (const name of ['alice', 'bob']) {
      const kept = persistence(name)
      pair.clients[name] = await Client.open({ account: name, keys: keys[name], clock: () => now, random, policy, ...(kept !== undefined && { persistence: await kept }) })
    }
    for (const [name, other] of [['alice', 'bob'], ['bob', 'alice']]) {
      pair.clients[name].on('send', ({ message }) => {
        told.push(message)
        if (pair.brings <= 0 && !pair.spoils) return
        const line = pair.brings-- <= 0 ? broken(message) : message
        if (pair.brings < 0) pair.spoils = false
        pair.under = pair.under.then(() => pair.clients[other].receive(name, line)).catch(() => undefined)
      })
      pair.clients[name].on('message', () => { pair.heard++ })
    }
    return pair
  }

  get alice() { return this.clients.alice.conversation('bob') }
  get bob() { return this.clients.bob.conversation('alice') }

  /** Until nothing is on its way. */
  async rest() {
    for (let before; before !== this.under;) {
      before = this.under
      await before
      await new Promise((go) => { setTimeout(go, 2) })
    }
  }

  async tick(seconds) {
    now += seconds
    for (const client of Object.values(this.clients)) await client.tick().catch(() => undefined)
    await this.rest()
  }

  async start() {
    await this.alice.start()
    await this.rest()
    if (this.alice.status.sending !== 'encrypted' || this.bob.status.sending !== 'encrypted') throw new Error('no session')
  }

  async talk(rounds) {
    for (let n = 0; n < rounds; n++) {
      now++
      await this.alice.send(`from alice ${n}`)
      await this.rest()
      await this.bob.send(`from bob ${n}`)
      await this.rest()
    }
  }

  async close(how) {
    for (const client of Object.values(this.clients)) await client.close(how).catch(() => undefined)
  }
}

/** An encoded line with one bit changed; others as they are. */
function broken(line) {
  return line.startsWith('?OTR:') ? spoilt(line) : line
}

/** Both ways in which the line after so many is lost. */
async function* breaks(steps) {
  for (let step = 0; step < steps; step++) for (const spoils of [false, true]) yield { step, spoils }
}

// The pairs live on to the end: what they keep must not be there, nor what was dropped.
const pairs = []
const made = async (persistence) => {
  const pair = await Pair.make(persistence)
  pairs.push(pair)
  return pair
}

for await (const { step, spoils } of breaks(5)) {
  const pair = await made()
  Object.assign(pair, { brings: step, spoils })
  await pair.alice.start()
  await pair.rest()
  Object.assign(pair, { brings: 0, spoils: false })
  for (const seconds of [15, 30, 60, 120, 600, 86_400, 86_400]) await pair.tick(seconds)
  // Where the last line was lost, one side has a session.
  await pair.alice.end()
  await pair.bob.end()
}
// One replaces another at each step.
for await (const { step } of breaks(5)) {
  const pair = await made()
  pair.brings = step
  await pair.alice.start()
  await pair.rest()
  pair.brings = Infinity
  await pair.bob.start()
  await pair.rest()
  await pair.talk(4)
  await pair.alice.end()
  await pair.rest()
  await pair.bob.end()
}
settle()
await look('key exchanges given up')

for await (const { step, spoils } of breaks(5)) {
  const pair = await made()
  await pair.start()
  pair.clients.bob.on('smp', ({ event }) => { if (event === 'asked') void pair.bob.answer('the words of both') })
  Object.assign(pair, { brings: step, spoils })
  await pair.alice.verify('the words of both', { question: 'which words?' })
  await pair.rest()
  Object.assign(pair, { brings: Infinity, spoils: false })
  await pair.alice.abort().catch(() => undefined)
  await pair.rest()
  await pair.bob.abort().catch(() => undefined)
  await pair.rest()
  await pair.talk(9)
}
settle()
for (const pair of pairs.filter(({ heard }) => heard > 0)) {
  // No other device answers any more, and the keys of lines that were lost go after a day.
  await pair.tick(600)
  await pair.tick(90_000)
  await pair.talk(9)
}
await look('verifications broken off')
for (const pair of pairs.splice(0)) await pair.close()

// Keys of skipped messages, more than are kept.
const skipping = await made()
await skipping.start()
await skipping.tick(600)
await skipping.talk(2)
for (let batch = 0; batch < 3; batch++) {
  skipping.brings = 0
  for (let n = 0; n < 700; n++) await skipping.alice.send('lost')
  skipping.brings = Infinity
  await skipping.alice.send('in time')
  await skipping.rest()
  // 1,000 are kept: these are dropped for those that follow.
  if (batch === 0) settle()
}
await skipping.talk(4)
await look('messages skipped')

// Nobody says anything for a month, and the other side is not told.
const silent = await made()
await silent.start()
await silent.talk(3)
silent.brings = 0
for (let day = 0; day < 31; day++) await silent.tick(86_400)
// A client that is closed while it talks, and one whose key exchange is under way.
const closed = await made()
await closed.start()
await closed.talk(3)
closed.brings = 1
await closed.clients.alice.conversation('carol').start()
await closed.alice.start()
await closed.rest()
await closed.close()
await skipping.close()
settle()
await look('expired and closed')

/** A line that was made reveals MAC keys, even if the store keeps it back. */
const noting = (store) => {
  const save = store.save.bind(store)
  store.save = (changes) => {
    for (const { event } of changes.journalAdded) if (event.type === 'send') told.push(event.message)
    return save(changes)
  }
  return store
}
/** A store whose disk is full after so many writes; nothing is kept at all. */
function failing(writes) {
  let left = writes
  return {
    load: () => Promise.resolve(undefined),
    save: () => left-- > 0 ? Promise.resolve() : Promise.reject(new Error('the disk is full')),
    close: () => Promise.resolve(),
  }
}
const base64 = (bytes) => globalThis.btoa(String.fromCharCode(...bytes))
/** A sealed store over a database that fails after so many writes. */
function failingSealed(writes) {
  let left = writes
  const entries = new Map()
  const database = {
    open: () => Promise.resolve(), close: () => Promise.resolve(),
    get: (key) => Promise.resolve(entries.get(base64(key))),
    batch: (operations) => {
      // Whoever has the disk reads salts and nonces.
      for (const { value } of operations) if (value !== undefined) told.push(`?OTR:${base64(value)}.`)
      if (left-- <= 0) return Promise.reject(new Error('the disk is full'))
      for (const { type, key, value } of operations) {
        if (type === 'put') entries.set(base64(key), value)
        else entries.delete(base64(key))
      }
      return Promise.resolve()
    },
    iterator: () => ({ nextv: () => Promise.resolve([]), close: () => Promise.resolve() }),
  }
  const passphrase = random(16)
  return openStore({ database, anchor: 'none', random, secret: { passphrase, cost: { log2N: 10, r: 8, p: 1 } } }).finally(() => { passphrase.fill(0) })
}
for (let writes = 2; writes < 16; writes++) {
  for (const store of [failing, failingSealed]) {
    const pair = await made((name) => name === 'alice' ? Promise.resolve(store(writes)).then(noting) : undefined)
    const words = async () => {
      await pair.alice.start()
      await pair.rest()
      await pair.talk(2)
      await pair.alice.verify('the words of both')
      await pair.rest()
      await pair.talk(4)
    }
    await words().then(() => { throw new Error('the store did not fail') }, (error) => { if (!/^OTR_STORE/.test(error.code)) throw error })
    // Closed or not: nothing of it can be used again.
    if (store === failingSealed) await pair.clients.alice.close().catch(() => undefined)
    await pair.clients.bob.close()
  }
}
settle()
await look('stores failed')
for (const pair of pairs) await pair.close()
for (const client of Object.values(first)) await client.close()
settle()
await look('closed')
if (kept.length !== 32 || pairs.length === 0) throw new Error('the control is gone')
