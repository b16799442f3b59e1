/** Something that the docstring of a public declaration does not say. */
export interface ApiProblem {
  readonly where: string
  readonly what: string
}

export function problemsOf(model: unknown): readonly ApiProblem[]
