import { hexDecode, hexEncode } from '../../wire/index.js'
import { checkedField, numberedLines } from './lines.js'
import { fileError } from './s-expression.js'

/** One line of libotr's file `otr.fingerprints`: a key that a correspondent has used, and whether the user trusts it. */
export interface LibotrFingerprint {
  /** The correspondent. */
  readonly username: string
  /** Our account, as in `otr.private_key`. */
  readonly account: string
  /** The network, as programs with libotr name it: `prpl-jabber`, `IRC`. */
  readonly protocol: string
  /** 20 bytes. */
  readonly fingerprint: Uint8Array
  /** Empty: not trusted. Messengers write `verified` after the user compared the fingerprint, and `smp` after a verification by SMP. */
  readonly trust: string
}

const FILE = 'fingerprints file'

/** A line that could be read, and its number from 1. */
export interface FingerprintLine extends LibotrFingerprint {
  /** The number of the line, from 1. */
  readonly line: number
}

/** A line that could not be read. */
export interface RefusedLine {
  /** From 1. */
  readonly line: number
  /** An explanation for people. It never quotes the line. */
  readonly problem: string
}

/**
 * Reads the text of `otr.fingerprints`. The trust field may be absent, as in files of old versions; empty lines are skipped. For a file that
 * people may have edited, use `readFingerprints`.
 *
 * @throws OtrError `OTR_FILE` with the first line that cannot be read and the problem
 */
export function parseFingerprints(text: string): LibotrFingerprint[] {
  const { fingerprints, refused: [first] } = readFingerprints(text)
  if (first !== undefined) throw fileError(FILE, first.line, first.problem)
  return fingerprints.map(({ username, account, protocol, fingerprint, trust }) => ({ username, account, protocol, fingerprint, trust }))
}

/** Reads every line of `otr.fingerprints` that can be read. Each other line is reported with its number in `refused`. */
export function readFingerprints(text: string): { readonly fingerprints: readonly FingerprintLine[], readonly refused: readonly RefusedLine[] } {
  const fingerprints: FingerprintLine[] = []
  const refused: RefusedLine[] = []
  for (const { line, number } of numberedLines(text)) {
    if (line === '') continue
    const read = readLine(line)
    if (typeof read === 'string') refused.push({ line: number, problem: read })
    else fingerprints.push({ ...read, line: number })
  }
  return { fingerprints, refused }
}

/** Returns the content of a line, or what is wrong with it. */
function readLine(line: string): LibotrFingerprint | string {
  const [username, account, protocol, digits, trust, ...more] = line.split('\t')
  if (username === undefined || account === undefined || protocol === undefined || digits === undefined) {
    return 'user, account, protocol and fingerprint are expected, with tabs between them'
  }
  if (more.length > 0) return 'too many fields'
  if (username === '') return 'the user is missing'
  if (!/^[0-9a-fA-F]{40}$/.test(digits)) return 'the fingerprint must have 40 hexadecimal digits'
  return { username, account, protocol, fingerprint: hexDecode(digits), trust: trust ?? '' }
}

/**
 * Writes the lines as libotr does.
 *
 * @throws OtrError `OTR_FILE` for a value that the file cannot hold
 */
export function formatFingerprints(fingerprints: readonly LibotrFingerprint[]): string {
  return fingerprints.map((entry, index) => {
    const field = (name: string, value: string): string => checkedField(FILE, index + 1, name, value)
    const { username, account, protocol, trust } = entry
    if (username === '') throw fileError(FILE, index + 1, 'the user is missing')
    if (entry.fingerprint.length !== 20) throw fileError(FILE, index + 1, 'the fingerprint must have 20 bytes')
    const names = [field('the user', username), field('the account', account), field('the protocol', protocol)]
    return `${[...names, hexEncode(entry.fingerprint), field('the trust', trust)].join('\t')}\n`
  }).join('')
}
