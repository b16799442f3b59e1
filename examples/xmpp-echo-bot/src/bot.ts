/** A bot that says in private what it was told in private. */
import { Client, OtrError, type ClientConversation, type ClientMessageEvent } from 'otr4'
import { openDirectory } from 'otr4/store/node'
import { XmppTransport } from 'otr4/transport/xmpp'
import type { Friend } from './friends.js'

export interface BotOptions {
  readonly jid: string
  readonly password: string
  /** `HOST:PORT` or a URI; absent: found by DNS. Without TLS only on this machine. */
  readonly server?: string
  /** For the sealed state. */
  readonly directory: string
  readonly passphrase: string
  /** Who gets answers, by bare JID. To everybody else the bot is silent: not one byte, not even that it speaks OTR. */
  readonly friends: ReadonlyMap<string, Friend>
  readonly log: (line: string) => void
}

export interface Bot {
  /** For people to compare with what their program shows. */
  readonly fingerprints: readonly string[]
  /** Leaves. The conversations stay, sealed, and go on when the bot is opened again. */
  close(): Promise<void>
}

const prefix = 'you said: '

/** Opens the bot and logs in. Rejects with an `OtrError`: `OTR_STORE_PASSPHRASE`, `OTR_TRANSPORT_REFUSED`, `OTR_TRANSPORT_CONNECT` … */
export async function openBot({ jid, password, server, directory, passphrase, friends, log }: BotOptions): Promise<Bot> {
  const transport = new XmppTransport({ jid, password, ...server !== undefined && { server } })
  const persistence = await openDirectory({ directory, secret: { passphrase } })
  const report = (error: unknown): void => { log(`error: ${error instanceof OtrError ? error.code : String(error)}`) }
  const client = await Client.open({
    account: transport.account,
    clock: () => Date.now() / 1000,
    persistence,
    // A policy is kept with the state, and what is named here replaces it: name all that must hold.
    policy: { requireEncryption: true, answerStrangers: false, maxMessageLength: transport.maxMessageLength() },
    authorize: (peer) => friends.has(peer),
    onListenerError: report,
  })

  client.on('send', async ({ to, message }) => {
    try {
      await transport.send(to, message)
    } catch (error) {
      // Closed: the line stays in the journal and leaves next time.
      if (error instanceof OtrError && error.code === 'OTR_TRANSPORT_CLOSED') throw error
      report(error)
    }
  })
  // After a crash an event may come again (`replayed`). To say something twice does no harm here; where it would, keep `event.id`.
  client.on('message', (event) => echo(client, event, { friends, log }))
  client.on('state', ({ peer, state, version, keyTrust }) => {
    if (state === 'encrypted') log(`private with ${peer}, version ${version}, key ${keyTrust?.trust ?? 'unknown'}`)
    if (state === 'finished') log(`${peer} ended the conversation`)
  })
  client.on('notice', ({ peer = 'the account', code }) => {
    log(`notice ${code}, ${peer}`)
    if (code === 'key-changed') log(`to accept the new key of ${peer}, check its fingerprint with them and start the bot with ADDRESS=FINGERPRINT`)
  })
  // A bot knows no secrets: it cannot compare any.
  client.on('smp', ({ peer, event }) => event === 'asked' ? client.conversation(peer).abort() : undefined)
  // What they could not read. Renewed: the new session is with a key that is worth no less. Otherwise anybody could have said so.
  client.on('lost', async ({ peer, messages, renewed }) => {
    const conversation = client.conversation(peer)
    for (const { handle } of messages) await (renewed ? conversation.resend(handle) : conversation.discard(handle))
  })
  // `meta` says what the server kept while the bot was away: an offer in it is not answered.
  transport.on('message', ({ from, text, meta }) => client.receive(from, text, meta))
  transport.on('undelivered', ({ to, line }) => line === undefined ? undefined : client.conversation(to).undelivered(line))
  transport.on('status', ({ status, detail }) => { log(detail === undefined ? status : `${status}: ${detail}`) })

  const timer = setInterval(() => { client.tick().catch(report) }, 1000)
  const close = async (): Promise<void> => {
    clearInterval(timer)
    try {
      await client.close()
    } finally {
      await transport.close()
    }
  }
  try {
    for (const [peer, friend] of friends) await trustOnly(client.conversation(peer), friend)
    await client.tick()
    await transport.start()
  } catch (error) {
    await close()
    throw error
  }
  return { fingerprints: [client.fingerprint4, client.fingerprint3].filter((one) => one !== undefined), close }
}

/** Trust is kept with the state: what the operator took off the list since is taken back. */
async function trustOnly(conversation: ClientConversation, { keys }: Friend): Promise<void> {
  for (const { fingerprint, version, trust } of conversation.keys) {
    const isListed = keys.some((key) => key.fingerprint.toLowerCase() === fingerprint)
    if (trust === 'verified' && !isListed) await conversation.trust('unknown', { fingerprint, version })
  }
  for (const key of keys) await conversation.trust('verified', key)
  await conversation.setPolicy({ requireVerified: keys.length > 0 ? true : undefined })
}

async function echo(client: Client, event: ClientMessageEvent, { friends, log }: Pick<BotOptions, 'friends' | 'log'>): Promise<void> {
  const { from, text: said, encrypted, instance } = event
  // Who is no friend any more still has a key here, so the library lets them in: the list decides.
  if (!friends.has(from)) return
  const conversation = client.conversation(from)
  if (!encrypted) {
    // Anybody on the way may have written this. Do not repeat it; ask to talk privately, unless we do already.
    if (conversation.status.sending !== 'encrypted' && !conversation.status.pending) await conversation.start()
    return
  }
  // Another bot of this kind would answer for ever.
  if (said.startsWith(prefix)) return
  // To the device that wrote. If its key is not accepted the text waits, and the person gets nothing.
  const outcome = await conversation.send(prefix + said, { ...instance !== undefined && { to: instance } })
  log('held' in outcome ? `an answer to ${from} waits: their key is not accepted` : `answered ${from}`)
}
