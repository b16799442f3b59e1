/** One thing that a public declaration does not say of itself. */
export interface ApiProblem {
  readonly where: string
  readonly what: string
}

export function problemsOf(model: unknown): readonly ApiProblem[]
