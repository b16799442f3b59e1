import { transportError } from '../transport.js'

/** The account without the resource, in the one spelling under which we keep a correspondent. */
export function bareJid(jid: string): string {
  const slash = jid.indexOf('/')
  return (slash < 0 ? jid : jid.slice(0, slash)).toLowerCase()
}

/** The part after the `/`, or undefined. */
export function resourceOf(jid: string): string | undefined {
  const slash = jid.indexOf('/')
  return slash < 0 ? undefined : jid.slice(slash + 1)
}

/** Checks `local@domain`, with or without a resource, and splits it. Throws `OTR_TRANSPORT_ADDRESS`. */
export function parseJid(jid: string): { local: string, domain: string, resource: string | undefined } {
  const match = /^([^\s"&'/:<>@\p{Cc}]{1,1023})@([^\s"&'/<>@\p{Cc}]{1,1023})(?:\/([^\p{Cc}]{1,1023}))?$/u.exec(jid)
  const [, local, domain, resource] = match ?? []
  if (local === undefined || domain === undefined) throw transportError('ADDRESS', 'an address on XMPP is name@domain')
  return { local: local.toLowerCase(), domain: domain.toLowerCase(), resource }
}
