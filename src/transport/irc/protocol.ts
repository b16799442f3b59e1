import { textOption, wrongOption, type Protocol } from '../protocol.js'
import { parseHostPort } from '../tls-policy.js'
import { canonicalNick } from './case-mapping.js'
import type { Pace } from './pacing.js'

/** Any IRC network. */
export const ircProtocol: Protocol = {
  name: 'IRC',
  otherNames: ['irc', 'prpl-irc'],
  serverComparesNames: true,
  canonical: (name) => canonicalNick(name),
  commandLine: {
    option: 'irc',
    usage: 'HOST[:PORT] --nick NICK',
    options: { 'nick': { type: 'string' }, 'pace': { type: 'string' }, 'irc-password': { type: 'boolean' } },
    help: `
  --pace N/MS      on IRC: N lines at once, then one every MS milliseconds;
                   5/1000 by default, since servers drop who is faster
  --irc-password   on IRC: the server, or a bouncer such as ZNC, wants a
                   password before all else (ZNC: USER/NETWORK:PASSWORD); it
                   is asked for, or read from OTR4_IRC_PASSWORD`,
    hasServices: false,
    open: async (address, { values, env, insecure }) => {
      const nick = textOption(values, 'nick')
      if (nick === undefined) throw wrongOption('--irc wants --nick NICK')
      const { host, port } = parseHostPort(address, 6697)
      const pace = textOption(values, 'pace')
      const { OTR4_PASSWORD: password, OTR4_IRC_PASSWORD: known = '' } = env
      const options = {
        host, port, nick, insecure, ...password !== undefined && { password }, ...pace !== undefined && { pace: paceFrom(pace) },
      }
      const { IrcTransport } = await import('./client.js')
      const make = (serverPassword: string): InstanceType<typeof IrcTransport> => new IrcTransport({ ...options, ...serverPassword !== '' && { serverPassword } })
      return values['irc-password'] === true
        ? { label: address, password: { variable: 'OTR4_IRC_PASSWORD', what: 'the IRC server' }, make }
        : { label: address, make: () => make(known) }
    },
  },
}

function paceFrom(text: string): Pace {
  const [, burst, interval] = /^(\d{1,4})\/(\d{1,5})$/.exec(text) ?? []
  const pace = { burst: Number(burst), intervalMs: Number(interval) }
  if (!(pace.burst >= 1 && pace.burst <= 1000 && pace.intervalMs >= 1 && pace.intervalMs <= 60_000)) {
    throw wrongOption('--pace is N/MS: N from 1 to 1000, MS from 1 to 60000')
  }
  return pace
}
