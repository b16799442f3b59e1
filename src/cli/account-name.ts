import { canonicalName } from '../transport/canonical-name.js'
import { protocolNamed, protocols } from '../transport/protocols.js'

/** An account of ours on a network. */
export interface AccountName {
  readonly account: string
  /** As libotr's files name it: `IRC`, `prpl-jabber`, `relay`. */
  readonly protocol: string
}

/** The networks, by the names that libotr's files use. */
export const networkNames: readonly string[] = protocols.map(({ name }) => name).sort()

/** The one spelling of a name on its network. What is no name there is returned unchanged, so that what was saved under it can still be found. */
export function spelled(protocol: string, name: string): string {
  try {
    return canonicalName(protocol, name)
  } catch {
    return name
  }
}

/** The same string for all spellings of one account. Pidgin writes a resource behind an XMPP account, for example. */
export function accountKey({ account, protocol }: AccountName): string {
  return `${protocol}\0${spelled(protocol, account)}`
}

/** The account as its correspondents call it. Where the server says how names compare (IRC), the connection corrects it later. */
export function bareAccount({ account, protocol }: AccountName): string {
  return protocolNamed(protocol)?.serverComparesNames === true ? account : spelled(protocol, account)
}

/** Whether two names are one account. */
export function isAccount(one: AccountName, other: AccountName): boolean {
  return accountKey(one) === accountKey(other)
}

/** The names that occur in several spellings, with these. */
export function collisions(names: readonly AccountName[]): { readonly name: string, readonly spellings: readonly string[] }[] {
  const met = new Map<string, { readonly name: string, readonly spellings: Set<string> }>()
  for (const one of names) {
    const key = accountKey(one)
    const entry = met.get(key) ?? { name: spelled(one.protocol, one.account), spellings: new Set<string>() }
    entry.spellings.add(one.account)
    met.set(key, entry)
  }
  return [...met.values()].filter(({ spellings }) => spellings.size > 1).map(({ name, spellings }) => ({ name, spellings: [...spellings] }))
}
