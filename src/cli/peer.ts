import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { UsageError, type Command } from './command.js'
import { Peer } from './peer/peer.js'

/** `otr4 peer`: the peer protocol on standard input and output. */
export const command: Command = {
  summary: 'drive a complete OTR client with JSON lines on standard input and output',
  help: `
usage: otr4 peer

Reads one JSON object a line and answers each with one JSON object a line: the peer protocol. The driver is the network: it carries
the strings of "send" events to other peers. Time stands still until "clock" moves it. Begin with

    {"id":1,"cmd":"hello"}
    {"id":2,"cmd":"account","account":"alice@example.org","versions":"34"}
    {"id":3,"cmd":"start","to":"bob@example.org"}

Ends with "bye" or at the end of input.`,
  async run(args, io) {
    const [unknown] = args
    if (unknown !== undefined) throw new UsageError(`peer: unknown argument "${unknown}"`)
    const peer = new Peer((line) => { io.stderr.write(`${line}\n`) })
    for await (const line of linesOf(io.stdin)) {
      if (line.trim() === '') continue
      const answer = await peer.answer(line)
      if (!io.stdout.write(`${answer.line}\n`)) await once(io.stdout, 'drain')
      if (answer.bye) break
    }
    return 0
  },
}

/** The lines of a stream of UTF-8, however long; what follows the last line's end counts as one more. */
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
