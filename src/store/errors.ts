import { OtrError, type OtrErrorCode } from '../errors.js'

/** The database's own message, where it helps. */
function reasons(error: unknown): string {
  const words: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { readonly code?: unknown }
    // Browsers number their errors: there the name says more.
    words.push(`${typeof code === 'string' ? code : at.name} ${at.message}`)
  }
  return words.join('; ')
}

/** Turns an error of the database, of a file or of the platform into an OtrError that says what to do. An OtrError is returned unchanged. */
export function storeError(error: unknown): OtrError {
  if (error instanceof OtrError) return error
  const said = reasons(error)
  const make = (code: OtrErrorCode, what: string): OtrError => Object.assign(new OtrError(code, what), { cause: error })
  if (/LEVEL_LOCKED|already held by process|Resource temporarily unavailable/i.test(said)) {
    return make('OTR_STORE_LOCKED', 'the store is in use by another program, or twice by this one: close it there first')
  }
  if (/ENOSPC|EDQUOT|No space left|quota/i.test(said)) {
    return make('OTR_STORE_FULL', 'there is no room left for the store: free some, and open it again. What was confirmed is safe')
  }
  if (/EACCES|EPERM|EROFS|Permission denied|Read-only file system|Operation not permitted/i.test(said)) {
    return make('OTR_STORE_READ_ONLY', 'the store cannot be written to: give its owner the right to write there, or choose another place')
  }
  if (/LEVEL_CORRUPTION|Corruption|checksum mismatch/i.test(said)) {
    return make('OTR_STORE_CORRUPT', 'the database under the store is damaged: restore a backup of the whole store, or begin a new one')
  }
  return make('OTR_STORE_FAILED', `the store failed: ${said || 'for no reason that it gives'}. Open it again; what was confirmed is safe`)
}

/** Makes the error for a store that differs from what was written last. */
export function corrupt(what: string): OtrError {
  return new OtrError('OTR_STORE_CORRUPT', `${what}: the store was changed or damaged. Restore a backup of the whole store, or begin a new one`)
}
