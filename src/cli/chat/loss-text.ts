import type { ProbableLoss } from '../../index.js'
import { counted } from '../options.js'

/** What people read of a session that the other side has probably lost; the sentence begins with their name. */
export function lossText({ since, sign, messages }: ProbableLoss): string {
  const why = sign === 'silence' ? 'their program does not answer' : sign === 'gone' ? 'their program has left' : 'they wrote in clear'
  const some = messages.length === 0 ? '' : ` ${counted(messages.length, 'message')} since ${timeOf(since)} may be unread.`
  return `has probably lost the private conversation (${why}), and cannot read what you write.${some} /otr start begins it anew${messages.length === 0 ? '' : '; then /otr resend sends again what was lost'}`
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { timeStyle: 'short' })
}
