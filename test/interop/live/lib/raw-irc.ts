/** A client of IRC that is nothing but its lines: for what no person's program does when a test wants it. */
import { connect, type Socket } from 'node:net'
import { until, type Workplace } from './programs.js'

export class RawIrc {
  readonly lines: string[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    let waiting = ''
    socket.setEncoding('utf8')
    socket.on('error', () => undefined)
    socket.on('data', (text: string) => {
      const lines = (waiting + text).split(/\r?\n/)
      waiting = lines.pop() ?? ''
      for (const line of lines) {
        this.lines.push(line)
        if (line.startsWith('PING ')) this.write(line.replace('PING', 'PONG'))
      }
    })
  }

  static async open(workplace: Workplace, port: number, nick: string): Promise<RawIrc> {
    const raw = new RawIrc(connect(port, '127.0.0.1'))
    workplace.onClose(() => { raw.#socket.destroy() })
    raw.write(`NICK ${nick}`)
    raw.write(`USER ${nick} 0 * :${nick}`)
    await raw.sees(/ 001 /)
    return raw
  }

  write(line: string): void {
    this.#socket.write(`${line}\r\n`)
  }

  /** Waits for a line. */
  sees(pattern: RegExp): Promise<string> {
    return until(() => this.lines.find((line) => pattern.test(line)), 30, () => `no ${String(pattern)} among\n${this.lines.join('\n')}`)
  }
}
