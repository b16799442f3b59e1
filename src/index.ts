/**
 * otr4: Off-the-Record messaging, versions 4 and 3. A messenger needs only `Client`. `ClientCore` is the same
 * without listeners and promises: each call returns its events.
 */
export { Client, type AccountKeys, type ClientOptions, type OpenOptions } from './session/client/client.js'
export type { Asynchronous } from './session/client/asynchronous.js'
export type { ClientConversation } from './session/client/client-conversation.js'
export { ConversationHandle, type ExtraKeyOptions, type InstanceOption } from './session/client/conversation-handle.js'
export type { CommandResult } from './session/client/command-result.js'
export { htmlToText } from './session/text/html-text.js'
export type { TextFormat } from './session/text/text-format.js'
export { deriveExtraKey } from './session/conversation/derive-extra-key.js'
export type { Recipient } from './session/conversation/send/encrypt.js'
export type { SendOutcome } from './session/conversation/send/text.js'
export { ClientCore } from './session/client/client-core.js'
export type { ClientCoreOptions } from './session/client/client-core-options.js'
export type { ClientState, CoreChanges } from './session/client/client-state.js'
export type { Account, AccountSecrets, Ed448Keys, V4Identity } from './session/account/account.js'
export type { ApplicationRecord, JournalEntry, Persistence, SavedAccount, SavedState, StateChanges } from './session/client/persistence.js'
export type {
  ClientContentEvent, ClientEvent, ClientExtraKeyEvent, ClientLostEvent, ClientMessageEvent, ClientNoticeEvent, ClientOutboxEvent, ClientRevealedMacKeysEvent, ClientSendEvent,
  ClientSmpEvent, ClientStateEvent, ClientTlvEvent, Journaled, KeyVersion, Origin, Trust, Version,
} from './session/event.js'
export type { EventOf, Listener } from './session/client/listeners.js'
export type { Contact, ContactAnswer, ContactStatus } from './session/conversation/contact.js'
export type { StartOptions } from './session/conversation/commands/start.js'
export type { Conversation, ConversationStatus, HeldMessage, SessionInfo } from './session/conversation/state.js'
export type { KeyTrust } from './session/known/key-trust.js'
export { movingAccount, settleAccount, type MovingAccount, type MovingCorrespondent, type SettledAccount } from './session/account/transfer.js'
export {
  exportFingerprints, type CanonicalName, type ImportedFingerprints, type KeySource, type SpellingCollision,
} from './session/known/libotr-fingerprints.js'
export type { DeviceInfo } from './session/known/device.js'
export type { SessionOption } from './session/conversation/commands/named-session.js'
export type { TrustLevel, TrustOptions } from './session/conversation/commands/trust.js'
export type { LossSign, ProbableLoss } from './session/conversation/probable-loss.js'
export type { LostMessage } from './session/conversation/sent-message.js'
export type { KeyBook, TrustFloor, KnownKey, TrustChange, TrustHow } from './session/known/key-book.js'
export type { Delivery } from './session/conversation/delivery.js'
export type { SendOptions } from './session/conversation/send/decide.js'
export { modes, type Mode } from './session/policy-modes.js'
export { defaultPolicy, minimumMessageLength, type Dialect, type OutboxPolicy, type Policy, type PolicyChanges, type SendTo } from './session/policy.js'
export { emptyVault, makePrekeyProfile, type OwnPrekeyMessage, type OwnPrekeyProfile, type PrekeyIdentity, type PrekeyVault, type Publication } from './session/account/prekeys.js'
export { secretWeakness, type SecretWeakness } from './session/conversation/weak-secret.js'
export { generateInstanceTag } from './session/account/instance-tag.js'
export { generateEd448Keys, makeV4Identity, type NewV4Identity } from './session/account/own-profile.js'
export type { ContentEvent, ExtraKeyEvent, NoticeCode, RevealedMacKeysEvent, TlvEvent } from './protocol/index.js'
export type { ClientProfile, Ensemble, PrekeyMessage, PrekeyProfile, Tlv } from './wire/index.js'
export {
  arithmeticFault, generateDsaKey, systemRandom, type DsaGenerateOptions, type DsaParameters, type DsaPrivateKey, type DsaPublicKey, type DsaSize, type Ed448KeyPair, type Pause, type RandomSource,
} from './crypto/index.js'
export {
  formatFingerprints, formatInstanceTags, formatPrivateKeys, parseFingerprints, parseInstanceTags, parsePrivateKeys, readFingerprints,
  type FingerprintLine, type LibotrFingerprint, type LibotrInstanceTag, type LibotrPrivateKey, type RefusedLine,
} from './v3/libotr/index.js'
export { MalformedError, OtrError, type OtrErrorCode } from './errors.js'
