import { userInfo } from 'node:os'
import { OtrError } from '../errors.js'
import { Client, type PolicyChanges } from '../index.js'
import { applyPolicy } from '../session/policy.js'
import { IrcTransport, type Pace } from '../transport/irc/index.js'
import { RelayTransport } from '../transport/relay/index.js'
import { parseHostPort } from '../transport/tls-policy.js'
import type { Transport } from '../transport/transport.js'
import { XmppTransport } from '../transport/xmpp/index.js'
import { parseJid } from '../transport/xmpp/jid.js'
import { Chat, type ChatParts } from './chat/chat.js'
import { PlainView } from './chat/plain-view.js'
import { parsePolicy } from './chat/policy-option.js'
import { TerminalView } from './chat/terminal/terminal-view.js'
import { ChatLog } from './chat/chat-log.js'
import { UsageError, type Command, type Io } from './command.js'
import { parseNumber, parseOptions } from './options.js'
import { inertLine } from './inert.js'
import { requireSomebody, withSecret, type SecretWanted } from './passphrase.js'
import { openSealedClient } from './sealed-accounts.js'
import { StateFolder, type AccountName } from './state.js'

const options = {
  'relay': { type: 'string' },
  'irc': { type: 'string' },
  'xmpp': { type: 'string' },
  'nick': { type: 'string' },
  'server': { type: 'string' },
  'pace': { type: 'string' },
  'irc-password': { type: 'boolean' },
  'with': { type: 'string' },
  'state': { type: 'string' },
  'no-passphrase': { type: 'boolean' },
  'policy': { type: 'string' },
  'prekey-server': { type: 'string' },
  'prekey-fingerprint': { type: 'string' },
  'offline': { type: 'string' },
  'insecure': { type: 'boolean' },
  'log': { type: 'string' },
  'log-private': { type: 'boolean' },
  'plain': { type: 'boolean' },
  'json': { type: 'boolean' },
} as const

export const command: Command = {
  summary: 'talk privately over IRC, XMPP or the relay',
  help: `
usage: otr4 chat --relay URL [--nick NAME]
       otr4 chat --irc HOST[:PORT] --nick NICK
       otr4 chat --xmpp JID [--server HOST:PORT]

  --with PEER      whom to talk to; later /with PEER
  --state DIR      keep everything there, sealed: keys, conversations, trust
                   (without it: new keys every time). The passphrase is asked
                   for, or read from OTR4_PASSPHRASE. Keys and fingerprints in
                   libotr's files there are taken over
  --no-passphrase  with a new DIR: keep the key beside what it seals; whoever
                   has the disk has it all
  --policy A=B,..  for instance requireEncryption=true,allowV3=false;
                   /otr policy shows all
  --prekey-server NAME
                   whom to ask for the keys of those who are away, so that you
                   can write to them; over the relay and XMPP
  --prekey-fingerprint HEX
                   its fingerprint, from where its operator publishes it
                   (without it the first key is taken)
  --offline ask|yes|no
                   whether to do that by itself: it can be denied less well;
                   asks once by default
  --server H:P     the XMPP server, when it is not found by the domain
  --pace N/MS      on IRC: N lines at once, then one every MS milliseconds;
                   5/1000 by default, since servers drop who is faster
  --irc-password   on IRC: the server, or a bouncer such as ZNC, wants a
                   password before all else (ZNC: USER/NETWORK:PASSWORD); it
                   is asked for, or read from OTR4_IRC_PASSWORD
  --insecure       allow a server elsewhere without TLS, or with a certificate
                   that nobody vouches for
  --log DIR        keep what is said in clear, a file a correspondent. Without
                   it nothing is kept; private text is not kept with it either
  --log-private    with --log: keep private text too
  --plain          read lines, print one plain line an event; so it is too when
                   standard input is no terminal
  --json           as --plain, each event as a JSON object

A password is read from the environment variable OTR4_PASSWORD (XMPP: else it
is asked for at a terminal; IRC: for SASL).

Type text to send it. /otr start begins a private conversation, /otr smp
verifies the other side, /otr status says how private it is, /help says the
rest. Pasted text is never a command; more than one pasted line is shown, and
sent only if you say so. With --plain each line of standard input is what it
is: a program that passes on the text of others puts a slash in front of one
that begins with a slash.

A plain line is the event's type and its fields, one space between them, free
text last (a line end in it is written \\n):
  ready ACCOUNT NETWORK          account ACCOUNT
  message PEER private|clear|exposed verified|unverified TEXT
  sent PEER private|clear verified|unverified TEXT
  state PEER starting|ended|clear|waiting
  state PEER private|unaccepted vN INSTANCE new|known|changed
      verified|unverified FINGERPRINT
  smp PEER asked|in-progress|failed|aborted|cheated [QUESTION]
  smp PEER succeeded verified|unverified
  outbox PEER held|released|cancelled N      lost PEER N TEXT
  trust PEER verified|unverified FINGERPRINT
  presence PEER here|away|absent [TEXT]      renamed PEER TO
  channel CHANNEL said|did|joined|left|renamed|names|topic|refused WHO TEXT
  progress PEER sending|receiving DONE OF SECONDS
  service FROM TEXT    notice PEER CODE [TEXT]
  connection STATUS [TEXT]    info TEXT    error TEXT    bye

exit codes: 0 you left, 1 the network would not have you, 2 wrong options or
  files
`,
  async run(args, io) {
    const { values } = parseOptions(args, { options })
    const policy = values.policy === undefined ? {} : applyPolicy({}, parsePolicy(values.policy))
    const network = networkOf(values, io)
    const prekeys = values['prekey-server'] === undefined ? undefined : prekeysFrom(values)
    if (values.with !== undefined) network.sample.canonical(values.with)
    if (values['log-private'] === true && values.log === undefined) throw new UsageError('--log-private goes with --log DIR')
    const log = values.log === undefined ? undefined : new ChatLog(values.log, values['log-private'] === true)
    const account: AccountName = { account: network.sample.account, protocol: network.sample.protocol }
    const folder = values.state === undefined ? undefined : StateFolder.open(values.state)
    const unlock = folder?.lock()
    try {
      const { client, migrated } = await clientOf(account, folder, io, { policy, noPassphrase: values['no-passphrase'] === true })
      const isPlain = values.plain === true || values.json === true || !io.terminal || io.env['TERM'] === 'dumb'
      const chat = new Chat({
        client, network: networkName(values), view: isPlain ? new PlainView(io, values.json === true) : new TerminalView(io),
        ...values.with !== undefined && { peer: values.with },
        ...prekeys !== undefined && { prekeys },
        ...log !== undefined && { log },
        ...folder !== undefined && { kept: true },
        ...folder !== undefined && migrated && { welcome: migratedText },
      })
      try {
        if (!isPlain) io.stdout.write(`connecting to ${inertLine(networkName(values))}\n`)
        await network.connect(chat)
      } catch (error) {
        await client.close({ end: false })
        throw error
      }
      return await chat.run()
    } catch (error) {
      // Not a wrong word of the person: the network is not there or does not want them.
      if (!(error instanceof OtrError) || !unreached.includes(error.code)) throw error
      io.stderr.write(`otr4: ${inertLine(error.message)}\n`)
      return 1
    } finally {
      unlock?.()
    }
  },
}

const unreached: readonly string[] = ['OTR_TRANSPORT_CONNECT', 'OTR_TRANSPORT_REFUSED', 'OTR_TRANSPORT_INSECURE']

type Values = ReturnType<typeof parseOptions<typeof options>>['values']

const migratedText = 'your keys and what you trust are sealed now. The files otr.private_key and otr.fingerprints are as they were, for other ' +
  'programs: remove them when none needs them'

/** The client of the account: from the folder, or for this once. */
async function clientOf(
  account: AccountName, folder: StateFolder | undefined, io: Io, { policy, noPassphrase }: { policy: PolicyChanges, noPassphrase: boolean },
): Promise<{ readonly client: Client, readonly migrated: boolean }> {
  const pause = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
  const clock = (): number => Date.now() / 1000
  if (folder !== undefined) return openSealedClient(folder, account, io, { noPassphrase, clock, policy, pause })
  return { client: await Client.open({ account: account.account, clock, policy, pause }), migrated: false }
}

/** The network that was asked for. */
interface Network {
  /** It says our name there, and reads those of others. */
  readonly sample: Transport
  /** Logs in; a person may type a password that is refused again. */
  connect(chat: Chat): Promise<void>
}

/** The network that was asked for: exactly one. */
function networkOf(values: Values, io: Io): Network {
  const { relay, irc, xmpp, nick, server, insecure = false } = values
  if ([relay, irc, xmpp].filter((one) => one !== undefined).length !== 1) throw new UsageError('name one network: --relay URL, --irc HOST:PORT or --xmpp JID')
  if (server !== undefined && xmpp === undefined) throw new UsageError('--server goes with --xmpp')
  if (values.pace !== undefined && irc === undefined) throw new UsageError('--pace goes with --irc')
  if (values['irc-password'] === true && irc === undefined) throw new UsageError('--irc-password goes with --irc')
  const service = values['prekey-server']
  if (service === undefined && (values['prekey-fingerprint'] ?? values.offline) !== undefined) throw new UsageError('--prekey-fingerprint and --offline go with --prekey-server')
  if (service !== undefined && irc !== undefined) throw new UsageError('--prekey-server goes with --relay and --xmpp: there is none on IRC')
  if (relay !== undefined) return withoutAsking(new RelayTransport({ url: relay, name: nick ?? userInfo().username }))
  if (irc !== undefined) {
    if (nick === undefined) throw new UsageError('--irc wants --nick NICK')
    const { host, port } = parseHostPort(irc, 6697)
    const password = io.env['OTR4_PASSWORD']
    const make = (serverPassword = ''): Transport => new IrcTransport({
      host, port, nick, insecure, ...serverPassword !== '' && { serverPassword }, ...password !== undefined && { password },
      ...values.pace !== undefined && { pace: paceFrom(values.pace) },
    })
    if (values['irc-password'] === true) return asking(io, { variable: 'OTR4_IRC_PASSWORD', what: 'the IRC server', word: 'password' }, make)
    return withoutAsking(make(io.env['OTR4_IRC_PASSWORD']))
  }
  if (nick !== undefined) throw new UsageError('--nick goes with --relay and --irc; an XMPP account has its name in it')
  const jid = xmpp ?? ''
  parseJid(jid)
  return asking(io, { variable: 'OTR4_PASSWORD', what: 'the XMPP account', word: 'password' }, (password) => new XmppTransport({
    jid, password, insecure, ...server !== undefined && { server }, ...service !== undefined && { services: [service] },
  }))
}

/** A network that wants a password, which a person may mistype. */
function asking(io: Io, wanted: SecretWanted, make: (password: string) => Transport): Network {
  requireSomebody(io, wanted)
  return { sample: make(''), connect: (chat) => withSecret(io, wanted, (password) => chat.connect(make(password)), isRefusal) }
}

function withoutAsking(transport: Transport): Network {
  return { sample: transport, connect: (chat) => chat.connect(transport) }
}

/** The network would not let us in with this password. */
function isRefusal(error: unknown): boolean {
  return error instanceof OtrError && error.code === 'OTR_TRANSPORT_REFUSED'
}

/** What the chat does with a prekey server. */
function prekeysFrom(values: Values): NonNullable<ChatParts['prekeys']> {
  const { 'prekey-server': identity = '', 'prekey-fingerprint': given, offline = 'ask' } = values
  const fingerprint = given?.replace(/[\s:]/g, '')
  if (fingerprint !== undefined && !/^[0-9a-f]{112}$/i.test(fingerprint)) throw new UsageError('--prekey-fingerprint is 112 hexadecimal digits')
  if (offline !== 'ask' && offline !== 'yes' && offline !== 'no') throw new UsageError('--offline is ask, yes or no')
  return { server: { identity, ...fingerprint !== undefined && { fingerprint } }, publishes: values.state !== undefined, consent: offline }
}

function paceFrom(text: string): Pace {
  const [burst = '', interval = '', ...more] = text.split('/')
  if (more.length > 0) throw new UsageError('--pace is N/MS')
  return { burst: parseNumber(burst, 'N in --pace N/MS', 1, 1000), intervalMs: parseNumber(interval, 'MS in --pace N/MS', 1, 60_000) }
}

function networkName({ relay, irc, xmpp, server }: Values): string {
  return relay ?? irc ?? server ?? xmpp?.replace(/^[^@]*@/, '') ?? ''
}
