import type { Client, IrcMessage } from 'irc-framework'
import { transportError } from '../transport.js'

/** Loads the optional package. @throws OtrError `OTR_TRANSPORT_MISSING` */
export async function loadFramework(): Promise<typeof Client> {
  try {
    // Published as CommonJS: Node finds its exports under `default`.
    const module: { Client?: typeof Client, default?: { Client: typeof Client } } = await import('irc-framework')
    const client = module.Client ?? module.default?.Client
    if (client !== undefined) return client
  } catch {
    // Said below.
  }
  throw transportError('MISSING', 'IRC needs the package irc-framework: npm install irc-framework')
}

/**
 * Calls `line` with every line before the package looks at it, and `bad` for those on which the package fails. On some lines with too few
 * parameters it throws out of the socket's listener, which would end the process; inside a batch it would drop all lines behind that one.
 */
export function readEveryLine(client: Client, { line, bad }: { line: (message: IrcMessage) => void, bad: () => void }): void {
  const handler = client.command_handler
  const guard = <Command>(work: (command: Command) => void) => (command: Command): void => {
    try {
      work(command)
    } catch {
      bad()
    }
  }
  const dispatch = handler.dispatch.bind(handler)
  handler.executeCommand = guard(handler.executeCommand.bind(handler))
  handler.dispatch = guard((message) => {
    line(message)
    dispatch(message)
  })
}
