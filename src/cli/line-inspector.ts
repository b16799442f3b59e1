import {
  addFragment, classify, decodePrekeyMessage, defaultWireLimits, emptyFragmentAssembler, unarmor, type Classified, type FragmentAssembler,
} from '../wire/index.js'
import { UsageError } from './command.js'
import { describe, type Description } from './describe-message.js'
import { inertLine } from './inert-text.js'

const limits = { ...defaultWireLimits, maxMessageLength: 16 << 20, maxFragmentLength: 16 << 20 }

/** Reads lines one after another, keeping the fragments among them. */
export class LineInspector {
  #fragments: FragmentAssembler = emptyFragmentAssembler

  /** Throws a `UsageError` for a line that is not well formed. */
  read(given: string, where: string): Description[] {
    const classified = this.#classify(given)
    const description = this.#describe(classified, given, where)
    if (classified.kind !== 'fragment') return [description]
    const { state, complete } = addFragment(this.#fragments, classified.fragment, 0, limits)
    this.#fragments = state
    return complete === undefined ? [description] : [description, ...this.read(complete, `${where}put together: `)]
  }

  /** Classifies a line as it is, since blanks may be a whitespace tag. Blanks at either end are cut off only if the line becomes a message by that. */
  #classify(line: string): Classified {
    const exact = classify(line, limits)
    const mayBeMore = exact.kind === 'malformed' || (exact.kind === 'plaintext' && exact.versions === undefined)
    const trimmed = mayBeMore && line.trim() !== '' ? classify(line.trim(), limits) : exact
    return trimmed.kind === 'plaintext' ? exact : trimmed
  }

  #describe(classified: Classified, line: string, where: string): Description {
    if (classified.kind === 'malformed') throw new UsageError(`${where}malformed: ${inertLine(classified.error.message)}`)
    if (classified.kind === 'too-large') throw new UsageError(`${where}too large: ${classified.length} characters`)
    if (classified.kind === 'unsupported') {
      const prekey = readPrekeyMessage(line)
      if (prekey !== undefined) return describe({ kind: 'message', message: prekey })
      throw new UsageError(`${where}version ${classified.version}, type 0x${classified.type.toString(16).padStart(2, '0')} is not known`)
    }
    return describe(classified)
  }
}

/** Prekey Messages are on servers and are no chat messages, but people meet them in the same encoding. */
function readPrekeyMessage(line: string): ReturnType<typeof decodePrekeyMessage> | undefined {
  try {
    return decodePrekeyMessage(unarmor(line.trim()))
  } catch {
    return undefined
  }
}

/** A description as people read it. */
export function descriptionText({ title, fields }: Description): string {
  const longest = Math.max(...fields.map(({ name }) => name.length), 0)
  return `${title}\n${fields.map(({ name, shown }) => `  ${name.padEnd(longest)}  ${shown}\n`).join('')}`
}

/** What `otr4 inspect` prints of a line; of one that is not well formed, why. Never throws. */
export function inspectLine(inspector: LineInspector, line: string): string {
  try {
    return inspector.read(line, '').map(descriptionText).join('').trimEnd()
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}
