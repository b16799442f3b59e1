import { MalformedError, OtrError } from '../errors.js'
import { fragmentMessage, fragmentOverhead, parseFragment, type FragmentV4 } from '../wire/index.js'

/** The prefix of every fragment of the prekey protocol. */
export const prekeyFragmentPrefix = '?OTRP|'
const chatPrefix = '?OTR|'

/** The characters that a fragment adds to its piece of the message. */
export const PREKEY_FRAGMENT_OVERHEAD = fragmentOverhead(4) + prekeyFragmentPrefix.length - chatPrefix.length

/** Checks the length of the longest line, 0 for no limit. @throws OtrError `OTR_FRAGMENT_LIMIT` if it leaves no room for a fragment's piece */
export function checkPrekeyLineLength(maxLength: number): void {
  if (maxLength === 0 || maxLength > PREKEY_FRAGMENT_OVERHEAD) return
  throw new OtrError('OTR_FRAGMENT_LIMIT', `fragments need lines of at least ${PREKEY_FRAGMENT_OVERHEAD + 1} characters, not ${maxLength}`)
}

/**
 * Reads one fragment, `?OTRP|identifier|sender|receiver,index,total,piece,`: the fragment form of version 4 with another prefix.
 * @throws MalformedError (`OTR_MALFORMED`) like `parseFragment`
 */
export function parsePrekeyFragment(line: string): FragmentV4 {
  if (!line.startsWith(prekeyFragmentPrefix)) throw new MalformedError('fragment', 0, 'no ?OTRP| in front')
  const fragment = parseFragment(chatPrefix + line.slice(prekeyFragmentPrefix.length))
  if (fragment.version !== 4) throw new MalformedError('fragment', 0, 'no identifier')
  return fragment
}

/** The options of `fragmentPrekeyText`. */
export interface PrekeyFragmentOptions {
  /** The sender's instance tag; 0 for a server, which has none. */
  readonly senderTag: number
  /** The receiver's instance tag; 0 for a server. */
  readonly receiverTag: number
  /** The longest line that the network transports, in characters; 0 for no limit. */
  readonly maxLength: number
  /** Returns 32 random bits; called only if the text is too long for one line. */
  readonly identifier: () => number
}

/**
 * Returns the lines to send for a message in text form: the message itself if it is short enough, otherwise its fragments.
 * @throws OtrError `OTR_FRAGMENT_LIMIT`, `OTR_TOO_LARGE` like `fragmentMessage`
 */
export function fragmentPrekeyText(message: string, { senderTag, receiverTag, maxLength, identifier }: PrekeyFragmentOptions): string[] {
  if (maxLength === 0 || message.length <= maxLength) return [message]
  const lines = fragmentMessage({
    version: 4, text: message, senderTag, receiverTag, maxLength: maxLength - prekeyFragmentPrefix.length + chatPrefix.length, identifier: identifier(),
  })
  return lines.map((line) => prekeyFragmentPrefix + line.slice(chatPrefix.length))
}
