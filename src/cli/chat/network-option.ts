import { OtrError } from '../../errors.js'
import type { Asked, CommandLine, OptionValues, Protocol } from '../../transport/protocol.js'
import { protocols } from '../../transport/protocols.js'
import type { Transport } from '../../transport/transport.js'
import { UsageError, type Io } from '../command.js'
import { requireSomebody, withSecret, type SecretWanted } from '../passphrase.js'
import type { Chat } from './chat.js'

/** The network that was asked for. */
export interface Network {
  /** Its name for people. */
  readonly label: string
  /** Never started: it only gives the form of our own name, and reads the names of others. */
  readonly sample: Transport
  /** Logs in. A person may type a refused password again. */
  connect(chat: Chat): Promise<void>
}

/** The options of all networks, for the reader of a command line. */
export const networkOptions: CommandLine['options'] = Object.fromEntries(protocols.flatMap(
  ({ commandLine: { option, options } }) => [[option, { type: 'string' as const }], ...Object.entries(options)],
))

/** The one network that was asked for. Throws `UsageError`, and `OTR_TRANSPORT_ADDRESS` for what is no address there. */
export async function networkFrom(values: OptionValues, io: Io, asked: Pick<Asked, 'insecure' | 'services'>): Promise<Network> {
  const { protocol, address } = chosen(values)
  const { commandLine } = protocol
  const foreign = Object.keys(networkOptions).find((name) => values[name] !== undefined && name !== commandLine.option && !Object.hasOwn(commandLine.options, name))
  if (foreign !== undefined) throw new UsageError(`--${foreign} goes with ${listed(protocols.filter((one) => Object.hasOwn(one.commandLine.options, foreign)))}`)
  if (asked.services.length > 0 && !commandLine.hasServices) {
    throw new UsageError(`--prekey-server goes with ${listed(protocols.filter((one) => one.commandLine.hasServices))}: there is none on ${protocol.name}`)
  }
  const { label, password, make } = await commandLine.open(address, { ...asked, values, env: io.env }).catch((error: unknown) => {
    throw error instanceof OtrError && error.code === 'OTR_ARGUMENT' ? new UsageError(error.message) : error
  })
  if (password === undefined) {
    const transport = make('')
    return { label, sample: transport, connect: (chat) => chat.connect(transport) }
  }
  const wanted: SecretWanted = { ...password, word: 'password' }
  requireSomebody(io, wanted)
  return { label, sample: make(''), connect: (chat) => withSecret(io, wanted, (secret) => chat.connect(make(secret)), isRefusal) }
}

function chosen(values: OptionValues): { readonly protocol: Protocol, readonly address: string } {
  const [one, ...more] = protocols.flatMap((protocol) => {
    const address = values[protocol.commandLine.option]
    return typeof address === 'string' ? [{ protocol, address }] : []
  })
  if (one === undefined || more.length > 0) {
    const ways = protocols.map(({ commandLine: { option, usage } }) => `--${option} ${usage.replace(/ .*/, '')}`)
    throw new UsageError(`name one network: ${ways.slice(0, -1).join(', ')} or ${ways.at(-1) ?? ''}`)
  }
  return one
}

function listed(which: readonly Protocol[]): string {
  return which.map(({ commandLine: { option } }) => `--${option}`).join(' and ')
}

/** The network would not let us in with this password. */
function isRefusal(error: unknown): boolean {
  return error instanceof OtrError && error.code === 'OTR_TRANSPORT_REFUSED'
}
