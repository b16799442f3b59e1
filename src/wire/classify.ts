import { MalformedError } from '../errors.js'
import { unarmorView } from './armor.js'
import { parseErrorMessage } from './error-message.js'
import { fragmentPrefix, parseFragment, type Fragment } from './fragment.js'
import { defaultWireLimits, type WireLimits } from './limits.js'
import { decodeMessage, isKnownMessage, messageHeader, type MessageHeader, type OtrMessage } from './message.js'
import { parseQuery } from './query.js'
import { parseWhitespaceTag } from './whitespace-tag.js'

/** Everything that a line of chat can be. */
export type Classified =
  /**
   * Text for people. `versions`: it carried a whitespace tag that offers these, 1 and 2 too; the tag is not in `text` any more.
   */
  | { readonly kind: 'plaintext', readonly text: string, readonly versions?: readonly number[] }
  /** A query message. Versions 1 and 2 are listed too but start nothing. `text`: what stood around the query string. */
  | { readonly kind: 'query', readonly versions: readonly number[], readonly text: string }
  /** An OTR Error Message: unauthenticated text, and its code where there is one. */
  | { readonly kind: 'error', readonly text: string, readonly code?: number }
  | { readonly kind: 'fragment', readonly fragment: Fragment }
  | { readonly kind: 'message', readonly message: OtrMessage }
  /** Meant as OTR and not well formed. `header` as far as it could be read: whom the sender meant, for one. */
  | { readonly kind: 'malformed', readonly error: MalformedError, readonly header?: MessageHeader }
  /** Longer than the limits allow; nothing was decoded. */
  | { readonly kind: 'too-large', readonly length: number }
  /** Well encoded, but of a version or type that this library does not speak. */
  | { readonly kind: 'unsupported', readonly version: number, readonly type: number, readonly header?: MessageHeader }

/** A fragment of OTRv2, which had no instance tags. */
const fragmentV2 = /^\?OTR,\d{1,5},\d{1,5},[^,]+,$/

/**
 * Says what a line of chat is, in time linear in its length. Never throws. Fragments, encoded messages and error messages must
 * begin with the first character; query strings and whitespace tags may stand anywhere. Up to two characters of white space
 * behind a fragment or message are overlooked, because networks add line ends.
 */
export function classify(line: string, limits: WireLimits = defaultWireLimits): Classified {
  if (line.startsWith(fragmentPrefix)) {
    if (line.length > limits.maxFragmentLength) return { kind: 'too-large', length: line.length }
    return classifyFragment(line)
  }
  if (line.startsWith('?OTR:')) {
    if (line.length > limits.maxMessageLength) return { kind: 'too-large', length: line.length }
    return classifyMessage(line)
  }
  if (line.startsWith('?OTR,') && line.length <= limits.maxFragmentLength && fragmentV2.test(withoutLineEnd(line))) {
    return { kind: 'unsupported', version: 2, type: 0 }
  }
  const error = parseErrorMessage(line)
  if (error) return { kind: 'error', ...error }
  const tagged = parseWhitespaceTag(line)
  const text = tagged?.text ?? line
  const query = parseQuery(text)
  if (query) return { kind: 'query', ...query }
  return tagged ? { kind: 'plaintext', ...tagged } : { kind: 'plaintext', text }
}

function classifyFragment(line: string): Classified {
  try {
    return { kind: 'fragment', fragment: parseFragment(withoutLineEnd(line)) }
  } catch (error) {
    return malformed(error)
  }
}

function classifyMessage(line: string): Classified {
  let bytes: Uint8Array | undefined
  try {
    bytes = unarmorView(withoutLineEnd(line))
    return { kind: 'message', message: decodeMessage(bytes) }
  } catch (error) {
    const header = bytes === undefined || bytes.length < 3 ? undefined : messageHeader(bytes)
    if (header === undefined) return malformed(error)
    const known = header.senderTag === undefined ? {} : { header }
    const { version, type } = header
    return isKnownMessage(version, type) ? { ...malformed(error), ...known } : { kind: 'unsupported', version, type, ...known }
  }
}

function malformed(error: unknown): Extract<Classified, { kind: 'malformed' }> {
  if (error instanceof MalformedError) return { kind: 'malformed', error }
  throw error
}

function withoutLineEnd(line: string): string {
  let end = line.length
  while (end > line.length - 2 && line.charCodeAt(end - 1) <= 0x20) end--
  return end === line.length ? line : line.slice(0, end)
}
