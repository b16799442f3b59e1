/** The optional fields of `T`. */
type OptionalFields<T> = { [Field in keyof T]-?: object extends Pick<T, Field> ? Field : never }[keyof T]

/**
 * The return type of a function that copies a `T` field by field. The compiler reports a required field that is forgotten, but a new
 * optional field would be dropped silently. So this type is `T` if `Optional` names all optional fields of `T`, and `never` otherwise.
 */
export type HandCopied<T, Optional extends keyof T = never> = [Exclude<OptionalFields<T>, Optional>] extends [never] ? T : never
