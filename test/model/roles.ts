import type { Role } from './cast.js'

/** The client that is checked. Its sessions expire after an hour of silence, so that an hour is enough to see that. */
export const alice: Role = { name: 'alice', address: 'alice', tag: 0x100a, versions: '34', dsa: 'alice', ed448: 'alice', policy: { sessionExpires: 3600 } }

/** Bob's first device. */
export const bob1: Role = { name: 'bob1', address: 'bob', tag: 0x2001, versions: '34', dsa: 'bob', ed448: 'bob' }

/** Another device of bob's, which speaks version 3 only, with the same key. */
export const bob2: Role = { name: 'bob2', address: 'bob', tag: 0x2002, versions: '3', dsa: 'bob', ed448: 'bob' }

/** Another device of bob's, with keys of its own. */
export const bobsOther: Role = { name: 'bob2', address: 'bob', tag: 0x2002, versions: '34', dsa: 'bob2', ed448: 'bob2' }

/** Mallory in the place of bob's first device: bob's address and instance tag are in clear on each line. */
export const mallory1: Role = { name: 'mallory1', address: 'bob', tag: 0x2001, versions: '34', dsa: 'mallory', ed448: 'mallory' }

/** Mallory as one more device of bob's. */
export const mallory2: Role = { name: 'mallory2', address: 'bob', tag: 0x4001, versions: '34', dsa: 'mallory', ed448: 'mallory' }

/** Mallory under an address of their own. */
export const mallory3: Role = { name: 'mallory3', address: 'mallory', tag: 0x2001, versions: '34', dsa: 'mallory', ed448: 'mallory' }

/** The situation with version 3 only. */
export function only3(role: Role): Role {
  return { ...role, versions: '3' }
}

/** Somebody whose program speaks version 2 and nothing newer. */
export function only2(role: Role): Role {
  return { ...role, versions: '3', policy: { allowV2: true, v2WithEverybody: true, allowV3: false } }
}

/** Bob's older program, with the key of the first. */
export const bobsOld: Role = only2({ ...bob1, name: 'bobsOld', tag: 0x2004 })

/** Mallory with such a program. */
export const mallory4: Role = only2({ ...mallory2, name: 'mallory4', tag: 0x4004 })

/** Many more actors who claim to be devices of bob's, each with a key of their own. */
export const crowd: readonly Role[] = (['eve', 'oscar', 'trudy'] as const).map((name, at) =>
  ({ name, address: 'bob', tag: 0x5001 + at, versions: '3', dsa: name, ed448: name }))
