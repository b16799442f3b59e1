/** What a scenario has to see was not there. The message says to a person what was expected and what was seen. */
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
  const [seen, right] = [shown(actual), shown(wanted)]
  if (seen !== right) throw new Unmet(`${what}: expected ${right}, seen ${seen}`)
}

/** Fails unless the value is one of these. */
export function expectOneOf<Value extends string | number | undefined>(actual: Value, wanted: readonly Value[], what: string): void {
  if (!wanted.includes(actual)) throw new Unmet(`${what}: expected one of ${shown(wanted)}, seen ${shown(actual)}`)
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 600 ? `${text.slice(0, 600)}... (${text.length} characters)` : text
}
