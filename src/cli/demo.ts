import { missingPackage } from '../store/node/directory.js'
import { RelayServer, type RelayLine } from '../transport/relay/index.js'
import { classify } from '../wire/index.js'
import type { Command } from './command.js'
import { Away, tellAway } from './demo/offline-scene.js'
import { Person } from './demo/person.js'
import { Story } from './demo/story.js'
import { inertLine } from './inert-text.js'
import { messageOf } from './error-text.js'
import { messageTitle } from './describe-message.js'
import { parseOptions } from './options.js'
import { untilSignal } from './signals.js'

export const command: Command = {
  summary: 'watch two programs meet, verify each other and talk privately',
  help: `
usage: otr4 demo [--json]

Starts a relay and three chat programs on this machine, each a process of its
own, and tells what happens: what the people see, and what the network between
them sees. Alice and Bob speak version 4, online and then by way of a prekey
server; Carol has only version 3. Takes some seconds, listens on loopback
only, writes to a temporary folder which it removes at the end. Without the
package classic-level, which keeps state on disk, the chapter with the prekey
server is left out.

  --json   one JSON object a step: {"who","text"}; who is "alice", "bob",
           "carol", "network" or null

exit codes: 0 everything happened as told, 1 something did not
`,
  async run(args, io) {
    const { values } = parseOptions(args, { options: { json: { type: 'boolean' } } })
    const story = new Story(io, values.json === true)
    const network = new Network()
    const relay = await RelayServer.listen({ onLine: (line) => { network.saw.push(line) }, delay: () => network.delay() })
    const people: Person[] = []
    const over = new AbortController()
    const interrupted = untilSignal(over.signal).then(() => { throw new Error('it was interrupted') })
    let away: Away | undefined
    try {
      const missing = await missingPackage()
      if (missing === undefined) away = await Away.begin()
      await Promise.race([interrupted, tell(story, network, away ?? missing ?? '', (name, partner, policy = '') => {
        const person = new Person(name, relay.url, partner, policy)
        people.push(person)
        return person
      })])
      return 0
    } catch (error) {
      story.fail(messageOf(error))
      return 1
    } finally {
      over.abort()
      for (const person of people) person.kill()
      await away?.end()
      await relay.close()
    }
  },
}

/** The network of the demonstration: collects the lines that it sees, and delays them. */
class Network {
  readonly saw: RelayLine[] = []
  /** Milliseconds for the next lines, first to last; then no delay. */
  delays: number[] = []

  delay(): number {
    return this.delays.shift() ?? 0
  }
}

type Arrive = (name: string, partner: string, policy?: string) => Person

/** Prints the story. A sentence is printed after what it describes has happened. `away`: the programs for the last chapter, or why there are none. */
async function tell(story: Story, network: Network, away: Away | string, arrive: Arrive): Promise<void> {
  story.tell('What follows really happens now, on this machine: each person is a chat program in a process of its own, and a relay carries '
    + 'what they say. The lines called "network" are all that the relay, or anybody else on the way, can read.')
  story.chapter('Alice and Bob meet')
  const alice = arrive('alice', 'bob')
  const bob = arrive('bob', 'alice')
  await Promise.all([alice.expect('ready'), bob.expect('ready')])
  story.tell('Two chat programs are connected to a relay. Each has just made its own long-term keys.')
  await say(alice, bob, 'hi Bob, can we talk privately?', 'clear')
  story.says('alice', 'hi Bob, can we talk privately?')
  story.network(network.saw.at(-1)?.text ?? '')
  story.tell('That went in clear: the network reads along.')

  story.chapter('A private conversation begins')
  const before = network.saw.length
  story.tell('Alice types /otr start. The programs exchange keys:')
  alice.type('/otr start')
  const [atAlice, atBob] = await Promise.all([isPrivate(alice, 4), isPrivate(bob, 4)])
  for (const { text } of network.saw.slice(before)) story.network(describe(text))
  if (atAlice.ssid === undefined || atAlice.ssid !== atBob.ssid) throw new Error('the session ids differ')
  story.tell(`Alice offered versions 3 and 4; Bob took the newest, version 4. Both now have the same session id, ${atAlice.ssid}. `
    + 'Nobody can prove later that this conversation took place: each of the signatures could have been made by the other side too.')

  story.chapter('Nobody else can read it')
  await say(alice, bob, 'the meeting is at the old mill', 'private')
  story.says('alice', 'the meeting is at the old mill')
  story.network(network.saw.at(-1)?.text ?? '')
  await say(bob, alice, 'I bring the maps', 'private')
  story.says('bob', 'I bring the maps')
  story.network(network.saw.at(-1)?.text ?? '')
  if (network.saw.some(({ text }) => text.includes('mill') || text.includes('maps'))) throw new Error('the network has read a private message')

  story.chapter('Is it really Bob?')
  story.tell('So far Alice knows that nobody reads along, not who is at the other end. She asks something only Bob can know.')
  alice.type('/otr smp "Where did we first meet?" at the lighthouse')
  const { question = '' } = await bob.expect('smp', ({ event }) => event === 'asked')
  story.says('alice', `asks: ${question}`)
  bob.type('/otr answer at the lighthouse')
  story.says('bob', 'answers, and only he sees what he types')
  const [verdict] = await Promise.all([alice, bob].map((person) => person.expect('smp', ({ event }) => event === 'succeeded' || event === 'failed')))
  if (verdict?.event !== 'succeeded' || verdict.verified !== true) throw new Error('the verification failed')
  if (network.saw.some(({ text }) => /lighthouse|first meet/.test(text))) throw new Error('the network has read the question or the answer')
  story.network(network.saw.at(-1)?.text ?? '')
  story.tell('The answers are equal. Bob is verified, and neither the answer nor a trace of it went over the network.')

  story.chapter('The network misbehaves')
  network.delays = [900, 600, 300]
  const lines = ['first', 'second', 'third']
  for (const line of lines) {
    alice.type(line)
    await alice.expect('sent', ({ text }) => text === line)
  }
  const arrived: string[] = []
  while (arrived.length < lines.length) arrived.push((await bob.expect('message', ({ privacy }) => privacy === 'private')).text)
  if ([...arrived].sort().join() !== [...lines].sort().join()) throw new Error('a message was lost')
  if (arrived.join() === lines.join()) throw new Error('the network kept the order after all')
  story.tell(`Alice wrote: ${lines.join(', ')}. The network delivered: ${arrived.join(', ')}. Bob could read each one, once.`)
  await say(bob, alice, 'all there', 'private')
  story.says('bob', 'all there')

  story.chapter('The end')
  alice.type('/otr end')
  await Promise.all([alice.expect('state', ({ state }) => state !== 'private'), bob.expect('state', ({ state }) => state === 'ended')])
  bob.type('are you still there?')
  await bob.expect('outbox', ({ event }) => event === 'held')
  if (network.saw.some(({ text }) => text.includes('still there'))) throw new Error('text went out in clear')
  story.tell('Alice ended the conversation; all its keys are gone. What Bob types now is held back: it is never sent in clear by accident.')

  story.chapter('Bob is away')
  if (typeof away === 'string') story.tell(`(Left out: ${away})`)
  else await tellAway(story, away)

  story.chapter('Carol has only version 3')
  const carol = arrive('carol', 'alice', 'allowV4=false')
  await carol.expect('ready')
  carol.type('/otr start')
  const [, withCarol] = await Promise.all([isPrivate(carol, 3), isPrivate(alice, 3)])
  await say(carol, alice, 'hello from an older program', 'private')
  story.says('carol', 'hello from an older program')
  story.tell(`Carol offered version 3 alone, as Pidgin or irssi would. Alice's program speaks that too: session ${withCarol.ssid ?? ''}.`)

  const exits = await Promise.all([alice, bob, carol].map((person) => person.leave()))
  if (exits.some((code) => code !== 0)) throw new Error(`a program left with exit code ${Math.max(...exits)}`)
  story.tell('Now you: `npx otr4 relay` in one terminal, `npx otr4 chat --relay ws://127.0.0.1:5290 --nick alice --with bob` in another, '
    + 'and the same the other way round in a third.')
}

async function say(from: Person, to: Person, line: string, privacy: 'clear' | 'private'): Promise<void> {
  from.type(line)
  await Promise.all([
    from.expect('sent', (sent) => sent.text === line && sent.privacy === privacy),
    to.expect('message', (message) => message.text === line && message.privacy === privacy),
  ])
}

async function isPrivate(person: Person, version: 3 | 4): Promise<{ readonly ssid?: string }> {
  const state = await person.expect('state', (event) => event.state === 'private')
  if (state.version !== version) throw new Error(`${person.name} speaks version ${state.version ?? 0} instead of ${version}`)
  return state
}

/** A line of a key exchange, with its name in front. */
function describe(line: string): string {
  const classified = classify(line)
  const name = classified.kind === 'query' ? 'offer' : classified.kind === 'message' ? messageTitle(classified.message) : undefined
  return name === undefined ? inertLine(line) : `(${name}) ${inertLine(line)}`
}
