import { RelayServer } from '../transport/relay/index.js'
import { isLoopback, parseHostPort } from '../transport/tls-policy.js'
import { UsageError, type Command } from './command.js'
import { parseOptions } from './options.js'
import { untilSignal } from './signals.js'
import { inertJson } from './inert-text.js'

/** The default port. */
export const defaultRelayPort = 5290

export const command: Command = {
  summary: 'run a small relay that carries messages between names',
  help: `
usage: otr4 relay [--listen HOST:PORT] [--json]

Runs a WebSocket relay: carries lines between whoever is connected, keeps
lines for those who are away. It knows no passwords and encrypts nothing; use
it on your own machine or network, and let OTR do the rest.

  --listen HOST:PORT   where to listen; 127.0.0.1:${defaultRelayPort} by
                       default, port 0 takes any free one
  --json               print {"url":"ws://..."} instead of a sentence

Prints where it listens and runs until it is interrupted. Connect with:
otr4 chat --relay ws://127.0.0.1:${defaultRelayPort} --nick NAME

exit codes: 0 interrupted, 2 wrong options, or it cannot listen there
`,
  async run(args, io) {
    const { values } = parseOptions(args, { options: { listen: { type: 'string' }, json: { type: 'boolean' } } })
    const { host, port } = parseHostPort(values.listen ?? `127.0.0.1:${defaultRelayPort}`, defaultRelayPort)
    const server = await RelayServer.listen({ host, port }).catch((error: unknown) => {
      throw new UsageError((error as Error).message)
    })
    if (!isLoopback(host)) io.stderr.write('otr4: anybody who reaches this address can use the relay, and everybody on the way can read\n')
    io.stdout.write(values.json === true ? `${inertJson({ url: server.url })}\n` : `relay at ${server.url}\n`)
    await untilSignal()
    await server.close()
    return 0
  },
}
