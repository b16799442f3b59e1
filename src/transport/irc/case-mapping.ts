import { transportError } from '../transport.js'

/**
 * How a server compares names: its `CASEMAPPING` in numeric 005. `rfc1459` counts `{}|~` as the small letters of `[]\^`; `unicode`
 * means a mapping that allows names in all scripts.
 */
export type CaseMapping = 'ascii' | 'rfc1459' | 'strict-rfc1459' | 'unicode'

/** Reads the token. A missing or unknown one means `rfc1459`. */
export function parseCaseMapping(token: unknown): CaseMapping {
  if (token === 'ascii' || token === 'strict-rfc1459') return token
  return token === 'rfc7613' || token === 'rfc8265' || token === 'rfc3454' || token === 'precis' ? 'unicode' : 'rfc1459'
}

/** The form in which two spellings of one name are equal. */
export function foldCase(name: string, mapping: CaseMapping): string {
  if (mapping === 'unicode') return name.normalize('NFC').toLowerCase().normalize('NFC')
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (mapping === 'ascii') return lower
  const brackets = lower.replaceAll('[', '{').replaceAll(']', '}').replaceAll('\\', '|')
  return mapping === 'rfc1459' ? brackets.replaceAll('^', '~') : brackets
}

/**
 * The key of the conversation with whoever has this nick. Before the server has announced its mapping, names are compared as `ascii`, which keeps
 * the most names apart: two names can become one later, but two that were taken for one cannot be separated again.
 *
 * @throws OtrError `OTR_TRANSPORT_ADDRESS`
 */
export function canonicalNick(name: string, mapping: CaseMapping = 'ascii'): string {
  // White space, a comma or a leading colon would change whom a line goes to. `#`, `&`, `+`, `!` begin a channel's name, `$` means all of a server.
  if (!/^[^\s,:#&+!@$\p{Cc}\p{Cs}][^\s,@!\p{Cc}\p{Cs}]{0,99}$/u.test(name)) throw transportError('ADDRESS', 'no nick')
  return foldCase(name, mapping)
}
