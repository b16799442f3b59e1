import { equalBytes, sha256, type RingMessageForm } from '../crypto/index.js'
import { hexDecode, type ClientProfile } from '../wire/index.js'

/**
 * Where implementations in use differ from each other although the draft is clear (`spec/decisions.md`, "Dialects"). All code that depends on a
 * dialect asks this table. A further implementation is a further entry.
 */
export interface DialectForms {
  /** How the challenge of a ring signature contains the message m: its bytes, or DATA(m). */
  readonly ring: RingMessageForm
  /** The SMP secret: 57 bytes pruned like a private key, or 64 bytes little-endian mod q. */
  readonly smpSecret: SmpSecretForm
}

/** How the secret of a verification becomes a scalar: pruned, 57 bytes; or wide, 64 bytes reduced mod q. */
export type SmpSecretForm = 'pruned' | 'wide'

/** A named dialect. */
export type NamedDialect = 'spec' | 'otrr' | 'otr4j'

/** The forms that each known implementation uses. */
export const dialects: Readonly<Record<NamedDialect, DialectForms>> = {
  spec: { ring: 'bare', smpSecret: 'pruned' },
  otrr: { ring: 'data', smpSecret: 'pruned' },
  otr4j: { ring: 'data', smpSecret: 'wide' },
}

/** What is used for a correspondent: a named dialect, or `auto`: accept all, learn, adapt. */
export type V4Dialect = 'auto' | NamedDialect

/** What `auto` has learned of a correspondent. The application's storage keeps it over sessions. */
export interface LearnedDialect {
  /** The form in which a ring signature of the correspondent verified. */
  readonly ring?: RingMessageForm
  /** The form of the SMP secret to use next. */
  readonly smpSecret?: SmpSecretForm
  /** Set once an SMP has succeeded with that form. */
  readonly smpConfirmed?: true
}

/** The forms in which a ring signature of the correspondent is accepted. */
export function acceptedRingForms(dialect: V4Dialect): readonly RingMessageForm[] {
  return dialect === 'auto' ? ['bare', 'data'] : [dialects[dialect].ring]
}

/** Returns the form in which we sign for the owner of `profile`: the form in which they are known to sign, else the form that their profile reveals, else that of the draft. */
export function ringForm(dialect: V4Dialect, learned: LearnedDialect, profile: ClientProfile): RingMessageForm {
  return dialect === 'auto' ? learned.ring ?? dialects[toldDialect(profile) ?? 'spec'].ring : dialects[dialect].ring
}

/** The form of the SMP secret. Two dialects cannot be distinguished before SMP, so the pruned form is tried first. */
export function smpSecretForm(dialect: V4Dialect, learned: LearnedDialect): SmpSecretForm {
  return dialect === 'auto' ? learned.smpSecret ?? 'pruned' : dialects[dialect].smpSecret
}

/** The other of the two forms of a ring signature's message. */
export function otherRingForm(form: RingMessageForm): RingMessageForm {
  return form === 'bare' ? 'data' : 'bare'
}

/** SHA-256 of p of the group of 1024 bits that Java's libraries take for every DSA key, instead of making one. */
const javaGroup = hexDecode('cc21a33dd1a3edf40bf636b5496e4aede198a437a8548e0cc1a621424e42419b')

/**
 * Returns the dialect that a Client Profile reveals, if it does. otr4j is the one program of version 4 in Java, and a key of version 3
 * that Java makes is in a group that nobody else uses for OTR. A profile without such a key, or of any other program, reveals nothing.
 * This decides which form is tried first and nothing else.
 */
export function toldDialect({ dsaPublicKey }: ClientProfile): NamedDialect | undefined {
  return dsaPublicKey !== undefined && equalBytes(sha256(dsaPublicKey.p), javaGroup) ? 'otr4j' : undefined
}

/** What is known of a correspondent once a session is established. If nothing better is known, the profile determines the form of the SMP secret. */
export function learnFromProfile(dialect: V4Dialect, learned: LearnedDialect, profile: ClientProfile): LearnedDialect {
  const told = toldDialect(profile)
  if (dialect !== 'auto' || told === undefined || learned.smpSecret !== undefined || learned.ring !== dialects[told].ring) return learned
  return { ...learned, smpSecret: dialects[told].smpSecret }
}
