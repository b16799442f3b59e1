/** The fields of `T` that may be missing. */
type OptionalFields<T> = { [Field in keyof T]-?: object extends Pick<T, Field> ? Field : never }[keyof T]

/**
 * The result of a function that copies a `T` field by field. The compiler knows when a required field is forgotten; a new optional one would be
 * dropped in silence. So this is `T` as long as its optional fields are those that the function names as copied, and `never` otherwise.
 */
export type HandCopied<T, Optional extends keyof T = never> = [Exclude<OptionalFields<T>, Optional>] extends [never] ? T : never
