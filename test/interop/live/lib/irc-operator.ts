import { connect, type Socket } from 'node:net'
import { until, type Workplace } from './programs.js'

/** Somebody on an IRC server by bare lines: an operator who renames others, or a person whose every byte matters. */
export class IrcOperator {
  /** Every line that came. */
  readonly lines: string[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    let rest = ''
    socket.setEncoding('utf8')
    socket.on('error', () => undefined)
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        this.lines.push(line)
        if (line.startsWith('PING ')) this.write(`PONG ${line.slice(5)}`)
      }
    })
  }

  /** Logs in. As an operator where the server has one called `op`. */
  static async open(workplace: Workplace, port: number, nick = 'oscar'): Promise<IrcOperator> {
    const socket = connect(port, '127.0.0.1')
    workplace.onClose(() => { socket.destroy() })
    const one = new IrcOperator(socket)
    one.write(`NICK ${nick}`)
    one.write(`USER ${nick} 0 * :${nick}`)
    await one.sees(/ (?:376|422) /)
    one.write('OPER op op')
    return one
  }

  write(line: string): void {
    this.#socket.write(`${line}\r\n`)
  }

  sees(pattern: RegExp, seconds = 20): Promise<string> {
    return until(() => this.lines.find((line) => pattern.test(line)), seconds, () => `no ${String(pattern)} among\n${this.lines.join('\n')}`)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.sees(/ 381 /)
    this.write(`SANICK ${from} ${to}`)
    await until(() => {
      this.write(`ISON ${to}`)
      return this.lines.some((line) => line.includes(' 303 ') && line.includes(to)) ? true : undefined
    }, 20, () => `${from} is not ${to}`)
  }
}
