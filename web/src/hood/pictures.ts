import { drawHandshake } from './handshake-picture.js'
import type { Hood } from './hood.js'
import { drawNetwork } from './network-picture.js'
import { drawRatchet } from './ratchet-picture.js'
import { drawSecrets } from './secrets-picture.js'
import type { Picture } from './shapes.js'
import type { HoodWords } from './words-en.js'

export const pictureNames = ['handshake', 'ratchet', 'secrets', 'network'] as const

export type PictureName = typeof pictureNames[number]

/** All pictures of a conversation: live state to values, nothing else. `width` in CSS pixels, from 220. */
export const drawing: Readonly<Record<PictureName, (hood: Hood, words: HoodWords, width: number) => Picture>> = {
  handshake: drawHandshake, ratchet: drawRatchet, secrets: drawSecrets, network: drawNetwork,
}
