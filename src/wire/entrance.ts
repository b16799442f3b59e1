/**
 * `otr4/wire`: messages, profiles, fragments, tags and TLVs of all versions, from lines and bytes to typed values and back. For tools that
 * look at traffic and for tests of other implementations. Begin with `classify`.
 */
export {
  addFragment, armor, armorMessage, base64Decode, base64Encode, classify, clientProfileFieldOrder, dataMessageV3MacInput,
  dataMessageV4MacInput, decodeClientProfile, decodeEnsemble, decodeMessage, decodePlaintext, decodePrekeyMessage, decodePrekeyProfile,
  defaultWireLimits, dropOldestOpenMessage, DSA_SIGNATURE_LENGTH, ed448KeyType, EDDSA_SIGNATURE_LENGTH, emptyFragmentAssembler,
  encodeClientProfile, encodeClientProfileFields, encodeEnsemble, encodeMessage, encodePlaintext, encodePrekeyMessage,
  encodePrekeyProfile, encodePrekeyProfileFields, errorMessage, expireFragments, forgetFragmentsV3, formatInstanceTag, fragmentMessage,
  fragmentOverhead, hexDecode, hexEncode, IGNORE_UNREADABLE, instanceTagProblem, isInstanceTag, isKnownMessage, LineKinds,
  makeClientProfile, messageFieldNames, messageHeader, messageRole, MIN_INSTANCE_TAG, openMessageEnd, otrError, parseErrorMessage,
  parseFragment, parseQuery, parseWhitespaceTag, POINT_LENGTH, queryMessage, readClientProfile, readDsaPublicKey, readEd448Key,
  readEnsemble, Reader, readPrekeyMessage, readPrekeyProfile, roleOfMessage, tlvTypeV2, tlvTypeV3, tlvTypeV4, transitionalSignedBytes,
  TYPED_KEY_LENGTH, unarmor, utf8Decode, utf8Encode, whitespaceTag, withPlainBytes, writeClientProfile, writeDsaPublicKey, writeEd448Key,
  writeEnsemble, writePrekeyMessage, writePrekeyProfile, Writer,
} from './index.js'
export type {
  AuthIMessage, AuthRMessage, Classified, ClassifiedUnit, ClientProfile, ClientProfileContents, DataMessageV2, DataMessageV3, DataMessageV4,
  DhCommitMessage, DhKeyMessage, DsaPublicKeyValue, Ensemble, ErrorText, Fragment, FragmentAssembler, FragmentDiscard, FragmentFields,
  FragmentOptions, FragmentStep, FragmentV2, FragmentV3, FragmentV4, IdentityMessage, InVersion2, LineKind, MessageHeader, MessageRole, NonInteractiveAuthMessage,
  OpenMessage, OtrMessage, OtrMessageV2, OtrMessageV3, OtrMessageV4, Plaintext, PrekeyMessage, PrekeyProfile, Query, RevealSignatureMessage,
  SignatureMessage, TaggedText, Tlv, WireLimits,
} from './index.js'
