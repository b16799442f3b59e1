import type { RingMessageForm } from '../crypto/index.js'

/**
 * The places where living implementations differ although the draft is clear (`spec/decisions.md`, "Dialects"). Everything that
 * depends on a dialect asks this table; a further implementation is a further column.
 */
export interface DialectForms {
  /** How the message m stands in the challenge of a ring signature: its bytes, or DATA(m). */
  readonly ring: RingMessageForm
  /** The SMP secret: 57 bytes pruned like a private key, or 64 bytes little-endian mod q. */
  readonly smpSecret: SmpSecretForm
}

export type SmpSecretForm = 'pruned' | 'wide'

/** A named dialect. */
export type NamedDialect = 'spec' | 'otrr' | 'otr4j'

export const dialects: Readonly<Record<NamedDialect, DialectForms>> = {
  spec: { ring: 'bare', smpSecret: 'pruned' },
  otrr: { ring: 'data', smpSecret: 'pruned' },
  otr4j: { ring: 'data', smpSecret: 'wide' },
}

/** What is used for a correspondent: a named dialect, or `auto`: accept all, learn, adapt. */
export type V4Dialect = 'auto' | NamedDialect

/** What `auto` has learned of a correspondent. The host's storage keeps it over sessions. */
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

/** The form in which we sign, while nothing else is known. */
export function ringForm(dialect: V4Dialect, learned: LearnedDialect): RingMessageForm {
  return dialect === 'auto' ? learned.ring ?? dialects.spec.ring : dialects[dialect].ring
}

/** The form of the SMP secret. Two dialects cannot be told apart before SMP: the pruned form is tried first. */
export function smpSecretForm(dialect: V4Dialect, learned: LearnedDialect): SmpSecretForm {
  return dialect === 'auto' ? learned.smpSecret ?? 'pruned' : dialects[dialect].smpSecret
}

/** The other of the two forms of a ring signature's message. */
export function otherRingForm(form: RingMessageForm): RingMessageForm {
  return form === 'bare' ? 'data' : 'bare'
}
