import { transportError } from '../transport.js'
import { foldDomain, foldName } from './stringprep.js'

/** The parts of an XMPP address. `local` and `domain` are prepared: they are equal in two spellings of one account. */
export interface Jid {
  /** Before the `@`. */
  readonly local: string
  /** Behind the `@`. */
  readonly domain: string
  /** As it was given. */
  readonly resource: string | undefined
}

/** RFC 6122: the characters that no part may contain, and its greatest length. */
const localForm = /^[^\s"&'/:<>@\p{Cc}\p{Cs}]+$/u
const domainForm = /^[^\s"&'/<>@\p{Cc}\p{Cs}]+$/u
const resourceForm = /^[^\p{Cc}\p{Cs}]+$/u
const maxPartBytes = 1023

/**
 * Returns the one spelling of an account: without the resource, prepared as servers do. Never throws: for a string that is no address, it returns a
 * string that is no account's name.
 */
export function bareJid(jid: string): string {
  const [bare] = halves(jid)
  const at = bare.indexOf('@')
  return at < 0 ? foldDomain(bare) : `${foldName(bare.slice(0, at))}@${foldDomain(bare.slice(at + 1))}`
}

/** The part after the `/`, or undefined. */
export function resourceOf(jid: string): string | undefined {
  return halves(jid)[1]
}

/** Checks `local@domain`, with or without a resource, and splits it. @throws OtrError `OTR_TRANSPORT_ADDRESS` */
export function parseJid(jid: string): Jid {
  const [bare, resource] = halves(jid)
  const at = bare.indexOf('@')
  const local = foldName(bare.slice(0, Math.max(at, 0)))
  const domain = foldDomain(bare.slice(at + 1))
  const fits = (part: string, form: RegExp): boolean => form.test(part) && Buffer.byteLength(part) <= maxPartBytes
  // Checked after preparation, which turns a full-width `@` into an ordinary one.
  if (!fits(local, localForm) || !fits(domain, domainForm) || (resource !== undefined && !fits(resource, resourceForm))) {
    throw transportError('ADDRESS', 'an address on XMPP is name@domain')
  }
  return { local, domain, resource }
}

/** The key of the conversation with the owner of this address. @throws OtrError `OTR_TRANSPORT_ADDRESS` */
export function canonicalJid(jid: string): string {
  const { local, domain } = parseJid(jid)
  return `${local}@${domain}`
}

function halves(jid: string): [string, string | undefined] {
  const slash = jid.indexOf('/')
  return slash < 0 ? [jid, undefined] : [jid.slice(0, slash), jid.slice(slash + 1)]
}
