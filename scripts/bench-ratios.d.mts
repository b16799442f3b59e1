/** The result of one build in one round. */
export interface Measured {
  readonly bench: string
  readonly implementation: string
  readonly median: number
  readonly unit: 'ms' | 'per s' | 'MB'
  readonly build: 'here' | 'there'
  readonly round: number
}

/** How many times as good one build is, over all rounds and in the worst and the best of them. */
export interface Ratio {
  readonly bench: string
  readonly implementation: string
  readonly unit: string
  readonly here: number
  readonly there: number
  readonly ratio: number
  readonly lowest: number
  readonly highest: number
  readonly rounds: number
}

export function ratiosOf(found: readonly Measured[]): readonly Ratio[]
