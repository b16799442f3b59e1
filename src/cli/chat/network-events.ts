import type { Transport, TransportEvents } from '../../transport/transport.js'
import type { LineKind } from '../../wire/index.js'
import type { ChatContext, Correspondents } from './correspondents.js'
import type { ChatPrekeys } from './prekeys.js'
import { withoutOtr } from './without-otr.js'

export interface NetworkListening {
  readonly context: ChatContext
  readonly correspondents: Correspondents
  /** The network's name for people. */
  readonly network: string
  readonly prekeys: () => ChatPrekeys | undefined
  /** Fulfilled when the person has been informed that they are connected. */
  readonly begun: Promise<void>
  /** The state cannot be saved any more. */
  readonly broke: (error: unknown) => void
  /** The network has closed the connection for good. */
  readonly refused: (why: string) => void
}

/** Gives the lines of the network to the OTR client, and shows its other events to the person. The returned function stops that. */
export function listenToNetwork(transport: Transport, parts: NetworkListening): () => void {
  const { context: { client, show, view }, correspondents, network, begun, broke, refused } = parts
  let ready = false
  void begun.then(() => { ready = true })
  const stops = [
    // Stored lines come at once; but the person first learns that they are connected.
    transport.on('message', (line) => begun.then(() => correspondents.settled).then(() => receive(line, parts)).catch((error: unknown) => { broke(error) })),
    transport.on('status', ({ status, detail }) => {
      if (status === 'online') correspondents.isOnline()
      if (status === 'closed' && detail !== undefined && ready) refused(detail)
      else if (ready && status !== 'closed' && (status !== 'connecting' || detail !== undefined)) show({ type: 'connection', status, ...detail !== undefined && { detail } })
    }),
    transport.on('renamed', ({ from, to }) => correspondents.rename(from, to, begun).catch(broke)),
    transport.on('comparison', () => begun.then(() => correspondents.settled).then(() => correspondents.adoptNames()).catch(broke)),
    transport.on('account', ({ account }) => {
      client.changeAddress(transport.canonical(account))
      // A longer name of ours leaves less room in a line.
      if (view.current !== undefined) correspondents.limit(view.current)
      show({ type: 'account', account })
    }),
    // The network may say something before it lets us in; it is shown when the view is open.
    transport.on('notice', ({ text, from }) => { void begun.then(() => { show({ type: 'service', from: from ?? network, text }) }) }),
    // Lines from a channel go to the person and never to the OTR client.
    transport.on('channel', (event) => { void begun.then(() => { show({ type: 'channel', ...event, text: withoutOtr(event.text) }) }) }),
    transport.on('away', ({ who, text }) => { correspondents.away(who, text) }),
    transport.on('progress', ({ who, direction, done, total, secondsLeft }) => { show({ type: 'progress', peer: who, direction, done, of: total, secondsLeft }) }),
    transport.on('undelivered', (returned) => begun.then(() => tellReturned(returned, parts)).catch(broke)),
    transport.on('gone', ({ who, instances }) => {
      const { selected } = client.conversation(who).status
      if (selected !== undefined && instances.includes(selected)) show({ type: 'notice', peer: who, code: 'program-gone' })
      return begun.then(() => client.conversation(who).gone(instances)).catch(broke)
    }),
  ]
  return () => { for (const stop of stops) stop() }
}

/** Reports that a line came back. If it contained a private text, the library offers to send that again. */
async function tellReturned({ to, detail, line, kind, more }: TransportEvents['undelivered'], { context: { client, show }, prekeys }: NetworkListening): Promise<void> {
  const handle = line === undefined ? undefined : await client.conversation(to).undelivered(line)
  // The person has been informed of the first lost line; for the others the library's offer is enough.
  if (more === true) return
  const what = handle === undefined ? whatReturned(line, kind) : `message ${handle}`
  show({ type: 'notice', peer: to, code: 'undelivered', detail: what === undefined ? detail : `${detail} (${what})` })
  prekeys()?.undelivered(to)
}

/** Enough of a text to know it again. */
const quoted = 60

function whatReturned(line: string | undefined, kind: LineKind | undefined): string | undefined {
  switch (kind) {
    case 'text': return line === undefined ? undefined : `"${line.length > quoted ? `${line.slice(0, quoted)}\u2026` : line}"`
    case 'offer': return 'the offer of a private conversation'
    case 'handshake':
    case 'offline': return 'a part of a key exchange'
    case 'error': return 'a word to the other program that something could not be read'
    case 'data': return 'a part of the private conversation'
    case undefined: return undefined
  }
}

/** Fulfilled when the line is durable: then the network may forget it. */
async function receive({ from, text, meta }: TransportEvents['message'], { context: { client }, correspondents, prekeys }: NetworkListening): Promise<void> {
  if (prekeys()?.receive(from, text) === true) return
  correspondents.limit(from)
  const line = meta.action === true ? `/me ${text}` : text
  await client.receive(from, line, meta)
}
