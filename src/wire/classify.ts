import { MalformedError } from '../errors.js'
import { armorHead, unarmorView } from './armor.js'
import { base64Decode } from './base64.js'
import { findUnit, type FoundUnit } from './classify-unit.js'
import { parseErrorMessage } from './error-message.js'
import { parseFragment, type Fragment } from './fragment.js'
import { defaultWireLimits, type WireLimits } from './limits.js'
import { decodeMessage, HEADER_CHARACTERS, isKnownMessage, messageHeader, type MessageHeader, type OtrMessage } from './message.js'
import { parseQuery } from './query.js'
import { parseWhitespaceTag } from './whitespace-tag.js'

/** Everything that a line of chat can be. */
export type Classified =
  | (ClassifiedUnit & {
    /** The rest of the line. It is unauthenticated text in clear: never show it as private. */
    readonly around?: string
  })
  /**
   * Text for people. `versions`: the versions that its whitespace tag offers, 1 and 2 included; `text` no longer contains the tag.
   */
  | { readonly kind: 'plaintext', readonly text: string, readonly versions?: readonly number[] }
  /** A query message. Version 1 is listed too, but starts nothing; version 2 starts something only where a person allowed it. `text`: the text around the query string. */
  | { readonly kind: 'query', readonly versions: readonly number[], readonly text: string }
  /** An OTR Error Message: unauthenticated text, and its code where there is one. */
  | { readonly kind: 'error', readonly text: string, readonly code?: number }

/** A line, or the part of a line, that is OTR and not text for people. */
export type ClassifiedUnit =
  | { readonly kind: 'fragment', readonly fragment: Fragment }
  | { readonly kind: 'message', readonly message: OtrMessage }
  /** Looks like OTR, but is not well formed. `header`: what could be read of it, for example the receiver's tag. */
  | { readonly kind: 'malformed', readonly error: MalformedError, readonly header?: MessageHeader }
  /** Longer than the limits allow; nothing was decoded. */
  | { readonly kind: 'too-large', readonly length: number }
  /** Well encoded, but of a version or type that this library does not speak. */
  | { readonly kind: 'unsupported', readonly version: number, readonly type: number, readonly header?: MessageHeader }

/**
 * Classifies a line of chat in time linear in its length. Never throws. It finds an OTR message, a fragment or a whitespace tag at any
 * position, because gateways put text around them: `around` is the rest of the line and never part of the message. A query must be at the
 * start of the line, after markup at most. An error message must start with the first character; otherwise ordinary text could be taken for one.
 */
export function classify(line: string, limits: WireLimits = defaultWireLimits): Classified {
  const error = parseErrorMessage(line)
  if (error) return { kind: 'error', ...error }
  const found = findUnit(line)
  if (found !== undefined) {
    const classified = classifyUnit(found, limits)
    return found.around === '' ? classified : { ...classified, around: found.around }
  }
  const tagged = parseWhitespaceTag(line)
  const text = tagged?.text ?? line
  const query = parseQuery(text)
  if (query) return { kind: 'query', ...query }
  return tagged ? { kind: 'plaintext', ...tagged } : { kind: 'plaintext', text }
}

function classifyUnit({ kind, unit }: FoundUnit, limits: WireLimits): ClassifiedUnit {
  const { length } = unit
  switch (kind) {
    case 'message': return length > limits.maxMessageLength ? { kind: 'too-large', length } : classifyMessage(unit)
    case 'fragment': return length > limits.maxFragmentLength ? { kind: 'too-large', length } : classifyFragment(unit)
  }
}

function classifyFragment(unit: string): ClassifiedUnit {
  try {
    return { kind: 'fragment', fragment: parseFragment(unit) }
  } catch (error) {
    return malformed(error)
  }
}

function classifyMessage(unit: string): ClassifiedUnit {
  let bytes: Uint8Array | undefined
  try {
    bytes = unarmorView(unit)
    return { kind: 'message', message: decodeMessage(bytes) }
  } catch (error) {
    const header = bytes === undefined ? headerOfBroken(unit) : headerOf(bytes)
    if (header === undefined) return malformed(error)
    const { version, type } = header
    const known = header.senderTag === undefined && version !== 2 ? {} : { header }
    return bytes === undefined || isKnownMessage(version, type) ? { ...malformed(error), ...known } : { kind: 'unsupported', version, type, ...known }
  }
}

function headerOf(bytes: Uint8Array): MessageHeader | undefined {
  return bytes.length < 3 ? undefined : messageHeader(bytes)
}

/** The header of a message that was truncated, or whose base64 is broken after the header. */
function headerOfBroken(unit: string): MessageHeader | undefined {
  try {
    return headerOf(base64Decode(unit, 'header', armorHead.length, armorHead.length + HEADER_CHARACTERS))
  } catch {
    return undefined
  }
}

function malformed(error: unknown): Extract<Classified, { kind: 'malformed' }> {
  if (error instanceof MalformedError) return { kind: 'malformed', error }
  throw error
}
