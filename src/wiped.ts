/**
 * A secret that is used after its wipe is a fault that nobody sees: everything goes on, with zeros for a key. In development and in the tests `watchWipes`
 * remembers what was wiped, and every place where bytes go into a computation, a copy or a line asks here. Otherwise nobody watches, and nothing is asked.
 */
export interface WipeWatch {
  /** A secret was wiped. */
  readonly wiped: (secret: Uint8Array) => void
  /** Somebody filled an array anew that may have been wiped: memory that is used again, the array of a random source. */
  readonly filled: (bytes: Uint8Array) => void
  /** @throws OtrError `OTR_INTERNAL` when one of them was wiped */
  readonly used: (bytes: readonly Uint8Array[]) => void
  /** The provider, of whose functions every argument is asked about. */
  readonly over: <T extends object>(provider: T) => T
  /** The provider without that. */
  readonly under: <T extends object>(provider: T) => T
}

/** Who watches. */
export let wipeWatch: WipeWatch | undefined

export function setWipeWatch(watch: WipeWatch | undefined): void {
  wipeWatch = watch
}
