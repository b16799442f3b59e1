/** The text of an error, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something went wrong'
}
