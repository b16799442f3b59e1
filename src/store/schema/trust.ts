import type { Trust, Version } from '../../session/event.js'
import type { KeyVersion } from '../../session/versions/version.js'
import type { LossSign } from '../../session/conversation/probable-loss.js'
import type { TrustHow } from '../../session/known/key-book.js'
import { oneOf, text, type Codec } from '../codec.js'

export const version = oneOf<Version>(2, 3, 4)

export const keyVersion = oneOf<KeyVersion>(3, 4)

const anyFingerprint = text(112)
let last = ''

/** Hex. It occurs several times in what is known of a correspondent, and takes memory once. */
export const fingerprint: Codec<string> = {
  ...anyFingerprint,
  decode(plain) {
    const value = anyFingerprint.decode(plain)
    if (value !== last) last = value
    return last
  },
}

export const trust = oneOf<Trust>('unknown', 'seen', 'verified', 'changed')

export const lossSign = oneOf<LossSign>('silence', 'gone', 'plaintext')

export const howTrusted = oneOf<TrustHow>('shown', 'manually', 'smp', 'transitional', 'import')
