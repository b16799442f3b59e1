/** How a server compares names: its `CASEMAPPING` in numeric 005. `rfc1459` counts `{}|~` as the small letters of `[]\^`. */
export type CaseMapping = 'ascii' | 'rfc1459' | 'strict-rfc1459'

/** Reads the token; what is unknown is compared as RFC 1459 says, which is the default where the token is missing. */
export function parseCaseMapping(token: unknown): CaseMapping {
  return token === 'ascii' || token === 'strict-rfc1459' ? token : 'rfc1459'
}

/** The form in which two spellings of one name are equal. Only ASCII is folded, as servers do. */
export function foldCase(name: string, mapping: CaseMapping): string {
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (mapping === 'ascii') return lower
  const brackets = lower.replaceAll('[', '{').replaceAll(']', '}').replaceAll('\\', '|')
  return mapping === 'rfc1459' ? brackets.replaceAll('^', '~') : brackets
}
