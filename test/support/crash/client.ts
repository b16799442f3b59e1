/**
 * A client over the relay that saves its state in a directory, to be killed: `client NAME PEER DIRECTORY RELAY KEY-LOG POLICY`. Reads one
 * command a line, and prints one fact a line, both as JSON.
 */
import { createInterface } from 'node:readline'
import { Client, type ClientEvent, type PolicyChanges } from '../../../src/index.js'
import { openDirectory } from '../../../src/store/node/index.js'
import { RelayTransport } from '../../../src/transport/relay/index.js'
import { base64Decode, base64Encode, decodeEnsemble, encodeEnsemble } from '../../../src/wire/index.js'
import { recordKeys } from './record-keys.js'

const [name = '', peer = '', directory = '', url = '', keyLog = '', policy = '{}'] = process.argv.slice(2)

interface Command {
  readonly n: number
  readonly do: 'send' | 'offline' | 'ensemble' | 'verify' | 'renew' | 'status'
  readonly text?: string
  readonly ensemble?: string
}

function tell(fact: object): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`)
}

/** The relay needs a moment to notice that the previous connection is dead. */
async function connect(client: Client): Promise<RelayTransport> {
  for (;;) {
    const transport = new RelayTransport({ url, name })
    transport.on('message', ({ from, text, meta }) => client.receive(from, text, meta.id === undefined ? {} : { id: meta.id }))
    try {
      await transport.start()
      return transport
    } catch (error) {
      if ((error as { code?: string }).code !== 'OTR_TRANSPORT_REFUSED') throw error
      await new Promise((resolve) => { setTimeout(resolve, 10) })
    }
  }
}

recordKeys(keyLog)
const client = await Client.open({
  account: name,
  clock: () => Date.now() / 1000,
  persistence: await openDirectory({ directory, secret: { key: new Uint8Array(32).fill(name.charCodeAt(0)) } }),
  policy: JSON.parse(policy) as PolicyChanges,
})
const conversation = client.conversation(peer)
const told = (event: ClientEvent): void => { tell({ event }) }
for (const type of ['message', 'state', 'notice', 'smp', 'outbox'] as const) client.on(type, told)
client.on('smp', ({ event }) => event === 'asked' ? conversation.answer('the pier').catch(() => undefined) : undefined)
const network = connect(client)
client.on('send', async ({ to, message }) => (await network).send(to, message))
await network
await client.tick()
setInterval(() => { void client.tick() }, 200)
tell({ ready: process.pid })

async function obey({ do: what, text = '', ensemble = '' }: Command): Promise<unknown> {
  switch (what) {
    case 'send': return conversation.send(text)
    case 'offline': return conversation.sendOffline([decodeEnsemble(base64Decode(ensemble, 'ensemble'))], text)
    case 'ensemble': return (await client.ensemble(1)).map((one) => base64Encode(encodeEnsemble(one)))[0]
    case 'verify': return conversation.verify('the pier')
    case 'renew': return conversation.start()
    case 'status': return conversation.status
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command
  obey(command).then(
    (result) => { tell({ done: command.n, result }) },
    (error: unknown) => { tell({ failed: command.n, code: (error as { code?: string }).code ?? String(error) }) },
  )
}
process.exit(0)
