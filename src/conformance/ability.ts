/**
 * The features that a program names in its answer to `hello`. `reset`: it can begin anew without being started again, which saves time. A program that
 * does not name it is never asked to reset.
 */
export type Feature =
  | 'v2' | 'v3' | 'v4' | 'smp' | 'fragments' | 'extra-key' | 'offline' | 'prekey-client' | 'prekey-server' | 'export' | 'forge' | 'heartbeat' | 'expiry' | 'reset'

/**
 * What a scenario needs of a program: features, and abilities that are found out before the first scenario. `clock`: its clock can be set. `dsa`: it
 * accepts a key of versions 2 and 3 that libotr made.
 */
export type Ability = Feature | 'clock' | 'dsa'

/** Every feature. */
export const features: readonly Feature[] = [
  'v2', 'v3', 'v4', 'smp', 'fragments', 'extra-key', 'offline', 'prekey-client', 'prekey-server', 'export', 'forge', 'heartbeat', 'expiry', 'reset',
]
