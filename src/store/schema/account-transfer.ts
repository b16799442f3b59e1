import type { MovingAccount, MovingCorrespondent } from '../../session/account/transfer.js'
import { flag, list, optional, struct, text } from '../codec.js'
import { secretsWithoutTag } from './account.js'
import { knownDevice, knownKey, trustChange } from './conversation.js'
import { partialPolicy } from './policy.js'
import { learnedDialect } from './v4.js'
import { instanceTag } from './wire.js'

/** An account that moves to another machine. */
export const movingAccount = struct<MovingAccount>({
  address: text(),
  network: optional(text()),
  keys: secretsWithoutTag,
  retiredTag: optional(instanceTag),
  policy: partialPolicy,
  correspondents: list(struct<MovingCorrespondent>({
    peer: text(),
    policy: partialPolicy,
    known: flag,
    latched: flag,
    keys: list(knownKey),
    trustHistory: list(trustChange),
    devices: list(knownDevice),
    learned: learnedDialect,
  })),
})
