import { expect } from 'chai'
import { connect, type Socket } from 'node:net'
import {
  MAX_TCP_MESSAGE, openComponentFront, openRelayFront, openTcpFront, type Answerer, type FrontEvent, type PrekeyFront, type TcpLimits,
} from '../../src/transport/prekey/index.js'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { ComponentServer } from '../support/component-server.js'

/** Answers with the sender and the request; some requests are special. */
const echo: Answerer = async (from, text) => {
  await Promise.resolve()
  if (text === 'nothing') return []
  if (text === 'twice') return ['one', 'two']
  if (text === 'long') return ['x'.repeat(MAX_TCP_MESSAGE + 1), 'y'.repeat(MAX_TCP_MESSAGE)]
  if (text === 'fail') throw Object.assign(new Error(`secret of ${from}`), { code: 'OTR_PREKEY_STORE' })
  return [`${from}: ${text}`]
}

describe('the TCP front of a prekey server', () => {
  const events: FrontEvent[] = []
  let front: (PrekeyFront & { readonly port: number }) | undefined

  async function open(limits: Partial<TcpLimits> = {}, answer: Answerer = echo): Promise<void> {
    await front?.close()
    events.length = 0
    front = await openTcpFront({ host: '127.0.0.1', port: 0, answer, limits, tell: (event) => events.push(event) })
  }

  beforeEach(() => open())
  after(() => front?.close())

  it('answers each message in a frame, in order, and closes when the client has closed its half', async () => {
    expect(await ask([['alice', 'one'], ['bob', 'nothing'], ['alice', 'twice'], ['жук', 'hé']])).to.deep.equal(['alice: one', 'one', 'two', 'жук: hé'])
    expect(await ask([])).to.deep.equal([])
    expect(events).to.deep.equal([])
  })

  it('answers the same however the bytes come', async () => {
    const bytes = Buffer.concat([request('alice', 'x'.repeat(300)), request('bob', '')])
    for (const size of [1, 2, 3, 7, 250, 303]) {
      const pieces: Buffer[] = []
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
      expect(await exchange(pieces), `${size}`).to.deep.equal([`alice: ${'x'.repeat(300)}`, 'bob: '])
    }
  })

  it('receives and sends the longest frame that a length can express, and reports what is longer', async () => {
    const longest = 'z'.repeat(MAX_TCP_MESSAGE - 3)
    expect(await ask([['a', longest]])).to.deep.equal([`a: ${longest}`])
    expect(await ask([['a', 'long'], ['a', 'x']])).to.deep.equal(['y'.repeat(MAX_TCP_MESSAGE), 'a: x'])
    expect(events).to.deep.equal([{ event: 'unanswered', front: 'tcp', detail: 'an answer is longer than a frame' }])
  })

  it('goes on when the server fails, and reveals only the code', async () => {
    expect(await ask([['alice', 'fail'], ['alice', 'x']])).to.deep.equal(['alice: x'])
    expect(JSON.stringify(events)).to.include('OTR_PREKEY_STORE').and.not.include('alice')
  })

  it('answers what was whole when the rest is missing', async () => {
    expect(await exchange([request('a', 'x'), Buffer.from([0])])).to.deep.equal(['a: x'])
    expect(await exchange([request('a', 'x'), request('b', 'long text').subarray(0, -1)])).to.deep.equal(['a: x'])
    expect(events.map(({ event }) => event)).to.deep.equal(['dropped', 'dropped'])
  })

  it('drops messages of senders whose address cannot be one', async () => {
    for (const from of ['', 'a\nb', 'a\u0000', 'x'.repeat(1024)]) expect(await ask([[from, 'x']]), JSON.stringify(from)).to.deep.equal([])
    expect(await exchange([frame(Buffer.from([0xff, 0xfe])), frame(Buffer.from('x'))])).to.deep.equal([])
    expect(events).to.have.length(5)
  })

  it('is bounded: bytes, time, connections', async () => {
    await open({ bytes: 1000 })
    expect((await ask([['a', 'x'], ['a', 'y'.repeat(2000)]])).length).to.be.below(2)
    await open({ idleMs: 400 })
    expect(await exchange([request('a', 'x')], false)).to.deep.equal(['a: x'])
    await open({ wholeMs: 60, idleMs: 40 })
    const slow = dial()
    const timer = setInterval(() => slow.write('\0'), 10)
    await new Promise<void>((resolve) => { slow.on('close', () => { resolve() }) })
    clearInterval(timer)
    await open({ connections: 1 })
    const first = dial()
    await new Promise<void>((resolve) => { first.on('connect', () => { resolve() }) })
    expect(await ask([['a', 'x']])).to.deep.equal([])
    first.destroy()
    expect(events).to.deep.include({ event: 'dropped', front: 'tcp', detail: 'too many connections' })
  })

  it('does not read faster than it answers', async () => {
    let most = 0
    let now = 0
    await open({}, async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => { setTimeout(resolve, 1) })
      now--
      return []
    })
    await ask(Array.from({ length: 50 }, () => ['a', 'x'] as const))
    expect(most).to.equal(1)
  })

  it('lets what is under way end when it closes', async () => {
    let release: (() => void) | undefined
    await open({}, async (_from, text) => {
      await new Promise<void>((resolve) => { release = resolve })
      return [text]
    })
    const answered = ask([['a', 'x']])
    while (release === undefined) await new Promise((resolve) => { setTimeout(resolve, 2) })
    const closed = front?.close()
    release()
    expect(await answered).to.deep.equal(['x'])
    await closed
    expect(await ask([['a', 'x']])).to.deep.equal([])
  })

  it('says that an address is taken', async () => {
    const error = await openTcpFront({ host: '127.0.0.1', port: front?.port ?? 0, answer: echo }).then(() => undefined, (reason: unknown) => reason as Error)
    expect(error).to.have.property('code', 'OTR_TRANSPORT_CONNECT')
  })

  function dial(): Socket {
    const socket = connect({ port: front?.port ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined)
    return socket
  }

  function ask(messages: readonly (readonly [string, string])[]): Promise<string[]> {
    return exchange(messages.map(([from, text]) => request(from, text)))
  }

  /** Writes the pieces, each by itself; gives the answers once the server has closed. */
  async function exchange(pieces: readonly Buffer[], halfClose = true): Promise<string[]> {
    const socket = dial()
    socket.setNoDelay(true)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => { resolve() })
      socket.on('end', () => { socket.end() })
    })
    for (const piece of pieces) {
      socket.write(piece)
      if (pieces.length < 500) await new Promise((resolve) => { setImmediate(resolve) })
    }
    if (halfClose) socket.end()
    await closed
    const bytes = Buffer.concat(chunks)
    const answers: string[] = []
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt16BE(at)
      answers.push(bytes.subarray(at + 2, at + 2 + length).toString('utf8'))
      at += 2 + length
    }
    return answers
  }
})

function frame(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function request(from: string, text: string): Buffer {
  return Buffer.concat([frame(Buffer.from(from)), frame(Buffer.from(text))])
}

describe('the relay front of a prekey server', () => {
  it('answers by name, and is there again after the relay went away', async () => {
    let relay = await RelayServer.listen()
    const { port } = relay
    const events: FrontEvent[] = []
    const front = await openRelayFront({ url: relay.url, name: 'prekey', answer: echo, tell: (event) => events.push(event), reconnect: { first: 5, most: 20 } })
    const alice = new RelayTransport({ url: relay.url, name: 'alice', reconnect: { first: 5, most: 20 } })
    const heard: string[] = []
    alice.on('message', ({ from, text }) => heard.push(`${from} ${text}`))
    await alice.start()
    await alice.send('prekey', 'twice')
    await until(() => heard.length === 2)
    expect(heard).to.deep.equal(['prekey one', 'prekey two'])
    await relay.close()
    relay = await RelayServer.listen({ port })
    await until(() => events.filter(({ event }) => event === 'online').length === 2 && alice.status === 'online')
    await alice.send('prekey', 'fail')
    await alice.send('prekey', 'x')
    await until(() => heard.length === 3)
    expect(heard[2]).to.equal('prekey alice: x')
    front.notify('alice', 'low')
    front.notify('nobody', 'low')
    await until(() => heard.length === 4)
    expect(heard[3]).to.equal('prekey low')
    expect(events.map(({ event }) => event)).to.deep.equal(['online', 'offline', 'online', 'unanswered'])
    await alice.close()
    await front.close()
    await relay.close()
  })

  it('rejects when there is no relay, or the name is taken', async () => {
    const gone = await openRelayFront({ url: 'ws://127.0.0.1:1', name: 'prekey', answer: echo }).then(() => undefined, (reason: unknown) => reason as Error)
    expect(gone).to.have.property('code', 'OTR_TRANSPORT_CONNECT')
  })
})

describe('the XMPP component of a prekey server', () => {
  const fingerprint = 'ab'.repeat(56)
  const events: FrontEvent[] = []
  let server: ComponentServer
  let front: PrekeyFront | undefined

  beforeEach(async () => {
    events.length = 0
    server = await new ComponentServer().listen()
    front = await open()
  })
  afterEach(async () => {
    await front?.close()
    await server.close()
  })

  const open = (secret = server.secret, answer = echo): Promise<PrekeyFront> => openComponentFront({
    host: '127.0.0.1', port: server.port, domain: 'prekey.test', secret, fingerprint, answer, tell: (event) => events.push(event), reconnect: { first: 5, most: 20 },
  })

  const toUs = (text: string, attrs = ''): string => `<message from='Alice@Test/Phone' to='prekey.test' ${attrs}><body>${text}</body></message>`

  it('answers a body from the address that was used, with the same id and type', async () => {
    server.write(toUs('hello', "id='i1' type='chat'"))
    server.write("<message from='bob@test/x' to='prekey.test/any' id='i2'><body>twice</body></message>")
    await server.until(() => server.received.includes('two'))
    expect(server.received).to.include('<message from="prekey.test" to="Alice@Test/Phone" type="chat" id="i1"><body>alice@test: hello</body></message>')
    expect(server.received).to.include('<message from="prekey.test/any" to="bob@test/x" id="i2"><body>one</body></message>')
  })

  it('sends an owner a message that nobody may store', async () => {
    front?.notify('bob@test', 'AAQO.')
    await server.until(() => server.received.includes('AAQO.'))
    expect(server.received).to.include('<message from="prekey.test" to="bob@test"><body>AAQO.</body><no-store xmlns="urn:xmpp:hints"/>')
  })

  it('answers neither errors nor rooms, nor what has no text or no sender', async () => {
    for (const type of ['error', 'groupchat', 'headline', 'other']) server.write(toUs(type, `type='${type}'`))
    server.write("<message from='a@test' to='prekey.test'><composing xmlns='x'/></message><message to='prekey.test'><body>x</body></message>")
    server.write("<message from='a@test'><body>x</body></message><presence from='a@test' to='prekey.test' type='subscribe'/>")
    server.write("<message from='@@@//' to='prekey.test'><body>odd</body></message>")
    server.write(toUs('fail'))
    server.write(toUs('last'))
    await server.until(() => server.received.includes('last'))
    expect(server.received.match(/<body>[^<]*/g)).to.deep.equal(['<body>@@@: odd', '<body>alice@test: last'])
    expect(events.at(-1)).to.deep.equal({ event: 'unanswered', front: 'xmpp', detail: 'the server failed: OTR_PREKEY_STORE' })
  })

  it('announces by service discovery what it is and its fingerprint', async () => {
    const ask = (id: string, child: string, type = 'get'): void => { server.write(`<iq from='a@test/x' to='prekey.test' id='${id}' type='${type}'>${child}</iq>`) }
    const query = (what: string, node = ''): string => `<query xmlns='http://jabber.org/protocol/disco#${what}'${node}/>`
    ask('q1', query('info'))
    ask('q2', query('items'))
    ask('q3', query('info', " node='x'"))
    ask('q4', "<ping xmlns='urn:xmpp:ping'/>")
    ask('q5', "<vCard xmlns='vcard-temp'/>")
    ask('q6', query('info'), 'set')
    ask('q7', '')
    ask('r1', query('info'), 'result')
    ask('r2', query('info'), 'error')
    ask('r3', query('info'), 'nonsense')
    ask('q8', "<ping xmlns='urn:xmpp:ping'/>")
    await server.until(() => server.received.includes('q8'))
    const replies = new Map([...server.received.matchAll(/<iq [^>]*id="(..)"(?:\/>|.*?<\/iq>)/g)].map(([text, id]) => [id, text]))
    expect([...replies.keys()]).to.deep.equal(['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8'])
    expect(replies.get('q1')).to.include('<identity category="auth" type="otr-prekey"').and.include('<feature var="http://jabber.org/protocol/otrv4-prekey-server"/>')
    expect(replies.get('q2')).to.include(`<item jid="prekey.test" node="fingerprint" name="${'AB'.repeat(56)}"/>`)
    for (const id of ['q3', 'q5', 'q6', 'q7']) expect(replies.get(id)).to.include('type="error"')
    expect(replies.get('q4')).to.equal('<iq from="prekey.test" to="a@test/x" type="result" id="q4"/>')
  })

  it('connects again when the stream ends, is cut, or the server is away for a while', async () => {
    const { port } = server
    server.write('</stream:stream>')
    await server.until(() => server.connections === 2)
    server.cut()
    await server.until(() => server.connections === 3)
    server.write("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
    await server.until(() => server.connections === 4)
    server.write('<a></b>')
    await server.until(() => server.connections === 5)
    await server.close()
    await new Promise((resolve) => { setTimeout(resolve, 60) })
    server = await new ComponentServer().listen(port)
    await server.until(() => server.connections === 1)
    server.write(toUs('back'))
    await server.until(() => server.received.includes('alice@test: back'))
    expect(events.map(({ event }) => event)).to.include.members(['offline', 'online', 'refused'])
  })

  it('answers each of a thousand questions at once, and holds the rest back meanwhile', async () => {
    await front?.close()
    let now = 0
    let most = 0
    front = await open(server.secret, async (_from, text) => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => { setTimeout(resolve, 3) })
      now--
      return [text]
    })
    for (let i = 0; i < 1000; i++) server.write(toUs(`n${i}-`))
    await server.until(() => (server.received.match(/<body>/g) ?? []).length === 1000)
    expect(most).to.be.below(1000)
  })

  it('reads characters that the network cut in two', async () => {
    const bytes = Buffer.from("<message from='жук@test' to='prekey.test'><body>hé</body></message>")
    for (const byte of bytes) {
      server.write(Buffer.from([byte]) as unknown as string)
      await new Promise((resolve) => { setImmediate(resolve) })
    }
    await server.until(() => server.received.includes('жук@test: hé'))
  })

  it('says what is wrong at the start', async () => {
    const refused = await open('wrong').then(() => undefined, (reason: unknown) => reason as Error)
    expect(refused).to.have.property('code', 'OTR_TRANSPORT_REFUSED')
    const { port } = server
    await front?.close()
    await server.close()
    const nobody = await openComponentFront({ host: '127.0.0.1', port, domain: 'prekey.test', secret: 'x', fingerprint, answer: echo })
      .then(() => undefined, (reason: unknown) => reason as Error)
    expect(nobody).to.have.property('code', 'OTR_TRANSPORT_CONNECT')
    server = await new ComponentServer().listen()
    front = await open()
  })
})

async function until(fits: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!fits()) {
    if (Date.now() > end) throw new Error('it did not happen')
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}
