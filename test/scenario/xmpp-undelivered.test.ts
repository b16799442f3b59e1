import { expect } from 'chai'
import { generateDsaKey, generateInstanceTag, systemRandom, type AccountKeys } from '../../src/index.js'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import { XmppTransport } from '../../src/transport/xmpp/index.js'
import { Person } from '../support/chat-person.js'
import { until } from '../support/transport-events.js'
import { XmppServer } from '../support/xmpp-server.js'

type Notice = Extract<ChatEvent, { type: 'notice' }>

describe('xmpp: what a person is told about lines that do not arrive', () => {
  let server: XmppServer
  let keys: AccountKeys[]
  const people: Person[] = []

  before(async () => {
    keys = await Promise.all([0, 1].map(async () => ({ dsa: await generateDsaKey(systemRandom), instanceTag: generateInstanceTag(systemRandom) })))
  })

  beforeEach(async () => { server = await new XmppServer().listen() })

  afterEach(async () => {
    for (const person of people.splice(0)) await person.leave()
    await server.close()
  })

  async function sit(jid: string, at: number, peer: string): Promise<Person> {
    const transport = new XmppTransport({ jid, password: 'secret', server: `127.0.0.1:${server.port}`, reconnect: { first: 60_000, most: 60_000 } })
    const person = await Person.sit(transport, { keys: keys[at] ?? {} as AccountKeys, peer, policy: { sendWhitespaceTag: false } })
    people.push(person)
    return person
  }

  const returned = (person: Person): (string | undefined)[] =>
    person.shown.filter((event): event is Notice => event.type === 'notice' && event.code === 'undelivered').map(({ detail }) => detail)

  it('which text in clear it was, and that it was the offer', async () => {
    const alice = await sit('alice@test.example', 0, 'carol@test.example')
    alice.type('are you there?')
    alice.type(`long ${'text '.repeat(40)}`)
    await until(() => returned(alice).length === 2)
    alice.type('/otr start')
    await until(() => returned(alice).length === 3)
    expect(returned(alice)).to.deep.equal([
      'service-unavailable ("are you there?")', `service-unavailable ("long ${'text '.repeat(11)}\u2026")`, 'service-unavailable (the offer of a private conversation)',
    ])
    expect(alice.shown.filter(({ type }) => type === 'message'), 'our own body came back').to.deep.equal([])
  })

  it('which private text it was, which can be sent again; and nothing goes in clear', async () => {
    const alice = await sit('alice@test.example', 0, 'bob@test.example')
    const bob = await sit('bob@test.example/desk', 1, 'alice@test.example')
    alice.type('/otr start')
    for (const person of [alice, bob]) await person.sees((event) => event.type === 'state' && event.state === 'private', 'private')
    // His connection ends, and the server says nothing of that.
    server.peer('bob@test.example').socket.destroy()
    alice.type('into the void')
    const lost = await alice.sees((event) => event.type === 'lost')
    expect(lost).to.include({ peer: 'bob@test.example', text: 'into the void' })
    await until(() => returned(alice).length === 1)
    const number = lost.type === 'lost' ? lost.number : 0
    expect(returned(alice)).to.deep.equal([`service-unavailable (message ${number})`])
    expect(alice.shown).to.deep.include({ type: 'notice', peer: 'bob@test.example', code: 'program-gone' })
    const again = new XmppTransport({ jid: 'bob@test.example/phone', password: 'secret', server: `127.0.0.1:${server.port}` })
    again.on('message', ({ from, text }) => bob.client.receive(from, text))
    await again.start()
    let text = ''
    bob.client.on('message', (event) => { text = event.text })
    alice.type(`/otr resend ${number}`)
    await until(() => text === 'into the void', 'the text')
    expect(server.peers.flatMap(({ sent }) => sent).join('\n')).not.to.include('the void')
    await again.close(0)
  })

  it('that the program has gone with which they talk privately, and of no other one', async () => {
    const alice = await sit('alice@test.example', 0, 'bob@test.example')
    const bob = await sit('bob@test.example/desk', 1, 'alice@test.example')
    alice.type('/otr start')
    for (const person of [alice, bob]) await person.sees((event) => event.type === 'state' && event.state === 'private', 'private')
    const { socket } = server.peer('alice@test.example')
    socket.write('<message from="bob@test.example/tv" type="chat"><body>hello from the sofa</body></message>')
    await alice.sees((event) => event.type === 'message')
    socket.write('<presence from="bob@test.example/tv" type="unavailable"/><message from="bob@test.example/desk" type="chat"><body>mark</body></message>')
    await alice.sees((event) => event.type === 'message' && event.text === 'mark')
    const gone = (): number => alice.shown.filter((event) => event.type === 'notice' && event.code === 'program-gone').length
    expect(gone()).to.equal(0)
    socket.write('<presence from="bob@test.example/desk" type="unavailable"/>')
    await until(() => gone() === 1)
    expect(alice.client.conversation('bob@test.example').status.sending).to.equal('encrypted')
  })
})
