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
export { emptyVault, type OwnPrekeyMessage, type OwnPrekeyProfile, type PrekeyVault } from './prekeys.js'
export { dialects } from './dialect.js'
export type { DialectForms, LearnedDialect, NamedDialect, SmpSecretForm, V4Dialect } from './dialect.js'
export { handshakeCostV4 } from './cost.js'
export { dropV4 } from './drop.js'
export { establishV4 } from './establish.js'
export { newV4Session } from './session.js'
export type { DerivationMeter, V4Encrypted, V4Finished, V4Message, V4Options, V4Plaintext, V4Session, V4Step } from './session.js'
export { abandonDakeV4, adoptIdentity, startV4 } from './dake.js'
export { startOfflineV4 } from './non-interactive.js'
export { receiveV4 } from './receive.js'
export { endV4, expireV4, extraKeyV4, isExpiredV4, nextTimerV4, sendV4, tickV4 } from './send.js'
export type { V4ExtraKeyStep, V4SendOptions } from './send.js'
export { smpAbortV4, smpAnswerV4, smpStartV4 } from './verify.js'
export { v4Status } from './status.js'
export { dropEarlyV4, earlyBytesV4 } from './early-message.js'
export { dropStoredV4 } from './drop-skipped-keys.js'
export type { V4Status } from './status.js'
