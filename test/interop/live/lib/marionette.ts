/** The remote control that Mozilla's programs have built in, as far as a test needs it: scripts with the rights of the program itself. */
import { connect, type Socket } from 'node:net'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class Marionette {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #buffer = Buffer.alloc(0)
  #greeted: (() => void) | undefined
  #asked = 0
  #over: Error | undefined

  private constructor(port: number, greeted: () => void) {
    this.#greeted = greeted
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.on('data', (data: Buffer) => { this.#read(data) })
    this.#socket.on('error', (error) => { this.#end(error) })
    this.#socket.on('close', () => { this.#end(new Error('the program closed its remote control')) })
  }

  static async connect(port: number): Promise<Marionette> {
    const made = await new Promise<Marionette>((resolve, reject) => {
      const marionette: Marionette = new Marionette(port, () => { resolve(marionette) })
      marionette.#socket.once('error', reject)
    })
    await made.#ask('WebDriver:NewSession', {})
    await made.#ask('Marionette:SetContext', { value: 'chrome' })
    return made
  }

  /** Runs the body of an async function in the program's main window; `arguments` holds the values. Gives what it returns. */
  async run(body: string, ...values: readonly unknown[]): Promise<unknown> {
    const answer = await this.#ask('WebDriver:ExecuteScript', { script: `return (async function () { ${body} }).apply(null, arguments)`, args: values, sandbox: 'system', newSandbox: false })
    return typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : undefined
  }

  /** What the main window looks like now: PNG in base64. */
  async screenshot(): Promise<unknown> {
    return this.#ask('WebDriver:TakeScreenshot', { full: true, hash: false })
  }

  close(): void {
    this.#socket.destroy()
  }

  #ask(name: string, parameters: object): Promise<unknown> {
    if (this.#over !== undefined) return Promise.reject(this.#over)
    const id = ++this.#asked
    const message = Buffer.from(JSON.stringify([0, id, name, parameters]))
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(Buffer.concat([Buffer.from(`${message.length}:`), message]))
    })
  }

  /** Each message has its length in bytes and a colon before it. The first one is a greeting. */
  #read(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data])
    for (;;) {
      const colon = this.#buffer.indexOf(':')
      const end = colon + 1 + Number(this.#buffer.subarray(0, Math.max(colon, 0)).toString())
      if (colon < 0 || this.#buffer.length < end) return
      const message: unknown = JSON.parse(this.#buffer.subarray(colon + 1, end).toString('utf8'))
      this.#buffer = this.#buffer.subarray(end)
      if (Array.isArray(message)) this.#answer(message)
      else this.#greeted?.()
    }
  }

  #answer([, id, error, result]: readonly unknown[]): void {
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined
    if (typeof id !== 'number' || waiting === undefined) return
    this.#waiting.delete(id)
    if (typeof error === 'object' && error !== null) waiting.reject(new Error(`the program refused: ${JSON.stringify(error)}`))
    else waiting.resolve(result)
  }

  #end(error: Error): void {
    this.#over ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
