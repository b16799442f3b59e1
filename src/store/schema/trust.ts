import type { Trust, Version } from '../../session/event.js'
import type { TrustHow } from '../../session/trust.js'
import { oneOf, text } from '../codec.js'

export const version = oneOf<Version>(3, 4)

/** Hex. */
export const fingerprint = text(112)

export const trust = oneOf<Trust>('unknown', 'seen', 'verified', 'changed')

export const howTrusted = oneOf<TrustHow>('shown', 'manually', 'smp', 'transitional', 'import')
