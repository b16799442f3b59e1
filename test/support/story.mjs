// What two people do with this library, only through its public entrances. It runs from the sources and from the package, in Node, Bun, Deno
// and browsers. Throws if anything is not as it should be.

/** Bytes that depend only on a seed, so that the same story draws the same bytes in every runtime. Not random at all. */
export function seeded(seed) {
  let [a, b, c, d] = [0x9e3779b9, seed | 0, 0x243f6a88, 0xb7e15162]
  const next = () => {
    // sfc32
    const t = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 24
  }
  for (let i = 0; i < 20; i++) next()
  return (length) => Uint8Array.from({ length }, next)
}

/** The part of an `abstract-level` database that a store needs, for runtimes without any other. */
export function databaseInMemory(records = new Map()) {
  return {
    open: async () => undefined,
    close: async () => undefined,
    get: async (key) => records.get(key.join())?.[1].slice(),
    batch: async (operations) => {
      for (const { type, key, value } of operations) {
        if (type === 'put') records.set(key.join(), [key.slice(), value.slice()])
        else records.delete(key.join())
      }
    },
    iterator: () => {
      const all = [...records.values()].sort(([a], [b]) => (a.join() < b.join() ? -1 : 1)).map(([key, value]) => [key.slice(), value.slice()])
      return { nextv: async (size) => all.splice(0, size), close: async () => undefined }
    },
  }
}

function expect(what, is, should) {
  if (JSON.stringify(is) !== JSON.stringify(should)) throw new Error(`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(should)}`)
}

/** Two clients, a network between them that loses nothing, and all texts. */
class Two {
  lines = []
  heard = []
  clients = new Map()
  /** Lines on their way. */
  under = new Set()

  add(name, client) {
    this.clients.set(name, client)
    client.on('send', ({ to, message }) => {
      this.lines.push(`${name}: ${message}`)
      const way = Promise.resolve().then(() => this.clients.get(to)?.receive(name, message)).finally(() => this.under.delete(way))
      this.under.add(way)
    })
    client.on('message', ({ text, encrypted }) => { this.heard.push([name, text, encrypted]) })
    client.on('smp', ({ event, question }) => { this.heard.push([name, event, ...(question === undefined ? [] : [question])]) })
    client.on('notice', ({ code, detail }) => { if (code === 'internal') this.heard.push([name, code, String(detail)]) })
    return client
  }

  /** Delivers until nothing is on its way. */
  async quiet() {
    do {
      while (this.under.size > 0) await Promise.all(this.under)
      for (const client of this.clients.values()) await client.tick()
    } while (this.under.size > 0)
  }

  async said(what, should, work) {
    this.heard = []
    await work()
    await this.quiet()
    expect(what, this.heard, should)
  }
}

/**
 * A whole conversation: begun, used, verified by a shared secret, with a text in many fragments. With `open`, alice's state is saved and
 * the conversation goes on after a restart.
 *
 * @param otr4 the entrance `otr4`
 * @param version 3 or 4
 * @param options `random`: of name and purpose. `keys`: of both, made where they are missing. `open`: opens alice's persistence
 * @returns all lines on the wire, in their order; and the keys
 */
export async function conversation(otr4, version, { random = () => undefined, keys = {}, open, clock = () => Date.now() / 1000 } = {}) {
  const two = new Two()
  const policy = { allowV3: version === 3, allowV4: version === 4, maxMessageLength: 1400 }
  const start = async (name, purpose, persistence) => {
    const source = random(`${name} ${purpose}`)
    const client = await otr4.Client.open({
      account: name, clock, policy, ...(keys[name] && { keys: keys[name] }), ...(source && { random: source }), ...(persistence && { persistence }),
    })
    keys[name] = client.keys
    return two.add(name, client)
  }
  let alice = await start('alice', 'first', await open?.())
  const bob = await start('bob', 'first')
  const toBob = () => alice.conversation('bob')
  const toAlice = bob.conversation('alice')

  await two.said('the start', [], () => toBob().start())
  // Each change of the speaker begins a chain, and every third one brings a new key of 3072 bits.
  for (let turn = 0; turn < 4; turn++) {
    await two.said(`turn ${turn}, alice`, [['bob', `to bob ${turn}`, true]], () => toBob().send(`to bob ${turn}`))
    await two.said(`turn ${turn}, bob`, [['alice', `to alice ${turn} \u{1f511} \u00e4\u20ac`, true]], () => toAlice.send(`to alice ${turn} \u{1f511} \u00e4\u20ac`))
  }
  const long = 'a long text. '.repeat(400)
  await two.said('a long text', [['bob', long, true]], () => toBob().send(long))

  two.heard = []
  await toBob().verify('under the bridge', { question: 'Where did we meet?' })
  await two.quiet()
  expect('the question', two.heard, [['bob', 'asked', 'Where did we meet?']])
  two.heard = []
  await toAlice.answer('under the bridge')
  await two.quiet()
  const outcome = two.heard.filter(([name, event]) => name === 'alice' && event === 'succeeded').length
  expect('the verification', outcome, 1)

  if (open !== undefined) {
    await alice.close()
    alice = await start('alice', 'second', await open())
    await two.said('after the restart, bob', [['alice', 'still there?', true]], () => toAlice.send('still there?'))
    await two.said('after the restart, alice', [['bob', 'yes', true]], () => toBob().send('yes'))
  }
  await two.said('the end', [], () => toBob().end())
  await alice.close()
  await bob.close()
  return { lines: two.lines, keys }
}

/** Sealing and opening under a passphrase. */
export async function sealing(store, random) {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i)
  const sealed = await store.sealBytes('correct horse', bytes, random, { purpose: 'story', cost: { log2N: 10, r: 8, p: 1 } })
  const opened = await store.openBytes('correct horse', sealed, { purpose: 'story' })
  expect('what was sealed', opened.join(), bytes.join())
  const wrong = await store.openBytes('wrong horse', sealed, { purpose: 'story' }).then(() => 'opened', (error) => error.code)
  expect('a wrong passphrase', wrong, 'OTR_STORE_PASSPHRASE')
  return sealed.join()
}
