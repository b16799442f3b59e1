/** The protocol versions that can carry a conversation; 2 only if a person allowed it. */
export type Version = 2 | 3 | 4

/** The versions of long-term keys: a session of version 2 uses the key of version 3. */
export type KeyVersion = Exclude<Version, 2>

/** The version of the keys that a session of a version uses. */
export function keyVersionOf(version: Version): KeyVersion {
  return version === 2 ? 3 : version
}
