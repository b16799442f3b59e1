import { RelayServer, type RelayFileLimits } from '../transport/relay/index.js'
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
usage: otr4 relay [--listen HOST:PORT] [--files MIB [--keep HOURS]] [--json]

Runs a WebSocket relay: carries lines between whoever is connected, keeps
lines for those who are away. It knows no passwords and encrypts nothing; use
it on your own machine or network, and let OTR do the rest.

  --listen HOST:PORT   where to listen; 127.0.0.1:${defaultRelayPort} by
                       default, port 0 takes any free one
  --files MIB          carry sealed files, too, up to so many MiB together and
                       a quarter of that each, in a temporary folder
  --keep HOURS         for how long a file is kept; 24 by default
  --json               print {"url":"ws://..."} instead of a sentence

Prints where it listens and runs until it is interrupted. Connect with:
otr4 chat --relay ws://127.0.0.1:${defaultRelayPort} --nick NAME

exit codes: 0 interrupted, 2 wrong options, or it cannot listen there
`,
  async run(args, io) {
    const { values } = parseOptions(args, { options: { listen: { type: 'string' }, files: { type: 'string' }, keep: { type: 'string' }, json: { type: 'boolean' } } })
    const { host, port } = parseHostPort(values.listen ?? `127.0.0.1:${defaultRelayPort}`, defaultRelayPort)
    const files = filesFrom(values)
    const server = await RelayServer.listen({ host, port, ...files !== undefined && { files } }).catch((error: unknown) => {
      throw new UsageError((error as Error).message)
    })
    if (!isLoopback(host)) io.stderr.write('otr4: anybody who reaches this address can use the relay, and everybody on the way can read\n')
    io.stdout.write(values.json === true ? `${inertJson({ url: server.url })}\n` : `relay at ${server.url}\n`)
    await untilSignal()
    await server.close()
    return 0
  },
}

/** The bounds for files; undefined where none are carried. */
function filesFrom({ files, keep }: { readonly files?: string | undefined, readonly keep?: string | undefined }): Partial<RelayFileLimits> | undefined {
  if (files === undefined) {
    if (keep !== undefined) throw new UsageError('--keep goes with --files')
    return undefined
  }
  const [mib, hours] = [Number(files), Number(keep ?? 24)]
  if (!/^\d{1,7}$/.test(files) || mib < 1) throw new UsageError('--files is a number of MiB, 1 to 9999999')
  if (!/^\d{1,4}$/.test(keep ?? '24') || hours < 1) throw new UsageError('--keep is a number of hours, 1 to 9999')
  const bytes = mib * 2 ** 20
  return { bytes, bytesPerName: Math.ceil(bytes / 2), fileBytes: Math.ceil(bytes / 4), seconds: hours * 3600 }
}
