import { MalformedError } from '../errors.js'
import { fragmentMessage, fragmentOverhead, parseFragment, type FragmentV4 } from '../wire/index.js'

/** What every fragment of the prekey protocol starts with. */
export const prekeyFragmentPrefix = '?OTRP|'
const chatPrefix = '?OTR|'

/** How many characters of each line are not the piece. */
export const PREKEY_FRAGMENT_OVERHEAD = fragmentOverhead(4) + prekeyFragmentPrefix.length - chatPrefix.length

/**
 * Reads one fragment, `?OTRP|identifier|sender|receiver,index,total,piece,`: the chat's form of version 4 under another name.
 * @throws MalformedError (`OTR_MALFORMED`) as `parseFragment`
 */
export function parsePrekeyFragment(line: string): FragmentV4 {
  if (!line.startsWith(prekeyFragmentPrefix)) throw new MalformedError('fragment', 0, 'no ?OTRP| in front')
  const fragment = parseFragment(chatPrefix + line.slice(prekeyFragmentPrefix.length))
  if (fragment.version !== 4) throw new MalformedError('fragment', 0, 'no identifier')
  return fragment
}

/** What `fragmentPrekeyText` needs to know. */
export interface PrekeyFragmentOptions {
  /** 0 for a server, which has none. */
  readonly senderTag: number
  /** 0 for a server. */
  readonly receiverTag: number
  /** Longest line that the network carries, in characters; 0 for no limit. */
  readonly maxLength: number
  /** 32 random bits; asked for only when the text is too long for one line. */
  readonly identifier: () => number
}

/**
 * The lines to send for a message in text form: itself when it is short enough, else its fragments.
 * @throws OtrError `OTR_FRAGMENT_LIMIT`, `OTR_TOO_LARGE` as `fragmentMessage`
 */
export function fragmentPrekeyText(message: string, { senderTag, receiverTag, maxLength, identifier }: PrekeyFragmentOptions): string[] {
  if (maxLength === 0 || message.length <= maxLength) return [message]
  const lines = fragmentMessage({
    version: 4, text: message, senderTag, receiverTag, maxLength: maxLength - prekeyFragmentPrefix.length + chatPrefix.length, identifier: identifier(),
  })
  return lines.map((line) => prekeyFragmentPrefix + line.slice(chatPrefix.length))
}
