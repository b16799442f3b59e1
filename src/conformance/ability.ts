/**
 * What a program says in `hello` that it has. `reset`: it can begin anew without being started again, which saves a suite time; a program that
 * does not say so is never asked to.
 */
export type Feature =
  | 'v2' | 'v3' | 'v4' | 'smp' | 'fragments' | 'extra-key' | 'offline' | 'prekey-client' | 'prekey-server' | 'export' | 'forge' | 'heartbeat' | 'expiry' | 'reset'

/**
 * What a scenario needs of a program: features, and what is found out before the first scenario. `clock`: its clock can be set. `dsa`: it takes a key of
 * versions 2 and 3 that libotr made.
 */
export type Ability = Feature | 'clock' | 'dsa'

/** Every feature. */
export const features: readonly Feature[] = [
  'v2', 'v3', 'v4', 'smp', 'fragments', 'extra-key', 'offline', 'prekey-client', 'prekey-server', 'export', 'forge', 'heartbeat', 'expiry', 'reset',
]
