import type { Readable, Writable } from 'node:stream'

/** What a command uses of the process. It is a parameter, so that tests can replace it. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether a person sits at standard input and output. */
  readonly terminal: boolean
}

/** One `otr4 <name>`. Each command is a module of its own that exports one of these as `command`. */
export interface Command {
  /** One line for `otr4 --help`. */
  readonly summary: string
  /** What `otr4 <name> --help` prints. */
  readonly help: string
  /**
   * Runs the command with the words after its name. Resolves to the exit code: 0 done, 1 the command failed or its answer is "no". For wrong words or
   * files throw a `UsageError`. A `UsageError` or an `OtrError` is printed and gives the exit code 2.
   */
  run(args: readonly string[], io: Io): Promise<number>
}

/** A word or file that was given is wrong. Becomes one line on standard error and exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
