/** What people read of what was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something went wrong'
}
