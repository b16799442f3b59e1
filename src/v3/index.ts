/**
 * OTRv3, "Off-the-Record Messaging Protocol version 3": the session machine over typed messages. Armor, fragments, offers and policy are
 * `session/`'s.
 */
export { handshakeCostV3 } from './cost.js'
export { dropV3 } from './drop.js'
export { establishV3 } from './establish.js'
export { newV3Session } from './session.js'
export type {
  V3Account, V3Encrypted, V3Finished, V3Message, V3Options, V3Plaintext, V3Session, V3SideSession, V3Step,
} from './session.js'
export { abandonAkeV3, adoptCommit, startV3 } from './start.js'
export { receiveV3 } from './receive.js'
export { endV3, expireV3, extraKeyV3, nextTimerV3, sendV3, tickV3 } from './send.js'
export type { V3ExtraKeyStep, V3SendOptions } from './send.js'
export { smpAbortV3, smpAnswerV3, smpStartV3 } from './verify.js'
export { v3Status } from './status.js'
export type { V3Status } from './status.js'
