import type { ProtocolEvent } from '../protocol/index.js'
import { smpSecretForm, type V4Dialect } from './dialect.js'
import type { V4Encrypted } from './session.js'

/**
 * What the end of an SMP teaches of the correspondent's dialect. Two living implementations sign alike and differ in the SMP secret:
 * with such a correspondent the pruned form is tried first; a failure makes the next attempt use the other form, and says so in a
 * notice; the form that succeeds is remembered. It is not given up for one failure, which a wrong secret is likelier to be the cause
 * of; but for a second, for the correspondent may have changed to the other program.
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
