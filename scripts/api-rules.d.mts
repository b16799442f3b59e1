/** Something that the docstring of a public declaration does not say. */
export interface ApiProblem {
  readonly where: string
  readonly what: string
}

export function problemsOf(model: unknown): readonly ApiProblem[]

/** Functions and classes without a link to a section of a specification. `without`: those that no section describes. */
export function missingSections(model: unknown, without: readonly string[]): readonly ApiProblem[]
