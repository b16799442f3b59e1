/** The files in which libotr keeps keys, fingerprints and instance tags: read and written as texts, so that users keep their identity. */
export { formatPrivateKeys, parsePrivateKeys, type LibotrPrivateKey } from './private-key.js'
export {
  formatFingerprints, parseFingerprints, readFingerprints, type FingerprintLine, type LibotrFingerprint, type RefusedLine,
} from './fingerprints.js'
export { formatInstanceTags, parseInstanceTags, type LibotrInstanceTag } from './instance-tags.js'
