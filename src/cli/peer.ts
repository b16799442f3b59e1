import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Persistence } from '../index.js'
import { UsageError, type Command, type Io } from './command.js'
import { DurablePeer } from './peer/durable-peer.js'
import { Peer } from './peer/peer.js'
import { parseOptions } from './options.js'

/** `otr4 peer`: the peer protocol on standard input and output. */
export const command: Command = {
  summary: 'drive a complete OTR client with JSON lines',
  help: `
usage: otr4 peer [--store DIR]

Reads one JSON object a line and answers each with one JSON object a line: the
peer protocol. The driver is the network: it carries the strings of "send"
events to other peers. The clock is the system's until "clock" sets it: from
then on time stands still between two of them. Begin with

    {"id":1,"cmd":"hello"}
    {"id":2,"cmd":"account","account":"alice@example.org","versions":"34"}
    {"id":3,"cmd":"start","to":"bob@example.org"}

Ends with "bye" or at the end of input.

  --store DIR   keep everything there, sealed under the passphrase in
                OTR4_PASSPHRASE: each answer is written when the state behind
                it is durable. Started again on DIR, "account" with the same
                name opens what is kept; events of an answer that perhaps did
                not get out are told again in the answer to it, with the same
                "id" and "replayed":true

OTR4_PASSPHRASE also seals what "export" gives; without it a passphrase does
that which everybody knows.`,
  async run(args, io) {
    const { values: { store } } = parseOptions(args, { options: { store: { type: 'string' } } })
    const passphrase = io.env['OTR4_PASSPHRASE']
    if (store === undefined) return runPeer(io)
    if (passphrase === undefined || passphrase === '') throw new UsageError('--store: set OTR4_PASSPHRASE to the passphrase of the store')
    const { openDirectory } = await import('../store/node/index.js')
    return runPeer(io, await openDirectory({ directory: store, secret: { passphrase } }), join(store, 'prekey-server'))
  },
}

/**
 * Answers every line of standard input. With a persistence the state is kept there; it is closed at the end. `prekeyFolder`: where the peer keeps the
 * store of its prekey server, if it becomes one.
 */
export async function runPeer(io: Io, persistence?: Persistence, prekeyFolder?: string): Promise<number> {
  const passphrase = io.env['OTR4_PASSPHRASE']
  const keeper = persistence && await DurablePeer.open(persistence)
  const peer = new Peer({
    log: (line) => { io.stderr.write(`${line}\n`) },
    ...(keeper !== undefined && { keeper }),
    ...(prekeyFolder !== undefined && { prekeyFolder }),
    ...(passphrase !== undefined && passphrase !== '' && { passphrase }),
  })
  try {
    for await (const line of linesOf(io.stdin)) {
      if (line.trim() === '') continue
      const answer = await peer.answer(line)
      if (!io.stdout.write(`${answer.line}\n`)) await once(io.stdout, 'drain')
      // If this fails, the answer to the next request says why.
      await answer.written().catch(() => undefined)
      if (answer.bye) break
    }
  } finally {
    await peer.close()
    await keeper?.close()
  }
  return 0
}

/** The lines of a UTF-8 stream, of any length. Characters behind the last line end are a line, too. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  for await (const chunk of stream) {
    const pieces = decoder.write(chunk as Buffer).split('\n')
    for (const piece of pieces.slice(0, -1)) {
      yield [...parts, piece].join('')
      parts = []
    }
    parts.push(pieces.at(-1) ?? '')
  }
  const last = parts.join('') + decoder.end()
  if (last !== '') yield last
}
