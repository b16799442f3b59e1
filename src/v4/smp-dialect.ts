import type { ProtocolEvent } from '../protocol/index.js'
import { smpSecretForm, type V4Dialect } from './dialect.js'
import type { V4Encrypted } from './session.js'

/**
 * Learns the correspondent's dialect from the outcome of SMP. Two implementations in use sign alike but form the SMP secret differently. With such a
 * correspondent we try the pruned form first. After a failure the next attempt uses the other form, and a notice says so. The form that
 * succeeds is remembered. One failure does not change it, as a wrong secret is the likelier cause; a second one does, as the correspondent may
 * use another program now.
 */
export function learnFromSmp(
  session: V4Encrypted, ended: 'succeeded' | 'failed' | undefined, dialect: V4Dialect,
): { readonly state: V4Encrypted, readonly events: readonly ProtocolEvent[] } {
  const nothing = { state: session, events: [] }
  if (dialect !== 'auto') return nothing
  const { learned } = session
  const form = smpSecretForm(dialect, learned)
  if (ended === undefined) return nothing
  if (ended === 'succeeded') {
    if (learned.smpConfirmed === true) return nothing
    return { state: { ...session, learned: { ...learned, smpSecret: form, smpConfirmed: true } }, events: [] }
  }
  if (learned.ring !== 'data') return nothing
  if (learned.smpConfirmed === true) return { state: { ...session, learned: { ring: learned.ring, smpSecret: form } }, events: [] }
  return {
    state: { ...session, learned: { ...learned, smpSecret: form === 'pruned' ? 'wide' : 'pruned' } },
    events: [{
      type: 'notice', code: 'smp-dialect',
      detail: 'the other side may form the secret in another way: the next attempt will try that',
    }],
  }
}
