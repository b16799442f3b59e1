import { expect } from 'chai'
import { WebSocket } from 'ws'
import { RelayServer, RelayTransport, parseClientFrame, parseServerFrame, type RelayServerOptions } from '../../src/transport/relay/index.js'
import { collect, rejection, until } from '../support/transport-events.js'

describe('relay: bounds and bad input', () => {
  let server: RelayServer
  const open: { close(): unknown }[] = []

  async function serve(options: RelayServerOptions = {}): Promise<void> {
    server = await RelayServer.listen(options)
  }

  async function client(name: string): Promise<RelayTransport> {
    const transport = new RelayTransport({ url: server.url, name })
    open.push({ close: () => transport.close(0) })
    await transport.start()
    return transport
  }

  async function raw(): Promise<{ socket: WebSocket, frames: Record<string, unknown>[] }> {
    const socket = new WebSocket(server.url)
    open.push(socket)
    const frames: Record<string, unknown>[] = []
    socket.on('error', () => undefined)
    socket.on('message', (data) => { frames.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>) })
    await new Promise((resolve) => { socket.once('open', resolve) })
    return { socket, frames }
  }

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
    await server.close()
  })

  const badFrames = ['', '{', '[]', 'null', '1', '"x"', '{}', '{"type":"got","seq":0}', '{"type":"send","id":1,"to":"a","text":"b"}',
    '{"type":"register","name":"a"}', '{"type":"register","name":7,"session":"s"}', '{"type":"register","name":"a","session":""}',
    '{"type":"register","name":"a","session":"s","more":1}', '{"type":"__proto__"}', '{"type":"toString"}']

  it('an invalid frame ends its own connection and no other', async () => {
    await serve()
    const bob = await client('bob')
    const alice = await client('alice')
    const lines = collect(bob, 'message')
    for (const frame of badFrames) {
      const { socket, frames } = await raw()
      socket.send(frame)
      await until(() => socket.readyState === WebSocket.CLOSED, frame)
      expect(frames, frame).to.deep.equal([{ type: 'refused', reason: 'bad-frame' }])
    }
    const { socket } = await raw()
    socket.send(Buffer.from('{"type":"register","name":"x","session":"s"}'))
    await until(() => socket.readyState === WebSocket.CLOSED)
    await alice.send('bob', 'still here')
    await until(() => lines.length === 1)
  })

  it('frames are parsed strictly in both directions', async () => {
    await serve()
    for (const frame of badFrames.slice(0, 7)) expect(parseClientFrame(frame), frame).to.equal(undefined)
    expect(parseClientFrame('{"type":"send","id":-1,"to":"a","text":"b"}')).to.equal(undefined)
    expect(parseClientFrame('{"type":"send","id":1.5,"to":"a","text":"b"}')).to.equal(undefined)
    expect(parseClientFrame('{"type":"got","seq":9007199254740993}')).to.equal(undefined)
    expect(parseServerFrame('{"type":"message","seq":1,"from":"a","to":"b","text":1}')).to.equal(undefined)
    expect(parseServerFrame('{"type":"message","seq":1,"from":"a","to":"b","text":"x","waited":-1}')).to.equal(undefined)
    // Further back than dates reach: whoever shows the time would fail.
    for (const waited of ['1e15', '1e308']) expect(parseServerFrame(`{"type":"message","seq":1,"from":"a","to":"b","text":"x","waited":${waited}}`), waited).to.equal(undefined)
    expect(parseServerFrame('{"type":"refused","reason":"other"}')).to.equal(undefined)
    expect(parseServerFrame('{"type":"message","seq":1,"from":"a","to":"b","text":"x"}')).to.include({ text: 'x' })
  })

  it('a frame over the limit ends the connection', async () => {
    await serve({ limits: { frameBytes: 1000 } })
    const { socket } = await raw()
    socket.send(JSON.stringify({ type: 'register', name: 'a'.repeat(2000), session: 's' }))
    await until(() => socket.readyState === WebSocket.CLOSED)
  })

  it('what waits for one name is bounded in lines and bytes, what waits for all in bytes', async () => {
    await serve({ limits: { messagesPerName: 10, bytesPerName: 1000, bytes: 2500 } })
    const alice = await client('alice')
    for (const name of ['b', 'c', 'd', 'e']) await (await client(name)).close()
    for (let at = 0; at < 10; at++) await alice.send('b', 'x')
    expect((await rejection(alice.send('b', 'x'))).message).to.match(/too many/)
    await alice.send('c', 'y'.repeat(1000))
    expect((await rejection(alice.send('c', 'y'))).message).to.match(/too many/)
    await alice.send('d', 'z'.repeat(1000))
    expect((await rejection(alice.send('e', 'z'.repeat(900)))).message).to.match(/full/)
    expect(server.storedBytes).to.equal(2010)
  })

  it('names are bounded: the one away longest with nothing waiting is forgotten, nobody else', async () => {
    await serve({ limits: { names: 3 } })
    const alice = await client('alice')
    await (await client('bob')).close()
    await until(() => server.names === 2)
    await alice.send('bob', 'kept')
    await (await client('carol')).close()
    await until(() => server.names === 3)
    for (let at = 0; at < 50; at++) {
      const one = await client(`n${at}`)
      await one.close()
      await new Promise((resolve) => { setTimeout(resolve, 2) })
    }
    expect(server.names).to.equal(3)
    const bob = new RelayTransport({ url: server.url, name: 'bob' })
    open.push({ close: () => bob.close(0) })
    const lines = collect(bob, 'message')
    await bob.start()
    await until(() => lines.length === 1)
    expect(lines[0]?.text).to.equal('kept')
    await client('n-last')
    expect(await rejection(client('one-more'))).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
  })

  it('connections are bounded', async () => {
    await serve({ limits: { connections: 2 } })
    await client('a')
    await client('b')
    expect(await rejection(client('c'))).to.have.property('code', 'OTR_TRANSPORT_CONNECT')
  })

  it('a stranger cannot take over a name, nor can its own frames speak for another', async () => {
    await serve()
    const bob = await client('bob')
    const lines = collect(bob, 'message')
    const { socket, frames } = await raw()
    socket.send(JSON.stringify({ type: 'register', name: 'bob', session: 'guess' }))
    await until(() => socket.readyState === WebSocket.CLOSED)
    expect(frames).to.deep.equal([{ type: 'refused', reason: 'name-taken' }])
    const mallory = await raw()
    mallory.socket.send(JSON.stringify({ type: 'register', name: 'mallory', session: 's' }))
    mallory.socket.send(JSON.stringify({ type: 'send', id: 1, to: 'bob', text: 'hi' }))
    await until(() => lines.length === 1)
    expect(lines[0]?.from).to.equal('mallory')
    mallory.socket.send(JSON.stringify({ type: 'send', id: 2, to: 'bob', from: 'alice', text: 'hi' }))
    await until(() => mallory.socket.readyState === WebSocket.CLOSED)
    expect(lines).to.have.length(1)
  })

  it('a web page may not connect unless its origin was allowed', async () => {
    await serve({ origins: ['https://chat.example'] })
    const status = (origin: string): Promise<string> => new Promise((resolve) => {
      const socket = new WebSocket(server.url, { origin })
      socket.on('error', (error) => { resolve(error.message) })
      socket.on('open', () => {
        resolve('open')
        socket.terminate()
      })
    })
    expect(await status('https://evil.example')).to.match(/401/)
    expect(await status('https://chat.example')).to.equal('open')
  })

  it('names are exact: no control characters, no spaces, no look-alike normal forms', async () => {
    await serve()
    for (const name of ['', 'a b', 'a\u001b[31m', 'a\n', 'a\u202eb', 'e\u0301', 'x'.repeat(65), '<b>']) {
      const { socket, frames } = await raw()
      socket.send(JSON.stringify({ type: 'register', name, session: 's' }))
      await until(() => socket.readyState === WebSocket.CLOSED)
      expect(frames, name).to.deep.equal([{ type: 'refused', reason: 'bad-name' }])
    }
  })

  it('listens on loopback only unless told otherwise', async () => {
    await serve()
    expect(server.host).to.equal('127.0.0.1')
  })
})
