/** What a program says in `hello` that it has. */
export type Feature =
  | 'v3' | 'v4' | 'smp' | 'fragments' | 'extra-key' | 'offline' | 'prekey-client' | 'prekey-server' | 'export' | 'forge' | 'heartbeat' | 'expiry'

/**
 * What a scenario needs of a program: features, and what is found out before the first scenario. `clock`: its clock can be set. `dsa`: it takes a key of
 * version 3 that libotr made.
 */
export type Ability = Feature | 'clock' | 'dsa'

/** Every feature. */
export const features: readonly Feature[] = [
  'v3', 'v4', 'smp', 'fragments', 'extra-key', 'offline', 'prekey-client', 'prekey-server', 'export', 'forge', 'heartbeat', 'expiry',
]
