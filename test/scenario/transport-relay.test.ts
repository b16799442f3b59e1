import { expect } from 'chai'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { RelayServer, RelayTransport, type RelayServerOptions } from '../../src/transport/relay/index.js'
import { collect, rejection, until } from '../support/transport-events.js'

describe('relay: lines between names', () => {
  let server: RelayServer
  const open: RelayTransport[] = []

  async function client(name: string, url = server.url): Promise<RelayTransport> {
    const transport = new RelayTransport({ url, name, reconnect: { first: 10, most: 50 } })
    open.push(transport)
    await transport.start()
    return transport
  }

  async function serve(options: RelayServerOptions = {}): Promise<void> {
    server = await RelayServer.listen(options)
  }

  afterEach(async () => {
    for (const transport of open.splice(0)) await transport.close(0)
    await server.close()
  })

  it('carries text unchanged, in order, both ways', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob@example.org')
    const atBob = collect(bob, 'message')
    const atAlice = collect(alice, 'message')
    const lines = ['hello', '', ' a\u0000b\n\t', '\u{1f600} <3 "quoted" \\', '?OTRv34?']
    await Promise.all(lines.map((line) => alice.send('bob@example.org', line)))
    await bob.send('alice', 'back')
    await until(() => atBob.length === lines.length && atAlice.length === 1)
    expect(atBob.map(({ text }) => text)).to.deep.equal(lines)
    expect(atBob.every(({ from, meta }) => from === 'alice' && meta.sentAt === undefined)).to.equal(true)
    expect(atAlice).to.have.lengthOf(1).and.to.have.nested.property('0.meta.id').that.is.a('string')
    expect(atAlice[0]).to.deep.include({ from: 'bob@example.org', text: 'back' })
  })

  it('keeps lines for a known name that is away, and says when they were sent', async () => {
    await serve()
    const alice = await client('alice')
    const gone = await client('bob')
    await gone.close()
    await alice.send('bob', 'one')
    await alice.send('bob', 'two')
    const back = new RelayTransport({ url: server.url, name: 'bob' })
    open.push(back)
    const lines = collect(back, 'message')
    await back.start()
    await until(() => lines.length === 2)
    expect(lines.map(({ text }) => text)).to.deep.equal(['one', 'two'])
    expect(lines[0]?.meta.sentAt).to.be.within(Date.now() / 1000 - 60, Date.now() / 1000 + 1)
    await until(() => server.storedBytes === 0)
  })

  it('takes what came while the connection was broken for a moment for new, and what came before this run of the client for kept', async () => {
    await serve()
    const { port } = server
    const alice = await client('alice')
    await (await client('bob')).close()
    await alice.send('bob', 'while he was away')
    const sockets = new Set<Socket>()
    let isUp = true
    const proxy = createServer((socket) => {
      if (!isUp) {
        socket.destroy()
        return
      }
      const onward = connect(port)
      for (const end of [socket, onward]) {
        sockets.add(end)
        end.on('error', () => undefined)
      }
      socket.pipe(onward).pipe(socket)
    })
    await new Promise<void>((resolve) => { proxy.listen(0, '127.0.0.1', resolve) })
    const bob = new RelayTransport({ url: `ws://127.0.0.1:${(proxy.address() as AddressInfo).port}`, name: 'bob', reconnect: { first: 10, most: 50 } })
    open.push(bob)
    const lines = collect(bob, 'message')
    await bob.start()
    await until(() => lines.length === 1)
    expect(lines[0]?.meta.sentAt).to.be.a('number')
    // The relay sends whole seconds: a line that may be older than this run counts as kept.
    await new Promise((resolve) => { setTimeout(resolve, 1600) })
    isUp = false
    for (const socket of sockets) socket.destroy()
    await until(() => bob.status === 'waiting')
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    await alice.send('bob', 'while the connection was broken')
    isUp = true
    await until(() => lines.length === 2)
    expect(lines[1]).to.deep.include({ text: 'while the connection was broken' }).and.not.have.nested.property('meta.sentAt')
    await bob.close(0)
    proxy.close()
  })

  it('drops what waits if it was never let in', async () => {
    await serve()
    await client('alice')
    const second = new RelayTransport({ url: server.url, name: 'alice' })
    const sending = rejection(second.send('alice', 'hello'))
    expect(await rejection(second.start())).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
    expect(await sending).to.have.property('code', 'OTR_TRANSPORT_CLOSED')
  })

  it('says at once that a line for an unknown name goes nowhere', async () => {
    await serve()
    const alice = await client('alice')
    const lost = collect(alice, 'undelivered')
    const error = await rejection(alice.send('nobody', 'hello'))
    expect(error).to.have.property('code', 'OTR_TRANSPORT_UNDELIVERED')
    expect(lost.map(({ to }) => to)).to.deep.equal(['nobody'])
  })

  it('refuses a name that is in use, and one that is not valid', async () => {
    await serve()
    await client('alice')
    const second = new RelayTransport({ url: server.url, name: 'alice' })
    expect(await rejection(second.start())).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
    expect(second.status).to.equal('closed')
    expect(() => new RelayTransport({ url: server.url, name: 'a b' })).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
    expect(() => new RelayTransport({ url: 'http://localhost', name: 'a' })).to.throw().with.property('code', 'OTR_TRANSPORT_ADDRESS')
  })

  it('says that nobody listens', async () => {
    await serve()
    const { url } = server
    await server.close()
    const error = await rejection(new RelayTransport({ url, name: 'alice' }).start())
    expect(error).to.have.property('code', 'OTR_TRANSPORT_CONNECT')
    await serve()
  })

  it('loses and repeats nothing when connections break in the middle', async () => {
    await serve()
    const proxy = await breakable(server.port)
    try {
      const alice = await client('alice', proxy.url)
      const bob = await client('bob', proxy.url)
      const lines = collect(bob, 'message')
      const sent: Promise<void>[] = []
      for (let at = 0; at < 300; at++) {
        sent.push(alice.send('bob', `line ${at}`))
        if (at % 50 === 20) proxy.cut()
        if (at % 10 === 0) await new Promise((resolve) => { setTimeout(resolve, 2) })
      }
      await Promise.all(sent)
      await until(() => lines.length >= 300)
      expect(lines.map(({ text }) => text)).to.deep.equal(Array.from({ length: 300 }, (_, at) => `line ${at}`))
    } finally {
      proxy.close()
    }
  })

  it('keeps for the next run what a listener has not taken: no line before it, and none twice', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    bob.on('message', ({ text }) => text === 'two' ? Promise.reject(new Error('the disk is full')) : Promise.resolve())
    const first = collect(bob, 'message')
    for (const text of ['one', 'two', 'three']) await alice.send('bob', text)
    await until(() => first.length === 3)
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    await bob.close(0)
    const next = new RelayTransport({ url: server.url, name: 'bob' })
    open.push(next)
    const again = collect(next, 'message')
    await next.start()
    await until(() => again.length === 2)
    expect(again.map(({ text }) => text)).to.deep.equal(['two', 'three'])
    expect(again.map(({ meta }) => meta.id)).to.deep.equal(first.slice(1).map(({ meta }) => meta.id))
  })

  it('finds a restarted relay again and goes on', async () => {
    await serve()
    const { port } = server
    const alice = await client('alice')
    const bob = await client('bob')
    const states = collect(alice, 'status')
    const lines = collect(bob, 'message')
    await alice.send('bob', 'before')
    await until(() => lines.length === 1)
    await server.close()
    await until(() => alice.status === 'waiting' && bob.status === 'waiting')
    await serve({ port })
    await until(() => bob.status === 'online' && alice.status === 'online')
    await alice.send('bob', 'after')
    await until(() => lines.length === 2)
    expect(lines.map(({ text }) => text)).to.deep.equal(['before', 'after'])
    expect(states.map(({ status }) => status)).to.include.members(['waiting', 'connecting', 'online'])
  })

  it('sends everything before it closes, and nothing after', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    for (let at = 0; at < 100; at++) void alice.send('bob', String(at))
    await alice.close()
    await until(() => lines.length === 100)
    expect(lines.at(-1)?.text).to.equal('99')
    expect(await rejection(alice.send('bob', 'late'))).to.have.property('code', 'OTR_TRANSPORT_CLOSED')
  })

  it('survives a listener that throws', async () => {
    await serve()
    const alice = await client('alice')
    const bob = await client('bob')
    const thrown: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => { thrown.push(error) })
    try {
      const stop = bob.on('message', () => { throw new Error('host defect') })
      const lines = collect(bob, 'message')
      await alice.send('bob', 'one')
      await until(() => lines.length === 1 && thrown.length === 1)
      stop()
      await alice.send('bob', 'two')
      await until(() => lines.length === 2)
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
    expect(bob.status).to.equal('online')
  })
})

/** A TCP proxy whose connections can be torn. */
async function breakable(port: number): Promise<{ url: string, cut: () => void, close: () => void }> {
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => { proxy.listen(0, '127.0.0.1', resolve) })
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const cut = (): void => { for (const socket of sockets) socket.destroy() }
  return { url: `ws://127.0.0.1:${address.port}`, cut, close: () => { cut(); proxy.close() } }
}
