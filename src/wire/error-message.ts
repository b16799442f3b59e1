const prefix = '?OTR Error:'

/** The parts of an OTR Error Message. */
export interface ErrorText {
  /** Text for people. Anybody on the network can write it: show it as plain text, marked as unauthenticated, and shortened. */
  readonly text: string
  /** The number of a code such as `ERROR_1` at the beginning; the code stays in `text`. */
  readonly code?: number
}

/**
 * The errors that OTRv4 names, to give to `errorMessage`.
 *
 * @see [OTRv4, "OTR Error Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#otr-error-messages)
 */
export const otrError = {
  unreadable: 'ERROR_1: Unreadable message',
  notInPrivateState: 'ERROR_2: Not in private state message',
  malformed: 'ERROR_3: Malformed message',
} as const

/**
 * An OTR Error Message with this text for people.
 *
 * @see [OTRv4, "OTR Error Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#otr-error-messages)
 */
export function errorMessage(text: string): string {
  return `${prefix} ${text}`
}

/**
 * Parses an error message. It must begin with `?OTR Error:`: elsewhere in a text these words are text, so that nobody can smuggle one in.
 *
 * @see [OTRv4, "OTR Error Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#otr-error-messages)
 */
export function parseErrorMessage(text: string): ErrorText | undefined {
  if (!text.startsWith(prefix)) return undefined
  const rest = text.slice(prefix.length)
  const human = rest.startsWith(' ') ? rest.slice(1) : rest
  const code = /^ERROR_(\d{1,4}):/.exec(human)
  return code === null ? { text: human } : { text: human, code: Number(code[1]) }
}
