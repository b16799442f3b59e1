/**
 * `otr4/v3`: the state machine of versions 3 and 2 over typed messages. `session/` adds armor, fragments, negotiation and policy.
 */
export type { V3Account } from './account.js'
export type { V3Context } from './context.js'
export type { V3Version } from './generation.js'
export { handshakeCost } from './handshake-cost.js'
export { dropSession, endSession, expireSession } from './end.js'
export { establishSession } from './establish.js'
export { createSession } from './session.js'
export type {
  V3Common, V3Encrypted, V3Finished, V3Message, V3Plaintext, V3Session, V3Step,
} from './session.js'
export { abandonHandshake, adoptHandshake, startHandshake } from './start.js'
export { receiveMessage } from './receive.js'
export { sendExtraKey, sendMessage } from './send.js'
export { nextTimer, runTimers } from './timers.js'
export type { V3ExtraKeyStep } from './send.js'
export { abortSmp, answerSmp, startSmp } from './smp-commands.js'
export { describeSession } from './status.js'
export type { V3Status } from './status.js'
export type * from '../protocol/event.js'
export type { Env, ExtraKeyUse, MessageContent, SmpRequest, Step } from '../protocol/index.js'
export type { SmpTally } from '../smp/index.js'
