import { OtrError } from '../errors.js'
import { Client, type PolicyChanges } from '../index.js'
import { applyPolicy } from '../session/policy.js'
import { protocols } from '../transport/protocols.js'
import { Chat, type ChatParts } from './chat/chat.js'
import { networkFrom, networkOptions } from './chat/network-option.js'
import { PlainView } from './chat/plain-view.js'
import { parsePolicy } from './chat/policy-option.js'
import { TerminalView } from './chat/terminal/terminal-view.js'
import { ChatLog } from './chat/chat-log.js'
import { ChatRecord } from './chat/chat-record.js'
import { UsageError, type Command, type Io } from './command.js'
import { askForgingChoice, keysFor, readForgingChoice, type ForgingChoice } from './forging-key.js'
import { parseOptions } from './options.js'
import { inertLine } from './inert-text.js'
import { openSealedClient } from './sealed-accounts.js'
import { StateFolder, type AccountName } from './state.js'

const options = {
  'with': { type: 'string' },
  'state': { type: 'string' },
  'no-passphrase': { type: 'boolean' },
  'forging-key': { type: 'string' },
  'policy': { type: 'string' },
  'prekey-server': { type: 'string' },
  'prekey-fingerprint': { type: 'string' },
  'offline': { type: 'string' },
  'insecure': { type: 'boolean' },
  'log': { type: 'string' },
  'log-private': { type: 'boolean' },
  'record': { type: 'string' },
  'plain': { type: 'boolean' },
  'json': { type: 'boolean' },
} as const

export const command: Command = {
  summary: 'talk privately over IRC, XMPP or the relay',
  help: `
${protocols.map(({ commandLine: { option, usage } }, at) => `${at === 0 ? 'usage:' : '      '} otr4 chat --${option} ${usage}`).join('\n')}

  --with PEER      whom to talk to; later /with PEER
  --state DIR      keep everything there, sealed: keys, conversations, trust
                   (without it: new keys every time). The passphrase is asked
                   for, or read from OTR4_PASSPHRASE. Keys and fingerprints in
                   libotr's files there are taken over
  --no-passphrase  with a new DIR: keep the key beside what it seals; whoever
                   has the disk has it all
  --forging-key discard|keep
                   with a new account: what becomes of the secret with which
                   conversations with you can be forged. At a terminal you are
                   asked once; else it is discarded
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
${protocols.map(({ commandLine: { help } }) => help.trim() === '' ? '' : `${help.replace(/^\n|\n$/g, '')}\n`).join('')}  --insecure       allow a server elsewhere without TLS, or with a certificate
                   that nobody vouches for
  --log DIR        log what is said in clear, in one file for each
                   correspondent. Private text is not logged. Without this
                   option nothing is
  --log-private    with --log: log private text, too
  --record FILE    record what goes over the network, and when, in FILE, for
                   otr4 inspect and otr4 forge: what is private is there as it
                   was encrypted, and no key is. A transcript that is there is
                   continued. Without this option nothing is recorded
  --plain          read lines, and print one plain line for each event. This is
                   the default when standard input is no terminal
  --json           as --plain, but print each event as a JSON object

A password is read from the environment variable OTR4_PASSWORD (XMPP: else it
is asked for at a terminal; IRC: for SASL).

Type text to send it. /otr start begins a private conversation, /otr smp
verifies the other side, /otr status says how private it is, /help says the
rest. Pasted text is never a command; more than one pasted line is shown, and
sent only if you say so. With --plain, each line of standard input is a text
or a command: a program that passes on the text of others puts another slash
in front of a text that begins with a slash.

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
  file PEER offered|sending|sent|receiving|received|stopped|refused|failed
      NUMBER BYTES verified|unverified NAME
  service FROM TEXT    notice PEER CODE [TEXT]
  connection STATUS [TEXT]    info TEXT    error TEXT    bye

exit codes: 0 you left, 1 the network would not have you, 2 wrong options or
  files
`,
  async run(args, io) {
    const { values } = parseOptions<typeof options>(args, { options: { ...networkOptions, ...options } })
    const policy = values.policy === undefined ? {} : applyPolicy({}, parsePolicy(values.policy))
    const service = values['prekey-server']
    if (service === undefined && (values['prekey-fingerprint'] ?? values.offline) !== undefined) throw new UsageError('--prekey-fingerprint and --offline go with --prekey-server')
    const network = await networkFrom(values, io, { insecure: values.insecure === true, services: service === undefined ? [] : [service] })
    const prekeys = service === undefined ? undefined : prekeysFrom(values)
    if (values.with !== undefined) network.sample.canonical(values.with)
    if (values['log-private'] === true && values.log === undefined) throw new UsageError('--log-private goes with --log DIR')
    const log = values.log === undefined ? undefined : new ChatLog(values.log, values['log-private'] === true)
    const record = values.record === undefined ? undefined : new ChatRecord(values.record)
    const forging = readForgingChoice(values['forging-key'])
    if (forging !== undefined && values.state === undefined) throw new UsageError('--forging-key goes with --state DIR: without it, keys end with the program')
    const account: AccountName = { account: network.sample.account, protocol: network.sample.protocol }
    const folder = values.state === undefined ? undefined : StateFolder.open(values.state)
    const unlock = folder?.lock()
    try {
      const isPlain = values.plain === true || values.json === true || !io.terminal || io.env['TERM'] === 'dumb'
      const { client, migrated } = await clientOf(account, folder, io, {
        policy, noPassphrase: values['no-passphrase'] === true, forging: async () => forging ?? (isPlain ? 'discard' : askForgingChoice(io, account.account)),
      })
      const chat = new Chat({
        client, network: network.label, view: isPlain ? new PlainView(io, values.json === true) : new TerminalView(io),
        ...values.with !== undefined && { peer: values.with },
        ...prekeys !== undefined && { prekeys },
        ...log !== undefined && { log },
        ...record !== undefined && { record },
        ...folder !== undefined && { kept: true },
        ...folder !== undefined && migrated && { welcome: migratedText },
      })
      try {
        if (!isPlain) io.stdout.write(`connecting to ${inertLine(network.label)}\n`)
        await network.connect(chat)
      } catch (error) {
        await client.close({ end: false })
        throw error
      }
      return await chat.run()
    } catch (error) {
      // The options are right, but the network is not there or refuses us.
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

/** Opens the client of the account: from the folder, or a new one that is not saved. */
async function clientOf(
  account: AccountName, folder: StateFolder | undefined, io: Io,
  { policy, noPassphrase, forging }: { readonly policy: PolicyChanges, readonly noPassphrase: boolean, readonly forging: () => Promise<ForgingChoice> },
): Promise<{ readonly client: Client, readonly migrated: boolean }> {
  const pause = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
  const clock = (): number => Date.now() / 1000
  if (folder !== undefined) return openSealedClient(folder, account, io, { noPassphrase, clock, policy, pause, newKeys: async () => keysFor(await forging()) })
  return { client: await Client.open({ account: account.account, clock, policy, pause }), migrated: false }
}

/** How the chat uses a prekey server. */
function prekeysFrom(values: Values): NonNullable<ChatParts['prekeys']> {
  const { 'prekey-server': identity = '', 'prekey-fingerprint': given, offline = 'ask' } = values
  const fingerprint = given?.replace(/[\s:]/g, '')
  if (fingerprint !== undefined && !/^[0-9a-f]{112}$/i.test(fingerprint)) throw new UsageError('--prekey-fingerprint is 112 hexadecimal digits')
  if (offline !== 'ask' && offline !== 'yes' && offline !== 'no') throw new UsageError('--offline is ask, yes or no')
  return { server: { identity, ...fingerprint !== undefined && { fingerprint } }, publishes: values.state !== undefined, consent: offline }
}
