import { createServer, type Server, type Socket } from 'node:net'

/** One client of the test server. */
export interface IrcPeer {
  readonly socket: Socket
  nick: string
  user: string
  /** It has begun to ask for capabilities and not finished: registration waits. */
  negotiating: boolean
  /** Wants the time of each line. */
  times: boolean
  password?: string
  /** Every line the client sent, with the time of its arrival in milliseconds. */
  readonly lines: { readonly text: string, readonly at: number }[]
}

/** How the test server behaves. */
export interface IrcServerOptions {
  /** Tokens of numeric 005. */
  readonly tokens?: readonly string[]
  /** The part of everybody's address after the `@`. */
  readonly host?: string
  /** The length in bytes at which a line is cut, CRLF included; servers do this silently. */
  readonly cutAt?: number
  /** The password for SASL PLAIN; without it the server has no SASL. */
  readonly password?: string
  /** Whether USERHOST is answered. */
  readonly userhost?: boolean
  /** Numeric 005 and the end of the message of the day are sent only by `options`, as by a bouncer that has no server. */
  readonly silent?: boolean
  /** How far the server's clock is ahead of ours, in milliseconds. */
  readonly ahead?: number
  /** The capabilities that it offers besides SASL. */
  readonly capabilities?: string
  /** Channels that nobody can join. */
  readonly closed?: readonly string[]
  /** The password for PASS. */
  readonly serverPassword?: string
}

/** The smallest IRC server that a client logs in to: private messages only, lines cut at 512 bytes, on a free loopback port. */
export class IrcServer {
  readonly peers: IrcPeer[] = []
  /** Who is in which channel. */
  readonly channels = new Map<string, Set<IrcPeer>>()
  readonly #server: Server
  readonly #options: IrcServerOptions
  port = 0

  constructor(options: IrcServerOptions = {}) {
    this.#options = options
    this.#server = createServer((socket) => { this.#accept(socket) })
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => { this.#server.listen(port, '127.0.0.1', resolve) })
    const address = this.#server.address()
    this.port = address !== null && typeof address === 'object' ? address.port : 0
    return this
  }

  async close(): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy()
    await new Promise<void>((resolve) => { this.#server.close(() => { resolve() }) })
  }

  /** The newest client with this nick. */
  peer(nick: string): IrcPeer {
    const found = this.peers.findLast((peer) => peer.nick === nick && !peer.socket.destroyed)
    if (found === undefined) throw new Error(`no ${nick} here`)
    return found
  }

  /** The address that others see. */
  address(peer: IrcPeer): string {
    return `${peer.nick}!~${peer.user}@${this.#options.host ?? 'host.test'}`
  }

  /** Milliseconds by the server's clock. */
  get now(): number {
    return Date.now() + (this.#options.ahead ?? 0)
  }

  /** Sends one line, cut like a server does; with the time, if the client wants it and the line has no tags of its own. */
  write(peer: IrcPeer, line: string): void {
    const most = (this.#options.cutAt ?? 512) - 2
    const tags = peer.times && !line.startsWith('@') ? `@time=${new Date(this.now).toISOString()} ` : ''
    const [, own = '', rest = ''] = /^(@\S* )?(.*)$/s.exec(line) ?? []
    peer.socket.write(Buffer.concat([Buffer.from(tags + own), Buffer.from(rest).subarray(0, most), Buffer.from('\r\n')]))
  }

  /** Sends the properties of this server: numeric 005. */
  options(peer: IrcPeer, ...tokens: string[]): void {
    this.write(peer, `:irc.test 005 ${peer.nick} ${tokens.join(' ')} :are supported by this server`)
  }

  /** Whether two names are equal under the server's CASEMAPPING. */
  same(one: string, other: string): boolean {
    const fold = (name: string): string => {
      const small = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      return (this.#options.tokens ?? ['CASEMAPPING=rfc1459']).includes('CASEMAPPING=rfc1459')
        ? small.replace(/[[\]\\^]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 32)) : small
    }
    return fold(one) === fold(other)
  }

  /** Changes a nick and tells everybody, or, if they share no channel, only its owner. */
  rename(peer: IrcPeer, nick: string, told: readonly IrcPeer[] = this.peers): void {
    const line = `:${this.address(peer)} NICK :${nick}`
    peer.nick = nick
    for (const other of told) this.write(other, line)
  }

  #accept(socket: Socket): void {
    const peer: IrcPeer = { socket, nick: '', user: '', negotiating: false, times: false, lines: [] }
    this.peers.push(peer)
    let buffer = ''
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      buffer += data.toString('utf8')
      const lines = buffer.split('\r\n')
      buffer = lines.pop() ?? ''
      for (const text of lines) {
        peer.lines.push({ text, at: performance.now() })
        this.#handle(peer, text)
      }
    })
  }

  #handle(peer: IrcPeer, line: string): void {
    const [command = '', first = '', second = ''] = line.split(' ')
    const reply = (text: string): void => { this.write(peer, `:irc.test ${text}`) }
    if (command === 'CAP' && first === 'END') {
      peer.negotiating = false
      this.#welcome(peer, reply)
    } else if (command === 'CAP' && first === 'LS') {
      peer.negotiating = true
      reply(`CAP * LS :${this.#options.capabilities ?? 'server-time message-tags batch'}${this.#options.password === undefined ? '' : ' sasl=PLAIN'}`)
    } else if (command === 'CAP' && first === 'REQ') {
      peer.times ||= /\bserver-time\b/.test(line)
      reply(`CAP * ACK ${line.slice(line.indexOf(':'))}`)
    } else if (command === 'PASS') peer.password = line.slice('PASS '.length).replace(/^:/, '')
    else if (command === 'AUTHENTICATE' && first === 'PLAIN') peer.socket.write('AUTHENTICATE +\r\n')
    else if (command === 'AUTHENTICATE') {
      const [, name = '', password] = Buffer.from(first, 'base64').toString().split('\0')
      if (password === this.#options.password) {
        reply(`900 ${name} ${name}!u@h ${name} :You are now logged in`)
        reply(`903 ${name} :SASL authentication successful`)
      } else reply(`904 ${name} :SASL authentication failed`)
    } else if (command === 'NICK' && peer.user !== '' && peer.nick !== '' && !peer.negotiating) this.rename(peer, first.replace(/^:/, ''))
    else if (command === 'NICK') {
      if (this.peers.some((other) => other.nick !== '' && this.same(other.nick, first) && !other.socket.destroyed)) reply(`433 * ${first} :in use`)
      else peer.nick = first
      this.#welcome(peer, reply)
    } else if (command === 'USER') {
      peer.user = first
      this.#welcome(peer, reply)
    } else if (command === 'PING') reply(`PONG irc.test ${first.startsWith(':') ? first : `:${first}`}`)
    else if (command === 'USERHOST' && this.#options.userhost !== false) {
      reply(`302 ${peer.nick} :${peer.nick}=+~${peer.user}@${this.#options.host ?? 'host.test'}`)
    } else if (command === 'QUIT') peer.socket.end()
    else if (command === 'JOIN' || command === 'PART' || command === 'NAMES' || (first.startsWith('#') && (command === 'PRIVMSG' || command === 'NOTICE'))) this.#channel(peer, line, reply)
    else if (command === 'PRIVMSG' || command === 'NOTICE') {
      const others = this.peers.filter((other) => this.same(other.nick, first) && !other.socket.destroyed)
      for (const other of others) this.write(other, `:${this.address(peer)} ${command} ${other.nick} ${line.slice(command.length + first.length + 2)}`)
      if (others.length === 0) reply(`401 ${peer.nick} ${first} :No such nick`)
    } else if (second === 'never') reply('')
  }

  #channel(peer: IrcPeer, line: string, reply: (text: string) => void): void {
    const [command = '', name = '', ...rest] = line.split(' ')
    const key = [...this.channels.keys()].find((one) => this.same(one, name)) ?? name
    const here = this.channels.get(key) ?? new Set<IrcPeer>()
    const all = (text: string, but?: IrcPeer): void => { for (const other of here) if (other !== but && !other.socket.destroyed) this.write(other, `:${this.address(peer)} ${text}`) }
    if (command === 'JOIN') {
      if (this.#options.closed?.includes(name) === true) {
        reply(`473 ${peer.nick} ${name} :Cannot join channel (+i)`)
        return
      }
      this.channels.set(key, here.add(peer))
      all(`JOIN ${key}`)
      reply(`332 ${peer.nick} ${key} :all about ${key}`)
    }
    if (command === 'JOIN' || command === 'NAMES') {
      reply(`353 ${peer.nick} = ${key} :${[...here].map((one, at) => `${at === 0 ? '@' : ''}${one.nick}`).join(' ')}`)
      reply(`366 ${peer.nick} ${key} :End of /NAMES list.`)
    } else if (!here.has(peer)) reply(`404 ${peer.nick} ${name} :Cannot send to channel`)
    else if (command === 'PART') {
      all(line.replace(name, key))
      here.delete(peer)
    } else all(`${command} ${key} ${rest.join(' ')}`, peer)
  }

  #welcome(peer: IrcPeer, reply: (text: string) => void): void {
    if (peer.nick === '' || peer.user === '' || peer.negotiating) return
    if (peer.password !== this.#options.serverPassword) {
      // Like ZNC: without a password it waits, with a wrong one it closes.
      reply(`464 ${peer.nick} :${peer.password === undefined ? 'Password required' : 'Invalid Password'}`)
      if (peer.password === undefined) reply(`NOTICE ${peer.nick} :*** You need to send your password.`)
      else peer.socket.end()
      return
    }
    reply(`001 ${peer.nick} :Welcome`)
    if (this.#options.silent === true) return
    reply(`005 ${peer.nick} ${(this.#options.tokens ?? ['CASEMAPPING=rfc1459']).join(' ')} :are supported by this server`)
    reply(`376 ${peer.nick} :End of MOTD`)
  }
}
