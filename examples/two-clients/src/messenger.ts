/** One person's program: a client, what it keeps on disk, and the network. Copy this file; put your network in the place of the relay. */
import { Client, OtrError, type ClientMessageEvent } from 'otr4'
import { openDirectory } from 'otr4/store/node'
import { RelayTransport } from 'otr4/transport/relay'

export interface MessengerOptions {
  readonly name: string
  /** The relay's address, `ws://…`. */
  readonly relay: string
  /** For the sealed state. Back it up never: an old copy would use message keys twice, and is refused when it is opened. */
  readonly directory: string
  /** Opens the sealed state. Ask the person for it; do not write it down beside the directory. */
  readonly passphrase: string
  /** Shows a message to the person. The message counts as delivered when this has returned, or its promise is fulfilled. */
  readonly show: (message: ClientMessageEvent) => void | Promise<void>
  /** Told what went wrong outside of any call, such as a line that the network did not take. */
  readonly report: (error: unknown) => void
}

export interface Messenger {
  readonly client: Client
  /** Leaves. The conversations stay, sealed, and go on when the messenger is opened again. */
  close(): Promise<void>
}

/** Opens a person's program and connects it. Rejects with an `OtrError`: `OTR_STORE_PASSPHRASE`, `OTR_STORE_LOCKED`, `OTR_TRANSPORT_CONNECT` … */
export async function openMessenger({ name, relay, directory, passphrase, show, report }: MessengerOptions): Promise<Messenger> {
  const transport = new RelayTransport({ url: relay, name })
  const persistence = await openDirectory({ directory, secret: { passphrase } })
  const client = await Client.open({
    account: transport.account,
    clock: () => Date.now() / 1000,
    persistence,
    onListenerError: report,
  })

  // Listeners return their promises: what the program had not finished when it ended is told again when it is opened next.
  client.on('send', async ({ to, message }) => {
    try {
      await transport.send(to, message)
    } catch (error) {
      // Closed: the line stays, and leaves next time. Anything else is final: keeping the line would only repeat it.
      if (codeOf(error) === 'OTR_TRANSPORT_CLOSED') throw error
      report(error)
    }
  })
  client.on('message', show)
  // The relay forgets a line when this promise is fulfilled: what it led to is on the disk then.
  transport.on('message', ({ from, text, meta }) => client.receive(from, text, meta))
  // The network says that a line did not arrive: the text that it carried is offered for sending again, as a `lost` event.
  transport.on('undelivered', ({ to, line }) => line === undefined ? undefined : client.conversation(to).undelivered(line))

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
    await client.tick()
    await transport.start()
  } catch (error) {
    await close()
    throw error
  }
  return { client, close }
}

/** The stable code of an error of the library: compare this, never the message. */
export function codeOf(error: unknown): OtrError['code'] | undefined {
  return error instanceof OtrError ? error.code : undefined
}
