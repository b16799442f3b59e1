/** Stands between our chat and its server on loopback, passes everything on, and keeps what passed. */
import { connect, createServer, type Socket } from 'node:net'
import type { Workplace } from './programs.js'

export class Tap {
  port = 0
  /** Sent by our chat. */
  sent = ''
  /** Sent to our chat. */
  received = ''
  /** What our chat sends is lost on the way, though its connection seems to stand. */
  deaf = false
  /** Changes what our chat is sent; the length stays. */
  rewrite: ((data: string) => string) | undefined
  readonly #sockets = new Set<Socket>()
  #end: () => void = () => undefined

  static async open(workplace: Workplace, to: number): Promise<Tap> {
    const tap = new Tap()
    const server = createServer((client) => {
      const upstream = connect(to, '127.0.0.1')
      for (const [from, into] of [[client, upstream], [upstream, client]] as const) {
        tap.#sockets.add(from)
        from.on('data', (data: Buffer) => {
          if (from === client && tap.deaf) return
          if (from === client) tap.sent += data.toString('latin1')
          else tap.received += data.toString('latin1')
          into.write(from === upstream && tap.rewrite !== undefined ? Buffer.from(tap.rewrite(data.toString('latin1')), 'latin1') : data)
        })
        from.on('error', () => { into.destroy() })
        from.on('close', () => {
          tap.#sockets.delete(from)
          into.end()
        })
      }
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    const address = server.address()
    if (typeof address === 'object' && address !== null) tap.port = address.port
    tap.#end = () => {
      server.close()
      tap.cut()
    }
    workplace.onClose(() => { tap.close() })
    return tap
  }

  /** Ends all connections for good. */
  close(): void {
    this.#end()
  }

  /** Ends all connections: the network has a bad moment. */
  cut(): void {
    this.deaf = false
    for (const socket of this.#sockets) socket.destroy()
  }
}
