import { transportError } from '../transport.js'

/** The error of a failed attempt to connect, for people. `host`: the server's name. */
export function connectionError(error: Error, host: string): Error {
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('OTR_')) return error
  if (error.name === 'SASLError') return transportError('REFUSED', `login failed: ${error.message}`)
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code} ` : ''
  const help = /SELF_SIGNED|UNABLE_TO_VERIFY|CERT_|ALTNAME/.test(code) ? ' (its certificate is vouched for by nobody we know)' : ''
  return transportError('CONNECT', `no XMPP at ${host}: ${code}${error.message}${help}`.replace(/\s+/g, ' '))
}

/** Whether the server ended our stream because another program took its address. */
export function isConflict(error: Error): boolean {
  return error.name === 'StreamError' && 'condition' in error && error.condition === 'conflict'
}

/** Whether another attempt would be refused again: the password is wrong, or the server offers no TLS. */
export function isRefusal(error: Error): boolean {
  return error.name === 'SASLError' || ('code' in error && error.code === 'OTR_TRANSPORT_INSECURE')
}
