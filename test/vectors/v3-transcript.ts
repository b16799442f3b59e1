/** Reads the transcripts that were recorded from libotr 4.1.1 on both sides. */
import { readFileSync } from 'node:fs'
import type { V3Message } from '../../src/v3/index.js'
import { decodeMessage, hexDecode, unarmor } from '../../src/wire/index.js'

type Name = 'alice' | 'bob'

interface RawStep {
  readonly what: string
  readonly by: Name
  readonly dump?: readonly string[]
  readonly wire?: readonly { readonly from: Name, readonly msg: string }[]
  readonly local?: { readonly symkey: readonly string[] }
  readonly alice?: Seen
  readonly bob?: Seen
}

/** What one side saw in a step. */
interface Seen {
  readonly msgs: readonly { readonly enc: boolean, readonly text: string }[]
  readonly events: readonly string[]
  readonly smp: readonly { readonly event: string, readonly q: string }[]
  readonly tlvs: readonly { readonly type: number, readonly data: string }[]
}

/** A message of a transcript, fragments put together. */
export interface Recorded {
  readonly from: Name
  /** The armored text. */
  readonly text: string
  readonly message: V3Message
}

export interface TranscriptStep {
  readonly what: string
  readonly by: Name
  readonly messages: readonly Recorded[]
  readonly dump: Dump | undefined
  readonly alice: Seen
  readonly bob: Seen
}

/** One side's secrets, as printed after a step. */
export interface Dump {
  readonly ourKeyId: number
  readonly theirKeyId: number
  readonly ours: KeyPair
  readonly oursPrevious: KeyPair
  readonly theirs: Uint8Array
  readonly theirsPrevious: Uint8Array | undefined
  readonly savedMacs: Uint8Array
  readonly pairs: readonly DumpedPair[]
}

interface KeyPair {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

export interface DumpedPair {
  readonly our: number
  readonly their: number
  readonly sendingMacKey: Uint8Array
  readonly receivingMacKey: Uint8Array
  readonly extraKey: Uint8Array
  readonly sent: Uint8Array
  readonly received: Uint8Array
  readonly receivingUsed: boolean
}

function fields(line: string): Record<string, string> {
  return Object.fromEntries(line.split(' ').filter((word) => word.includes('=')).map((word) => word.split('=', 2) as [string, string]))
}

const hex = (value: string | undefined): Uint8Array => hexDecode(value ?? '')

function parseDump(lines: readonly string[]): Dump {
  const all = fields(lines[0] ?? '')
  return {
    ourKeyId: Number(all['our_keyid']),
    theirKeyId: Number(all['their_keyid']),
    ours: { privateKey: hex(all['our_priv']), publicKey: hex(all['our_pub']) },
    oursPrevious: { privateKey: hex(all['our_old_priv']), publicKey: hex(all['our_old_pub']) },
    theirs: hex(all['their_y']),
    theirsPrevious: all['their_old_y'] === '-' ? undefined : hex(all['their_old_y']),
    savedMacs: hex(all['saved_macs']),
    pairs: lines.slice(1).map(fields).map((pair) => ({
      our: Number(pair['our']),
      their: Number(pair['their']),
      sendingMacKey: hex(pair['sendmac']),
      receivingMacKey: hex(pair['rcvmac']),
      extraKey: hex(pair['extra']),
      sent: hex(pair['sendctr']).slice(0, 8),
      received: hex(pair['rcvctr']).slice(0, 8),
      receivingUsed: pair['rcvmac_used'] === '1',
    })),
  }
}

/** The encoded messages of a step; fragments are joined by hand, for the assembler has tests of its own. */
function messagesOf(step: RawStep): Recorded[] {
  const recorded: Recorded[] = []
  let pieces = ''
  for (const { from, msg } of step.wire ?? []) {
    let text = msg
    const fragment = /^\?OTR\|[0-9a-f]+\|[0-9a-f]+,(\d+),(\d+),(.*),$/s.exec(msg)
    if (fragment !== null) {
      pieces += fragment[3] ?? ''
      if (fragment[1] !== fragment[2]) continue
      text = pieces
      pieces = ''
    }
    if (!text.startsWith('?OTR:')) continue
    recorded.push({ from, text, message: decodeMessage(unarmor(text, 1_000_000)) as V3Message })
  }
  return recorded
}

/** A transcript by its file name. */
export function transcript(name: string): TranscriptStep[] {
  const { steps } = JSON.parse(readFileSync(new URL(`data/v3-libotr/${name}.json`, import.meta.url), 'utf8')) as { steps: RawStep[] }
  const nothing: Seen = { msgs: [], events: [], smp: [], tlvs: [] }
  return steps.map((step) => ({
    what: step.what,
    by: step.by,
    messages: messagesOf(step),
    dump: step.dump === undefined ? undefined : parseDump(step.dump),
    alice: step.alice ?? nothing,
    bob: step.bob ?? nothing,
  }))
}
