import { classify } from '../wire/index.js'

/** A scenario did not see what it must see. The message tells people what was expected and what was seen. */
export class Unmet extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unmet'
  }
}

/** Fails unless `condition` holds. `expected`: what has to be so, as a sentence. */
export function expectThat(condition: boolean, expected: string): asserts condition {
  if (!condition) throw new Unmet(`expected: ${expected}`)
}

/** Fails unless both are the same value, compared as JSON. */
export function expectEqual(actual: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) throw new Unmet(`${what}: expected ${shown(wanted)}, seen ${shown(actual)}`)
}

/** Fails unless the value is one of these. */
export function expectOneOf<Value extends string | number | undefined>(actual: Value, wanted: readonly Value[], what: string): void {
  if (!wanted.includes(actual)) throw new Unmet(`${what}: expected one of ${shown(wanted)}, seen ${shown(actual)}`)
}

/** A value as text for people. For an encoded message this is its name: nobody reads the message itself, and the transcript has it. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value, (_, part: unknown) => typeof part === 'string' ? lineShown(part) : part)
  return text.length > 600 ? `${text.slice(0, 600)}... (${text.length} characters)` : text
}

function lineShown(line: string): string {
  if (!line.startsWith('?OTR:') || line.length < 60) return line
  const classified = classify(line)
  return `(${classified.kind === 'message' ? `a message of kind ${classified.message.kind}` : 'an encoded message'}, ${line.length} characters: ${line.slice(0, 16)}...)`
}
