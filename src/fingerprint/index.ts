/** Fingerprints in the forms in which people compare them: blocks of digits, words, a line in a QR code. */
export type { Fingerprint } from './fingerprint.js'
export { fingerprintBlocks } from './blocks.js'
export { fingerprintFromWords, fingerprintWords } from './words.js'
export { formatFingerprintUri, parseFingerprintUri, type FingerprintUri } from './uri.js'
export { compareFingerprints, readFingerprints, type Comparison } from './read.js'
export { qrModules, qrText, type QrSize, type QrTextOptions } from './qr.js'
