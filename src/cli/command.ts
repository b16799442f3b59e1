import type { Readable, Writable } from 'node:stream'

/** What a command may touch of the process: handed in, so that tests can hand in something else. */
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
   * Runs the command with the words after its name. The promise's number is the exit code: 0 done, 1 the command ran and its answer is
   * "no" or it failed. For wrong words or files throw a `UsageError`; an `OtrError` is reported with its code and gives 2 as well.
   */
  run(args: readonly string[], io: Io): Promise<number>
}

/** The person asked for something that does not exist or cannot be read. Becomes one line on standard error and exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
