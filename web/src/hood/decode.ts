/** What the lines of the network say without a key: the decoder of `otr4 inspect`. It runs in the worker, which loads it when somebody looks. */
import type { SessionInfo } from '../../../src/index.js'
import type { Description } from '../../../src/cli/describe-message.js'
import { UsageError } from '../../../src/cli/command.js'
import { inertLine } from '../../../src/cli/inert-text.js'
import { LineInspector } from '../../../src/cli/line-inspector.js'
import type { RecordedLine } from '../messenger/line-record.js'
import type { Facts, HoodLine, HoodSession, Part } from './hood.js'

/** No field that people compare is longer; a text in clear may be. */
const longestField = 2000

/** Decodes the lines with one correspondent, each once. */
export class LineDecoder {
  readonly #inspectors = { ours: new LineInspector(), theirs: new LineInspector() }
  #decoded = new Map<number, HoodLine>()

  /** The lines, decoded. Never throws for what a line contains. */
  decode(lines: readonly RecordedLine[]): HoodLine[] {
    // What came of a line is known later than the line.
    const decoded = lines.map((line) => ({ ...this.#decoded.get(line.id) ?? this.#read(line), effect: line.effect }))
    this.#decoded = new Map(decoded.map((line) => [line.id, line]))
    return decoded
  }

  #read({ id, at, ours, text, effect }: RecordedLine): HoodLine {
    const common = { id, at, ours, length: text.length, effect }
    try {
      return { ...common, parts: this.#inspectors[ours ? 'ours' : 'theirs'].read(text, '').map(partOf) }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      return { ...common, parts: [], fault: inertLine(error.message) }
    }
  }
}

function partOf(description: Description): Part {
  const { kind, title, fields } = description
  return {
    kind, title, facts: factsOf(description),
    fields: fields.map(({ name, shown }) => ({ name: name.trim(), shown: shown.length > longestField ? `${shown.slice(0, longestField)}…` : shown })),
  }
}

function factsOf({ fields, bytes }: Description): Facts {
  const values = new Map(fields.map(({ key, value }) => [key, value]))
  const number = (key: string): number | undefined => {
    const value = values.get(key)
    return typeof value === 'number' ? value : undefined
  }
  const macKeys = values.get('revealedMacKeys') ?? values.get('oldMacKeys')
  const facts = {
    bytes, ratchetId: number('ratchetId'), messageId: number('messageId'), previousChain: number('previousChain'), keyId: number('senderKeyId'),
    dh: typeof values.get('dh') === 'string' ? values.get('dh') !== '' : undefined,
    macKeys: Array.isArray(macKeys) ? macKeys.length : undefined,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** The public part of a session's state. */
export function hoodSession({ version, state, initiator, offline, trust, ratchet }: SessionInfo): HoodSession {
  return { version, state, initiator, offline, verified: trust === 'verified', ...ratchet !== undefined && { ratchet: { ...ratchet } } }
}
