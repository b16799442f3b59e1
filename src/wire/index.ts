export {
  concatBytes, hexDecode, hexEncode, int64be, minimalBigEndian, publicHex, uint16be, uint32be, uint64be, utf8Decode, utf8Encode, withPlainBytes,
} from './bytes.js'
export { base64Decode, base64Encode } from './base64.js'
export { POINT_LENGTH, Reader } from './reader.js'
export { Writer } from './writer.js'
export { armor, unarmor } from './armor.js'
export { decodePlaintext, encodePlaintext, tlvTypeV2, tlvTypeV3, tlvTypeV4, type Plaintext, type Tlv } from './tlv.js'
export type { DhCommitMessage } from './dh-commit-message.js'
export type { DhKeyMessage } from './dh-key-message.js'
export type { RevealSignatureMessage } from './reveal-signature-message.js'
export type { SignatureMessage } from './signature-message.js'
export type { InVersion2 } from './version-2.js'
export { dataMessageV3MacInput, dataMessageV3MacView, IGNORE_UNREADABLE, type DataMessageV2, type DataMessageV3 } from './data-message-v3.js'
export { ed448KeyType, readEd448Key, TYPED_KEY_LENGTH, writeEd448Key } from './ed448-key.js'
export { readDsaPublicKey, writeDsaPublicKey, type DsaPublicKeyValue } from './dsa-public-key.js'
export {
  clientProfileFieldOrder, decodeClientProfile, DSA_SIGNATURE_LENGTH, EDDSA_SIGNATURE_LENGTH, encodeClientProfile,
  encodeClientProfileFields, makeClientProfile, readClientProfile, transitionalSignedBytes, writeClientProfile,
  type ClientProfile, type ClientProfileContents,
} from './client-profile.js'
export {
  decodePrekeyProfile, encodePrekeyProfile, encodePrekeyProfileFields, readPrekeyProfile, writePrekeyProfile, type PrekeyProfile,
} from './prekey-profile.js'
export { decodePrekeyMessage, encodePrekeyMessage, readPrekeyMessage, writePrekeyMessage, type PrekeyMessage } from './prekey-message.js'
export { decodeEnsemble, encodeEnsemble, readEnsemble, writeEnsemble, type Ensemble } from './ensemble.js'
export type { IdentityMessage } from './identity-message.js'
export type { AuthRMessage } from './auth-r-message.js'
export type { AuthIMessage } from './auth-i-message.js'
export type { NonInteractiveAuthMessage } from './non-interactive-auth-message.js'
export { dataMessageV4MacInput, dataMessageV4MacView, type DataMessageV4 } from './data-message-v4.js'
export {
  armorMessage, decodeMessage, encodeMessage, ignoresUnreadable, isKnownMessage, messageFieldNames, messageHeader, messageRole, roleOfMessage, versionOfMessage,
  type MessageHeader, type OtrMessage, type OtrMessageV2, type OtrMessageV3, type OtrMessageV4,
} from './message.js'
export type { MessageRole } from './codec.js'
export { formatInstanceTag, instanceTagProblem, isInstanceTag, MIN_INSTANCE_TAG } from './instance-tag.js'
export { defaultWireLimits, type WireLimits } from './limits.js'
export {
  fragmentMessage, fragmentOverhead, parseFragment,
  type Fragment, type FragmentFields, type FragmentOptions, type FragmentV2, type FragmentV3, type FragmentV4,
} from './fragment.js'
export {
  addFragment, dropOldestOpenMessage, emptyFragmentAssembler, expireFragments, forgetFragmentsV3, openMessageEnd,
  type FragmentAssembler, type FragmentDiscard, type FragmentStep, type OpenMessage,
} from './fragment-assembler.js'
export { parseQuery, queryMessage, type Query } from './query.js'
export { parseWhitespaceTag, whitespaceTag, type TaggedText } from './whitespace-tag.js'
export { errorMessage, otrError, parseErrorMessage, type ErrorText } from './error-message.js'
export { escapeOtr } from './escaped-text.js'
export { classify, type Classified, type ClassifiedUnit } from './classify.js'
export { wordsAround } from './classify-unit.js'
export { LineKinds, roleOfFragment, type LineKind } from './line-kind.js'
