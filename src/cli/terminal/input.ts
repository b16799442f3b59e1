import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Io } from '../command.js'
import { bracketedPaste, keysPause, noKeys, readKeys, type Key } from './keys.js'

/** After this pause, in milliseconds, a lone escape character is the Escape key, and a paste is over. */
const pauseMs = 40

/** A paste without an end mark is dropped after this many milliseconds. */
const brokenPasteMs = 10_000

/** For how many milliseconds input is thrown away before the terminal goes back to the shell. */
const drainMs = 30

type RawReadable = Readable & { setRawMode?: (raw: boolean) => unknown }

/**
 * A person's keyboard, from the first question until the program ends. The terminal never echoes what is typed, and keys that nobody listens to are
 * thrown away: an answer, such as a passphrase, must not end up in the shell, which would keep it.
 */
export class TerminalInput {
  readonly #stdin: RawReadable
  readonly #stdout: Writable
  readonly #decoder = new StringDecoder('utf8')
  #state = noKeys
  #timer: NodeJS.Timeout | undefined
  #handler: ((key: Key) => void) | undefined
  #ended: (() => void) | undefined
  #over = false
  #closed = false

  constructor({ stdin, stdout }: Pick<Io, 'stdin' | 'stdout'>) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#stdin.setRawMode?.(true)
    this.#stdout.write(bracketedPaste.on)
    this.#stdin.on('data', this.#data)
    this.#stdin.on('end', this.#end)
    this.#stdin.resume()
  }

  /** Whether no more keys will come. */
  get over(): boolean {
    return this.#over
  }

  /**
   * Gives all keys to `listener` from now on; the returned function stops that. `ended` is called when no more keys will come. A Ctrl-C that nobody
   * listens to ends the program, as it would without us.
   */
  listen(handler: (key: Key) => void, ended: () => void): () => void {
    this.#handler = handler
    this.#ended = ended
    return () => {
      if (this.#handler !== handler) return
      this.#handler = undefined
      this.#ended = undefined
    }
  }

  /** Gives the terminal to another program for a while, as for Ctrl-Z. */
  suspend(): void {
    this.#stdin.setRawMode?.(false)
    this.#stdout.write(bracketedPaste.off)
  }

  resume(): void {
    this.#stdin.setRawMode?.(true)
    this.#stdout.write(bracketedPaste.on)
  }

  /** Gives the terminal back. What was typed and not read is thrown away first. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#handler = undefined
    if (!this.#over) await sleep(drainMs)
    clearTimeout(this.#timer)
    this.#stdin.off('data', this.#data)
    this.#stdin.off('end', this.#end)
    this.#stdout.write(bracketedPaste.off)
    this.#stdin.setRawMode?.(false)
    this.#stdin.pause()
  }

  readonly #data = (chunk: Buffer | string): void => {
    const { state, keys } = readKeys(this.#state, typeof chunk === 'string' ? chunk : this.#decoder.write(chunk))
    this.#take(state, keys)
  }

  #take(state: typeof noKeys, keys: readonly Key[]): void {
    this.#state = state
    clearTimeout(this.#timer)
    if (state.mode !== 'keys' || state.waiting !== '') this.#timer = setTimeout(this.#pause, state.mode === 'paste' ? brokenPasteMs : pauseMs)
    for (const key of keys) {
      if (this.#handler !== undefined) this.#handler(key)
      else if (key.kind === 'key' && key.ctrl && key.name === 'c' && !this.#closed) process.kill(process.pid, 'SIGINT')
    }
  }

  readonly #pause = (): void => {
    const { state, keys } = keysPause(this.#state)
    this.#take(state, keys)
  }

  readonly #end = (): void => {
    // This was the pause that an incomplete key waits for.
    this.#pause()
    this.#over = true
    this.#ended?.()
  }
}

const inputs = new WeakMap<Readable, TerminalInput>()

/** The keyboard. The first call takes it; `releaseTerminal` gives it back. */
export function terminalInput(io: Pick<Io, 'stdin' | 'stdout'>): TerminalInput {
  let input = inputs.get(io.stdin)
  if (input === undefined) inputs.set(io.stdin, input = new TerminalInput(io))
  return input
}

/** At the very end of the program: gives the keyboard back, if anybody took it. */
export async function releaseTerminal(io: Pick<Io, 'stdin'>): Promise<void> {
  const input = inputs.get(io.stdin)
  inputs.delete(io.stdin)
  await input?.close()
}
