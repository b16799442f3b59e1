import { transportError } from '../transport.js'

/**
 * How a server compares names: its `CASEMAPPING` in numeric 005. `rfc1459` counts `{}|~` as the small letters of `[]\^`; `unicode`
 * stands for those that let names be of all scripts.
 */
export type CaseMapping = 'ascii' | 'rfc1459' | 'strict-rfc1459' | 'unicode'

/** Reads the token; what is unknown is compared as RFC 1459 says, which is the default where the token is missing. */
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
 * The key of the conversation with whoever has this nick. Where no server has told its mapping, `ascii` keeps apart what some servers
 * do: names can become one later, while two that were taken for one cannot be told apart again. Throws `OTR_TRANSPORT_ADDRESS`.
 */
export function canonicalNick(name: string, mapping: CaseMapping = 'ascii'): string {
  // White space, comma and a leading colon would turn one target into something else; `#`, `&`, `+`, `!` begin channels, `$` all of a server.
  if (!/^[^\s,:#&+!@$\p{Cc}\p{Cs}][^\s,@!\p{Cc}\p{Cs}]{0,99}$/u.test(name)) throw transportError('ADDRESS', 'no nick')
  return foldCase(name, mapping)
}
