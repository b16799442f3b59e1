import { systemRandom } from '../crypto/index.js'
import { PrekeyServer } from '../prekey/index.js'
import { schemaText } from '../prekey/store/index.js'
import { MAX_TCP_MESSAGE, openComponentFront, openRelayFront, openTcpFront, type FrontEvent, type PrekeyFront } from '../transport/prekey/index.js'
import { isLoopback, parseHostPort } from '../transport/tls-policy.js'
import { bareJid } from '../transport/xmpp/jid.js'
import { hexEncode } from '../wire/index.js'
import { UsageError, type Command, type Io } from './command.js'
import { groupDigits } from './fingerprint-digits.js'
import { parseOptions } from './options.js'
import { keyFromFile } from './prekey-server/key-file.js'
import { formatLimits, parseLimits } from './prekey-server/limits-option.js'
import { logTo, sparing, type Log } from './prekey-server/log.js'
import { Metrics, serveMetrics } from './prekey-server/metrics.js'
import { openStore } from './prekey-server/store-option.js'
import { untilSignal } from './signals.js'
import { inertJson, inertLine } from './inert-text.js'

const options = {
  'identity': { type: 'string' },
  'store': { type: 'string' },
  'memory': { type: 'boolean' },
  'key': { type: 'string' },
  'tcp': { type: 'string' },
  'xmpp-component': { type: 'string' },
  'relay': { type: 'string' },
  'metrics': { type: 'string' },
  'limits': { type: 'string' },
  'schema': { type: 'boolean' },
  'json': { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseOptions<typeof options>>['values']

/** The ports when none is given. */
const defaultPorts = { tcp: 3242, component: 5347, metrics: 9464 }
const tickMs = 60_000
const reportMs = 300_000

export const command: Command = {
  summary: 'keep prekeys for people who are offline',
  help: `
usage: otr4 prekey-server --identity NAME --store DIR|postgres://...
                          [--key FILE] FRONT ... [options]

Keeps what people publish so that others can write to them while they are
away, and hands out each prekey once.

  --identity NAME              the server's own address, as its users write
                               it: prekey.example.org, or its name on the
                               relay
  --store DIR                  an embedded database in DIR, for one process
                               (needs the package @electric-sql/pglite)
  --store postgres://HOST/DB   PostgreSQL, for any number of processes (needs
                               the package pg); leave the password to
                               PGPASSWORD or ~/.pgpass
  --memory                     for trying: everything is forgotten at the end
  --key FILE                   the server's long-term key, made when it is not
                               there; DIR/prekey-server.key by default

Fronts, one or more: how people reach it.
  --relay URL                  as NAME on a relay (otr4 relay)
  --xmpp-component HOST:PORT   as component NAME of an XMPP server, port
                               ${defaultPorts.component}; its secret in
                               OTR4_COMPONENT_SECRET (needs @xmpp/component)
  --tcp HOST:PORT              plain frames, port ${defaultPorts.tcp}, for a
                               gateway that knows its users: whoever connects
                               can say that they are anybody

  --metrics HOST:PORT          /metrics (numbers, no names) and /health over
                               HTTP, port ${defaultPorts.metrics}
  --limits A=B,..              what one user, or all of them, may have; see
                               below
  --json                       print where it is as one JSON object
  --schema                     print the SQL of the tables and end: whoever
                               gives the server no right to make tables makes
                               them without it

Prints its fingerprint: publish it where your users see that it is yours (on
your web site); their clients refuse a server with another. It is in service
discovery too, but so would be an impostor's. Logs one JSON object a line on
standard error, without names or keys. Stops on SIGINT or SIGTERM, after what
it has begun. Keep the key file: a server with a new key is another server.

On Prosody:   Component "prekey.example.org"
                  component_secret = "..."
All fronts share one space of names, so --relay and --xmpp-component do not go
together.

limits and their values, BURST/PER-SECOND for rates:
${formatLimits()}

exit codes: 0 stopped, 1 a front would not have it, 2 wrong options, files or
  store
`,
  async run(args, io) {
    const { values } = parseOptions(args, { options })
    if (values.schema === true) {
      io.stdout.write(schemaText())
      return 0
    }
    return serve(checked(values, io), io)
  },
}

interface Wanted {
  readonly identity: string
  readonly values: Values
  readonly secret: string
  readonly limits: ReturnType<typeof parseLimits>
}

/** Checks all options before anything is opened. */
function checked(values: Values, { env, stderr }: Io): Wanted {
  const { identity, relay, tcp, 'xmpp-component': component, metrics } = values
  if (identity === undefined || identity === '') throw new UsageError('--identity NAME is missing: the address under which people know this server')
  if (/[\p{Cc}/]/u.test(identity)) throw new UsageError('--identity is a bare address: no resource, no control characters')
  if (relay === undefined && tcp === undefined && component === undefined) {
    throw new UsageError('name a front, or nobody can reach it: --relay URL, --xmpp-component HOST:PORT or --tcp HOST:PORT')
  }
  if (relay !== undefined && component !== undefined) {
    throw new UsageError("--relay and --xmpp-component do not go together: who takes an account's name on the relay would be that account; run two servers")
  }
  const secret = env['OTR4_COMPONENT_SECRET'] ?? ''
  if (component !== undefined && secret === '') throw new UsageError("set OTR4_COMPONENT_SECRET to the component_secret of the XMPP server's configuration")
  if (component !== undefined && bareJid(identity) !== identity) throw new UsageError('--identity of an XMPP component is written in small letters')
  for (const [name, address] of [['--tcp', tcp], ['--xmpp-component', component], ['--metrics', metrics]] as const) {
    if (address === undefined) continue
    const { host } = parseHostPort(address, 0)
    if (!isLoopback(host)) stderr.write(`otr4: ${name} ${host} is not this machine: nothing protects that connection but your network\n`)
  }
  return { identity, values, secret, limits: values.limits === undefined ? {} : parseLimits(values.limits) }
}

async function serve({ identity, values, secret, limits }: Wanted, io: Io): Promise<number> {
  const log = logTo(io.stderr)
  const spared = sparing(log)
  const { store, keyFile, where } = await openStore({ store: values.store, memory: values.memory === true, key: values.key }, spared)
  const fronts: PrekeyFront[] = []
  const closers: (() => Promise<void>)[] = [() => store.close()]
  try {
    const metrics = new Metrics()
    const server = new PrekeyServer({
      identity, store, limits,
      key: keyFromFile(keyFile),
      random: systemRandom,
      clock: () => Date.now() / 1000,
      maxMessageLength: MAX_TCP_MESSAGE,
      pause: () => new Promise((resolve) => { setImmediate(resolve) }),
      ...values['xmpp-component'] !== undefined && { canonical: bareJid },
      metrics: (metric) => { metrics.count(metric) },
      onLow: (owner, _left, notice) => { for (const front of fronts) front.notify(owner, notice) },
    })
    closers.unshift(() => server.close())
    const fingerprint = hexEncode(server.fingerprint)
    const tell = (event: FrontEvent): void => { tellFront(spared, event) }
    for (const open of frontsOf({ identity, values, secret, fingerprint, answer: (from, text) => server.receive(from, text), tell })) {
      const front = await open()
      fronts.push(front)
      // Fronts close before the server and the store do.
      closers.unshift(() => front.close())
    }
    const page = values.metrics === undefined ? undefined : await metricsPage(values.metrics, {
      text: () => metrics.text({ ...gauges(server), fronts: fronts.length }),
      healthy: () => store.count('', 0x100, new Uint8Array(56), 0).then(() => true, () => false),
    })
    if (page !== undefined) closers.push(() => page.close())
    announce(io, values.json === true, { identity, fingerprint, where, fronts, ...page !== undefined && { metrics: page.url } })
    log('info', 'started', { fronts: fronts.map(({ front }) => front).join(' ') })

    await server.tick(Date.now() / 1000)
    const ticking = setInterval(() => { void server.tick(Date.now() / 1000) }, tickMs)
    const report = (): void => { log('info', 'counts', metrics.counts) }
    const reporting = setInterval(report, reportMs)
    await untilSignal()
    log('info', 'stopping')
    clearInterval(ticking)
    clearInterval(reporting)
    await closeAll(closers)
    report()
    log('info', 'stopped')
    return 0
  } catch (error) {
    await closeAll(closers)
    if (isCode(error, 'OTR_TRANSPORT_CONNECT') || isCode(error, 'OTR_TRANSPORT_REFUSED')) {
      io.stderr.write(`otr4: ${(error as Error).message}\n`)
      return 1
    }
    throw error
  }
}

interface FrontParts {
  readonly identity: string
  readonly values: Values
  readonly secret: string
  readonly fingerprint: string
  readonly answer: (from: string, text: string) => Promise<readonly string[]>
  readonly tell: (event: FrontEvent) => void
}

function frontsOf({ identity, values, secret, fingerprint, answer, tell }: FrontParts): (() => Promise<PrekeyFront>)[] {
  const { relay, tcp, 'xmpp-component': component } = values
  return [
    ...relay === undefined ? [] : [() => openRelayFront({ url: relay, name: identity, answer, tell })],
    ...component === undefined ? [] : [() => openComponentFront({ ...parseHostPort(component, defaultPorts.component), domain: identity, secret, fingerprint, answer, tell })],
    ...tcp === undefined ? [] : [() => openTcpFront({ ...parseHostPort(tcp, defaultPorts.tcp), answer, tell })],
  ]
}

function metricsPage(address: string, source: Parameters<typeof serveMetrics>[2]): ReturnType<typeof serveMetrics> {
  const { host, port } = parseHostPort(address, defaultPorts.metrics)
  return serveMetrics(host, port, source)
}

function gauges(server: PrekeyServer): Record<string, number> {
  const { exchanges, fragmentBytes, working } = server.load
  return { key_exchanges_open: exchanges, fragment_bytes: fragmentBytes, messages_under_way: working }
}

function tellFront(log: Log, { event, front, detail }: FrontEvent): void {
  log(event === 'online' ? 'info' : 'warn', event, { front, ...detail !== undefined && { detail } })
}

interface Place {
  readonly identity: string
  readonly fingerprint: string
  readonly where: string
  readonly fronts: readonly PrekeyFront[]
  readonly metrics?: string
}

function announce({ stdout }: Io, json: boolean, { identity, fingerprint, where, fronts, metrics }: Place): void {
  if (json) {
    const places = Object.fromEntries(fronts.map((front) => [front.front, front.where]))
    stdout.write(`${inertJson({ identity, fingerprint, store: where, ...places, ...metrics !== undefined && { metrics } })}\n`)
    return
  }
  stdout.write([
    `prekey server ${inertLine(identity)}, prekeys in ${where}`,
    `fingerprint: ${groupDigits(fingerprint)}`,
    ...fronts.map((front) => `${front.front}: ${front.where}`),
    ...metrics === undefined ? [] : [`metrics: ${metrics}`],
    '',
  ].join('\n'))
}

async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers) await close().catch(() => undefined)
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
