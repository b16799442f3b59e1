/**
 * OTRv4: Client Profiles, the interactive DAKE, data messages over the double ratchet, SMP: the session machine over typed messages.
 * Armor, fragments, offers and policy are `session/`'s.
 */
export type { V4Account } from './account.js'
export {
  CLIENT_PROFILE_GRACE, CLIENT_PROFILE_LIFETIME, CLIENT_PROFILE_RENEWAL, createClientProfile, verifyClientProfile,
} from './client-profile.js'
export type { NewClientProfile, ProfileExpectation, ProfileFault, VerifiedClientProfile } from './client-profile.js'
export { lifetimeFault, LONGEST_PROFILE_LIFETIME, type LifetimeFault } from './profile-lifetime.js'
export type { V4Correspondent } from './correspondent.js'
export { sameEnsemble, verifyEnsemble, type VerifiedEnsemble } from './ensemble.js'
export { createPrekeyMessage, PREKEY_MESSAGE_LIFETIME, prekeyMessageFault } from './prekey-message.js'
export {
  createPrekeyProfile, PREKEY_PROFILE_GRACE, PREKEY_PROFILE_LIFETIME, PREKEY_PROFILE_RENEWAL, prekeyProfileFault,
} from './prekey-profile.js'
export type { NewPrekeyProfile, PrekeyProfileExpectation, PrekeyProfileFault } from './prekey-profile.js'
export { emptyVault, type OwnPrekeyMessage, type OwnPrekeyProfile, type PrekeyVault } from './prekey-vault.js'
export type { DerivationMeter, V4Context } from './context.js'
export { dialects } from './dialect.js'
export type { DialectForms, LearnedDialect, NamedDialect, SmpSecretForm, V4Dialect } from './dialect.js'
export { handshakeCost } from './handshake-cost.js'
export { dropSession, endSession, expireSession, isExpired } from './end.js'
export { establishSession } from './establish.js'
export { createSession } from './session.js'
export type { V4Common, V4Encrypted, V4Finished, V4Message, V4Plaintext, V4Session, V4Step } from './session.js'
export { abandonHandshake, adoptHandshake, startHandshake } from './dake.js'
export { startOfflineSession } from './non-interactive.js'
export { receiveMessage } from './receive.js'
export { sendExtraKey, sendMessage } from './send.js'
export { nextTimer, runTimers } from './timers.js'
export type { V4ExtraKeyStep } from './send.js'
export { abortSmp, answerSmp, startSmp } from './smp-commands.js'
export { describeSession } from './status.js'
export { dropEarlyMessages, earlyMessageBytes } from './early-message.js'
export { dropSkippedKeys } from './drop-skipped-keys.js'
export type { V4Status } from './status.js'
export type * from '../protocol/event.js'
export type { Env, ExtraKeyUse, MessageContent, SmpRequest, Step } from '../protocol/index.js'
export type { RatchetLimits } from '../ratchet/index.js'
export type { SmpTally } from '../smp/index.js'
export type { Dh3072KeyPair, EcdhKeyPair, RingMessageForm } from '../crypto/index.js'
