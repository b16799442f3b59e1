/**
 * The errors of this library. Each carries a stable `code` that programs may compare; the message is for people and may
 * change. Neither ever holds key bytes, secrets or the text of a conversation.
 */

/** Every error that this library throws is one of these. `code` starts with `OTR_` and never changes its meaning. */
export class OtrError extends Error {
  readonly code: `OTR_${string}`

  constructor(code: `OTR_${string}`, message: string) {
    super(message)
    this.name = 'OtrError'
    this.code = code
  }
}

/**
 * Bytes that do not follow the specification's encoding. Thrown by the decoders in `wire/` only; `receive` turns it into a
 * `notice` event. `field` is the specification's name of the field, `offset` the byte at which decoding stopped.
 */
export class MalformedError extends OtrError {
  readonly field: string
  readonly offset: number

  constructor(field: string, offset: number, what: string) {
    super('OTR_MALFORMED', `${field} at byte ${offset}: ${what}`)
    this.name = 'MalformedError'
    this.field = field
    this.offset = offset
  }
}

/** For the `default` of a switch over a union: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new OtrError('OTR_INTERNAL', `unexpected case ${typeof value}`)
}
