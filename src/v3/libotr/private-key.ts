import { validateDsaPrivateKey, type DsaPrivateKey } from '../../crypto/dsa.js'
import { OtrError } from '../../errors.js'
import { minimalBigEndian, utf8Decode } from '../../wire/index.js'
import { fileError, formatInteger, formatString, parseSExpression, type SExpression, type SList } from './s-expression.js'
import { copySecret } from '../../crypto/secret.js'

/** One key of libotr's file `otr.private_key`: who uses it, and the key. */
export interface LibotrPrivateKey {
  /** The name of the account as the messenger writes it. Pidgin adds a slash and the resource: `alice@example.org/`. */
  readonly account: string
  /** The messenger's name of the protocol: `prpl-jabber`, `IRC`. */
  readonly protocol: string
  /** The long-term key. Secret. */
  readonly key: DsaPrivateKey
}

const FILE = 'private key file'

/**
 * Reads the text of `otr.private_key`, which Pidgin, irssi, Adium and other programs with libotr write. Every key is checked by
 * `validateDsaPrivateKey`. The keys are in the order of the file. If an account has two keys, libotr uses the last.
 *
 * @throws OtrError `OTR_FILE` with the line and the problem, never a part of a key
 */
export function parsePrivateKeys(text: string): LibotrPrivateKey[] {
  const file = parseSExpression(text, FILE)
  const [head, ...accounts] = file.items
  if (head === undefined || nameOf(head) !== 'privkeys') throw fileError(FILE, file.line, 'the list "privkeys" is expected')
  return accounts.map(parseAccount)
}

/** Writes the keys as libotr does, byte for byte. The text contains private keys: write it to a file that only its owner can read. */
export function formatPrivateKeys(keys: readonly LibotrPrivateKey[]): string {
  return `(privkeys\n${keys.map(formatAccount).join('')})\n`
}

function formatAccount({ account, protocol, key }: LibotrPrivateKey): string {
  const numbers = NUMBERS.map((name) => `  (${name} ${formatInteger(minimalBigEndian(key[name]))})\n`).join('')
  return ` (account\n(name ${formatString(account)})\n(protocol ${formatString(protocol)})\n(private-key \n (dsa \n${numbers}  )\n )\n )\n`
}

const NUMBERS = ['p', 'q', 'g', 'y', 'x'] as const

function parseAccount(expression: SExpression): LibotrPrivateKey {
  if (expression.kind !== 'list' || nameOf(expression.items[0]) !== 'account') {
    throw fileError(FILE, expression.line, 'a list "account" is expected')
  }
  const account = readText(expression, 'name')
  const protocol = readText(expression, 'protocol')
  const dsa = find(find(expression, 'private-key'), 'dsa')
  const [p, q, g, y, x] = [readNumber(dsa, 'p'), readNumber(dsa, 'q'), readNumber(dsa, 'g'), readNumber(dsa, 'y'), readNumber(dsa, 'x')]
  const key = { p, q, g, y, x }
  try {
    validateDsaPrivateKey(key)
  } catch (error) {
    throw fileError(FILE, dsa.line, error instanceof OtrError ? error.message : 'bad DSA key')
  }
  return { account, protocol, key }
}

/** The lower-case text of an atom; undefined for a list. */
function nameOf(expression: SExpression | undefined): string | undefined {
  return expression?.kind === 'atom' ? utf8Decode(expression.bytes).text.toLowerCase() : undefined
}

/** Returns the one list in `list` that begins with `name`. Other elements are skipped, as libotr does. */
function find(list: SList, name: string): SList {
  const found = list.items.filter((item): item is SList => item.kind === 'list' && nameOf(item.items[0]) === name)
  const [first, second] = found
  if (first === undefined) throw fileError(FILE, list.line, `"${name}" is missing`)
  if (second !== undefined) throw fileError(FILE, second.line, `"${name}" stands here a second time`)
  return first
}

function readValue(list: SList, name: string): { bytes: Uint8Array, line: number } {
  const entry = find(list, name)
  const value = entry.items[1]
  if (value?.kind !== 'atom' || entry.items.length !== 2) throw fileError(FILE, entry.line, `"${name}" takes one value`)
  return { bytes: value.bytes, line: value.line }
}

function readText(list: SList, name: string): string {
  const { bytes, line } = readValue(list, name)
  const { text, valid } = utf8Decode(bytes)
  if (!valid) throw fileError(FILE, line, `"${name}" is not UTF-8`)
  return text
}

function readNumber(list: SList, name: string): Uint8Array {
  return copySecret(minimalBigEndian(readValue(list, name).bytes))
}
