import { expect } from 'chai'
import { Deliveries } from '../../src/transport/irc/deliveries.js'
import { IrcTransport } from '../../src/transport/irc/index.js'
import type { OutgoingLine } from '../../src/transport/irc/outgoing.js'
import { IrcStage, privately } from '../support/irc-stage.js'
import type { IrcPeer } from '../support/irc-server.js'
import { MemoryDisk } from '../support/memory-persistence.js'
import { collect, rejection, until } from '../support/transport-events.js'

const piece = (at: number, of: number): string => `?OTR|00000001|00000100|00000200,${String(at).padStart(5, '0')},${String(of).padStart(5, '0')},AAAA,`
const numbers = (lines: readonly { text: string }[]): number[] => lines.map(({ text }) => Number(/,(\d{5}),/.exec(text)?.[1]))
const upTo = (most: number): number[] => Array.from({ length: most }, (_, at) => at + 1)

describe('irc: a nick that changes while lines are under way', () => {
  const stage = new IrcStage()
  const serve = stage.serve.bind(stage)
  const client = stage.client.bind(stage)

  afterEach(() => stage.close())

  const sentTo = (peer: IrcPeer, nick: string): string[] => peer.lines.map(({ text }) => text).filter((text) => text.startsWith(`PRIVMSG ${nick} :`))

  it('waiting lines go to their receiver, under the new name, in their order', async () => {
    await serve()
    const alice = await client('alice', { pace: { burst: 2, intervalMs: 15 } })
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const lost = collect(alice, 'undelivered')
    const renamed = collect(alice, 'renamed')
    const all = upTo(12).map((at) => alice.send('Bob', piece(at, 12)))
    await until(() => lines.length >= 3)
    stage.server.rename(stage.server.peer('bob'), 'Guest4711')
    await Promise.all(all)
    await until(() => lines.length === 12)
    expect(numbers(lines)).to.deep.equal(upTo(12))
    expect(renamed).to.deep.equal([{ from: 'bob', to: 'guest4711' }])
    expect(sentTo(stage.server.peer('alice'), 'Guest4711').length).to.be.greaterThan(5)
    expect(lost).to.deep.equal([])
  })

  it('lines that reached the old name are written again, before those that wait; they are not reported as lost', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const lost = collect(alice, 'undelivered')
    for (const at of [1, 2]) await alice.send('bob', piece(at, 7))
    await until(() => lines.length === 2)
    // For a while the server does not process what she writes.
    stage.server.peer('alice').socket.pause()
    for (const at of [3, 4, 5]) await alice.send('bob', piece(at, 7))
    const renamed = collect(alice, 'renamed')
    stage.server.rename(stage.server.peer('bob'), 'Guest1')
    stage.server.rename(stage.server.peer('Guest1'), 'Guest2')
    await until(() => renamed.length === 2)
    const rest = [6, 7].map((at) => alice.send('guest2', piece(at, 7)))
    stage.server.peer('alice').socket.resume()
    await Promise.all(rest)
    await until(() => lines.length === 7)
    expect(numbers(lines)).to.deep.equal(upTo(7))
    expect(sentTo(stage.server.peer('alice'), 'bob')).to.have.length(5)
    expect(lost).to.deep.equal([])
  })

  it('a server that answers no PING delays nothing for ever, and its late errors are reported for the right person', async () => {
    const written: string[] = []
    const deliveries = new Deliveries({
      pace: { burst: 1000, intervalMs: 1 }, spelling: (key) => key, room: () => 400, write: (line) => { written.push(line) }, kept: () => undefined, answerWithinMs: 20,
    })
    deliveries.open()
    const line = (at: number): OutgoingLine => ({ to: 'bob', text: String(at), form: 'whole' })
    await deliveries.push([line(1), line(2), line(3)])
    deliveries.renamed('bob', 'robert')
    const behind = deliveries.push([{ ...line(4), to: 'robert' }])
    expect(deliveries.nobody('bob')).to.equal(undefined)
    expect(written.slice(3)).to.deep.equal(['PING :otr4-1'])
    await behind
    expect(written.slice(4)).to.deep.equal(['PRIVMSG robert :3', 'PRIVMSG robert :4'])
    expect(deliveries.nobody('bob')).to.equal('robert')
    expect(deliveries.nobody('carol')).to.equal('carol')
    deliveries.end()
  })

  it('without a channel in common no new name is announced: it is reported once, OTR goes on once they are found, text in clear goes to nobody who takes the name', async () => {
    await serve()
    const alice = await client('alice', { pace: { burst: 2, intervalMs: 30 } })
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const lost = collect(alice, 'undelivered')
    await alice.send('bob', piece(1, 6))
    await until(() => lines.length === 1)
    stage.server.peer('alice').socket.pause()
    const rest = [2, 3, 4, 5, 6].map((at) => alice.send('bob', piece(at, 6)))
    const clear = rejection(alice.send('bob', 'the rest in clear'))
    await rest[0]
    // Services gave him another nick, which nobody is told.
    stage.server.rename(stage.server.peer('bob'), 'Guest9', [stage.server.peer('bob')])
    stage.server.peer('alice').socket.resume()
    const outcome = await Promise.allSettled(rest)
    expect(outcome.at(-1)).to.have.nested.property('reason.code', 'OTR_TRANSPORT_UNDELIVERED')
    expect(await clear).to.have.property('code', 'OTR_TRANSPORT_UNDELIVERED')
    expect(lost.filter(({ more }) => more !== true)).to.deep.equal([{ to: 'bob', detail: 'nobody of this nick is here' }])
    const mallory = await client('bob')
    const atMallory = collect(mallory, 'message')
    await bob.send('alice', 'it is me')
    await until(() => alice.spelling('guest9') === 'Guest9')
    // The answer to the question behind the lines that were lost may still be on its way.
    expect(alice.follow('bob', 'guest9')).to.be.within(3, 5)
    await until(() => lines.length === 6)
    expect(numbers(lines)).to.deep.equal(upTo(6))
    await alice.send('guest9', 'on we go')
    await until(() => lines.length === 7)
    expect(atMallory).to.deep.equal([])
    expect(lost.filter(({ more }) => more !== true)).to.have.length(1)
    // Which message it was, for the library; and nothing of the text in clear.
    expect(lost.filter(({ more }) => more === true).map(({ line }) => line)).to.include(piece(6, 6)).and.not.include('the rest in clear')
  })

  it('a longer name of our own leaves less room: waiting text is split again, a line of OTR that no longer fits is refused and not cut by the server', async () => {
    await serve({ tokens: ['CASEMAPPING=ascii'] })
    const alice = await client('alice', { pace: { burst: 1, intervalMs: 120 } })
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const limit = alice.maxMessageLength('bob')
    await until(() => alice.maxMessageLength('bob') > 430)
    void alice.send('bob', 'first')
    const text = 'word '.repeat(170).trim()
    void alice.send('bob', text)
    const tooLong = rejection(alice.send('bob', '?OTR:'.padEnd(alice.maxMessageLength('bob') - 1, 'A') + '.'))
    await until(() => lines.length === 1)
    stage.server.rename(stage.server.peer('alice'), 'a'.repeat(60))
    expect(await tooLong).to.have.property('code', 'OTR_TRANSPORT_TOO_LONG')
    await alice.send('bob', 'last')
    await until(() => lines.at(-1)?.text === 'last')
    expect(lines.slice(1, -1).map((line) => line.text).join(' ').split(/ +/)).to.deep.equal(text.split(' '))
    expect(alice.maxMessageLength('bob')).to.be.lessThan(limit)
  })

  it('a new name that comes before it is known how names are compared is heard after the lines that came before it', async () => {
    await serve({ silent: true })
    const heard: string[] = []
    const again = new IrcTransport({ host: '127.0.0.1', port: stage.server.port, nick: 'alice' })
    stage.add(again)
    again.on('message', ({ from, text }) => heard.push(`${from}: ${text}`))
    again.on('renamed', ({ from, to }) => heard.push(`${from} is ${to}`))
    const started = again.start()
    await until(() => stage.server.peers.some(({ nick, lines }) => nick === 'alice' && lines.some(({ text }) => text.startsWith('USERHOST'))))
    const peer = stage.server.peer('alice')
    stage.server.write(peer, ':Bob!b@h PRIVMSG alice :one')
    stage.server.write(peer, ':Bob!b@h NICK :Guest1')
    stage.server.write(peer, ':Guest1!b@h PRIVMSG alice :two')
    stage.server.rename(peer, 'alice2')
    stage.server.write(peer, ':Guest1!b@h PRIVMSG alice2 :three')
    stage.server.options(peer, 'CASEMAPPING=ascii')
    await started
    expect(heard).to.deep.equal(['bob: one', 'bob is guest1', 'guest1: two', 'guest1: three'])
  })
})

describe('chat: a correspondent who is renamed while something waits for them', () => {
  const stage = new IrcStage()
  const sit = stage.sit.bind(stage)
  const inClear = stage.inClear.bind(stage)

  before(() => stage.makeKeys(2))

  beforeEach(() => stage.serve({ tokens: ['CASEMAPPING=rfc1459', 'NICKLEN=20'] }))

  afterEach(() => stage.close())

  it('what the client has made but not emitted yet, because it is being written to the disk, goes to the new name', async () => {
    const disk = new MemoryDisk()
    const alice = await sit('alice', 0, 'bob', { persistence: disk.open() })
    const bob = await sit('bob', 1, 'alice')
    await privately(alice, bob)
    let write: () => void = () => undefined
    const written = new Promise<void>((resolve) => { write = resolve })
    disk.gate = () => written
    alice.type('for bob alone')
    const renamed = collect(alice.transport, 'renamed')
    await new Promise((resolve) => { setTimeout(resolve, 30) })
    stage.server.rename(stage.server.peer('bob'), 'Guest1')
    await until(() => renamed.length === 1)
    write()
    expect(await bob.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text: 'for bob alone' })
    await alice.sees((event) => event.type === 'renamed' && event.to === 'guest1')
    alice.type('still alone')
    await bob.sees((event) => event.type === 'message' && event.privacy === 'private' && event.text === 'still alone')
    expect(inClear('alone')).to.equal(false)
  })

  it('a long private message arrives whole when its reader is renamed by force in the middle of it, and so does one when its writer is', async () => {
    const alice = await sit('alice', 0, 'bob', {}, { burst: 3, intervalMs: 20 })
    const bob = await sit('bob', 1, 'alice')
    await privately(alice, bob)
    const text = 'for bob alone '.repeat(200).trimEnd()
    const pieces = (): number => stage.server.peers.flatMap(({ lines }) => lines).filter(({ text: line }) => line.includes('?OTR|')).length
    for (const [nick, forced] of [['bob', 'Guest1'], ['alice', '42XAAAAAB']] as const) {
      const before = pieces()
      alice.type(`${nick} ${text}`)
      await until(() => pieces() > before + 3)
      stage.server.rename(stage.server.peer(nick), forced)
      await bob.sees((event) => event.type === 'message' && event.privacy === 'private' && event.text === `${nick} ${text}`, `the text for ${forced}`)
    }
    expect(inClear('alone')).to.equal(false)
    bob.type('it came')
    await alice.sees((event) => event.type === 'message' && event.privacy === 'private' && event.text === 'it came')
  })

  it('the new name is not announced: the person says where they are, and the message goes on there', async () => {
    const alice = await sit('alice', 0, 'bob', {}, { burst: 3, intervalMs: 20 })
    const bob = await sit('bob', 1, 'alice')
    await privately(alice, bob)
    const text = 'for bob alone '.repeat(150).trimEnd()
    const before = stage.server.peer('alice').lines.length
    alice.type(text)
    await until(() => stage.server.peer('alice').lines.length > before + 3)
    stage.server.rename(stage.server.peer('bob'), 'Guest9', [stage.server.peer('bob')])
    await alice.sees((event) => event.type === 'notice' && event.code === 'undelivered')
    expect(await alice.sees((event) => event.type === 'lost', 'lost')).to.include({ peer: 'bob', text })
    bob.type('services renamed me')
    await alice.sees((event) => event.type === 'notice' && event.code === 'moved', 'moved')
    alice.type('/otr follow')
    await alice.sees((event) => event.type === 'info' && /^what could not be delivered to bob goes to guest9 now: \d+ lines$/.test(event.text), 'what goes on')
    expect(await bob.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text })
    expect(alice.shown.filter((event) => event.type === 'notice' && event.code === 'undelivered')).to.have.length(1)
    expect(inClear('alone')).to.equal(false)
  })

  it('a private text to somebody who has left is offered for sending again, once, and is sent again when they are back', async () => {
    const alice = await sit('alice', 0, 'bob')
    const bob = await sit('bob', 1, 'alice')
    await privately(alice, bob)
    const nick = stage.server.peer('bob')
    nick.nick = 'elsewhere'
    const text = 'for bob alone '.repeat(60).trimEnd()
    alice.type(text)
    const offered = await alice.sees((event) => event.type === 'lost', 'lost')
    expect(offered).to.include({ peer: 'bob', text })
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    expect(alice.shown.filter((event) => event.type === 'lost' || (event.type === 'notice' && event.code === 'undelivered'))).to.have.length(2)
    nick.nick = 'bob'
    alice.type('/otr resend')
    expect(await bob.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text })
  })

  it('a verification that is being typed is with the person whom it was begun with', async () => {
    let answer: (text: string) => void = () => undefined
    const alice = await sit('alice', 0, 'bob', { ask: () => new Promise((resolve) => { answer = resolve }) })
    const bob = await sit('bob', 1, 'alice')
    await privately(alice, bob)
    const asked = answer
    alice.type('/otr smp "Where?"')
    await until(() => answer !== asked)
    alice.type('typed meanwhile')
    stage.server.rename(stage.server.peer('bob'), 'Guest1')
    await alice.sees((event) => event.type === 'renamed')
    answer('in Paris')
    expect(await bob.sees((event) => event.type === 'smp')).to.include({ event: 'asked', question: 'Where?' })
    expect(await bob.sees((event) => event.type === 'message')).to.include({ privacy: 'private', text: 'typed meanwhile' })
    expect(inClear('meanwhile')).to.equal(false)
  })

  it('a person who takes the old name is somebody else: the warning about text in clear applies to them, too', async () => {
    const alice = await sit('alice', 0)
    const bob = await stage.client('bob')
    const reminded = (): string[] => alice.shown.flatMap((event) => event.type === 'notice' && event.code === 'in-clear' ? [event.peer ?? ''] : [])
    await bob.send('alice', 'hello')
    await until(() => reminded().length === 1)
    stage.server.rename(stage.server.peer('bob'), 'Guest1')
    await alice.sees((event) => event.type === 'renamed')
    await bob.send('alice', 'me again')
    await alice.sees((event) => event.type === 'message' && event.text === 'me again')
    const other = await stage.client('bob')
    await other.send('alice', 'hello, too')
    await alice.sees((event) => event.type === 'message' && event.text === 'hello, too')
    await until(() => reminded().length === 2)
    expect(reminded()).to.deep.equal(['bob', 'bob'])
  })

  it('that nobody knows how a program reads text is told once, also where its user has another name by then', async () => {
    const alice = await sit('alice', 0, 'bob', { policy: { allowV4: false } })
    const bob = await sit('bob', 1, 'alice')
    await privately(alice, bob)
    const told = (): string[] => alice.shown.flatMap((event) => event.type === 'notice' && event.code === 'text-format' ? [event.peer ?? ''] : [])
    alice.type('a <b>')
    await until(() => told().length === 1)
    stage.server.rename(stage.server.peer('bob'), 'Guest1')
    await alice.sees((event) => event.type === 'renamed')
    alice.type('c <d>')
    await bob.sees((event) => event.type === 'message' && event.text === 'c <d>')
    expect(told()).to.deep.equal(['bob'])
  })
})
