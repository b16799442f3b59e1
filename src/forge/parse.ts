import { MalformedError } from '../errors.js'
import { classify, defaultWireLimits, messageFieldNames, type OtrMessage } from '../wire/index.js'

/** A message, and its fields under the specification's names. */
export interface ParsedMessage {
  /** The message, decoded. Nothing in it is verified. */
  readonly message: OtrMessage
  /** The specification's names of the fields with their values, in the specification's order: numbers, bytes or a Client Profile. */
  readonly fields: readonly (readonly [name: string, value: unknown])[]
}

const limits = { ...defaultWireLimits, maxMessageLength: 16 << 20, maxFragmentLength: 16 << 20 }

/**
 * "Parse": the values of each field of an encoded message. No key is needed, and nothing is verified.
 *
 * @throws MalformedError (`OTR_MALFORMED`) for anything but one well-formed message of version 2, 3 or 4
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function parse(line: string): ParsedMessage {
  const message = decodeLine(line)
  const names = messageFieldNames(message.kind)
  const values = message as unknown as Readonly<Record<string, unknown>>
  return { message, fields: [...names].map(([key, name]) => [name, values[key]] as const) }
}

function decodeLine(line: string): OtrMessage {
  const classified = classify(line.trim(), limits)
  switch (classified.kind) {
    case 'message': return classified.message
    case 'malformed': throw classified.error
    case 'unsupported': throw new MalformedError('Protocol version', 0, `version ${classified.version}, type ${classified.type} is not known`)
    default: throw new MalformedError('message', 0, `this is a ${classified.kind}, and no encoded message`)
  }
}
