/**
 * otr4: Off-the-Record messaging, versions 4 and 3. `Client` is the whole of it for a messenger; `ClientCore` is the same without
 * listeners and promises, for those who want every call's events in hand.
 */
export { Client, type AccountKeys, type ClientOptions, type OpenOptions } from './session/client.js'
export { ClientConversation } from './session/client-conversation.js'
export { htmlToText } from './session/html-text.js'
export { deriveExtraKey } from './session/extra-key.js'
export type { Recipient, SendOutcome } from './session/send.js'
export { ClientCore, type ClientCoreOptions, type ClientState, type CoreChanges, type ExtraKeyOptions, type InstanceOption } from './session/core.js'
export type { Account, AccountSecrets, Ed448Keys, V4Identity } from './session/account.js'
export type { HostRecord, JournalEntry, Persistence, SavedAccount, SavedState, StateChanges } from './session/persistence.js'
export type {
  ClientEvent, ClientExtraKeyEvent, ClientLostEvent, ClientMessageEvent, ClientNoticeEvent, ClientOutboxEvent, ClientRevealedMacKeysEvent, ClientSendEvent,
  ClientSmpEvent, ClientStateEvent, ClientTlvEvent, Journaled, Origin, Trust, Version,
} from './session/event.js'
export type { EventOf, Listener } from './session/listeners.js'
export type { Conversation, ConversationStatus, HeldMessage, SessionInfo } from './session/conversation.js'
export type { KeyTrust } from './session/key-trust.js'
export { movingAccount, settleAccount, type MovingAccount, type MovingCorrespondent, type SettledAccount } from './session/moving.js'
export {
  giveFingerprints, type CanonicalName, type ImportedFingerprints, type KeyKeeper, type SpellingCollision,
} from './session/libotr-trust.js'
export type { DeviceInfo } from './session/device.js'
export type { SessionOption, TrustLevel, TrustOptions } from './session/host.js'
export type { LostMessage } from './session/sent-message.js'
export type { KeyWorth, KnownKey, TrustChange, TrustHow } from './session/trust.js'
export type { Delivery } from './session/receive.js'
export type { SendOptions } from './session/send.js'
export { modes, type Mode } from './session/modes.js'
export { defaultPolicy, minimumMessageLength, type Dialect, type OutboxPolicy, type PeerText, type Policy, type PolicyChanges, type SendTo } from './session/policy.js'
export { emptyVault, makePrekeyProfile, type PrekeyIdentity, type PrekeyVault, type Publication } from './session/prekeys.js'
export { secretWeakness, type SecretWeakness } from './session/weak-secret.js'
export { generateInstanceTag } from './session/instance-tag.js'
export { generateEd448Keys, makeV4Identity, type NewV4Identity } from './session/own-profile.js'
export type { NoticeCode } from './protocol/index.js'
export type { Ensemble, Tlv } from './wire/index.js'
export { arithmeticFault, generateDsaKey, systemRandom, type DsaGenerateOptions, type DsaPrivateKey, type RandomSource } from './crypto/index.js'
export {
  formatFingerprints, formatInstanceTags, formatPrivateKeys, parseFingerprints, parseInstanceTags, parsePrivateKeys, readFingerprints,
  type FingerprintLine, type LibotrFingerprint, type LibotrInstanceTag, type LibotrPrivateKey, type RefusedLine,
} from './v3/libotr/index.js'
export { MalformedError, OtrError, type OtrErrorCode } from './errors.js'
