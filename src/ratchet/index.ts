export type {
  MessageKeys, RatchetHeader, RatchetLimits, RatchetOurs, RatchetState, RatchetTheirs, ReceivingChain, SendingChain, SkippedKey,
} from './state.js'
export type { MacKeys } from './mac-keys.js'
export { defaultRatchetLimits } from './state.js'
export {
  interactiveAlice, interactiveBob, nonInteractiveAlice, nonInteractiveBob,
  type InteractiveResult, type NonInteractivePublisher, type NonInteractiveSender,
} from './initial.js'
export { ratchetSend, type RatchetSent } from './send.js'
export { FREE_DERIVATIONS, ratchetCost, type DerivationCost } from './cost.js'
export type { RatchetRefusal } from './plan.js'
export { ratchetReceive, type RatchetReceived } from './receive.js'
export { wipeRatchet, wipeReplaced } from './wipe.js'
export { wipeMessageKeys } from './keys.js'
export { dropSkipped, expireSkipped, skippedKeyEnd } from './skipped.js'
export { ratchetCounters, ratchetExpired, type RatchetCounters } from './expiry.js'
export { extraSymmetricKeys, MAX_EXTRA_KEYS, type ExtraKeyRequest } from './extra-key.js'
