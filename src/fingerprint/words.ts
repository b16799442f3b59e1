import { wordlist } from '@scure/bip39/wordlists/english.js'
import { hexDecode, hexEncode } from '../wire/index.js'
import { badFingerprint, checkedFingerprint, fingerprintDigits, fingerprintFromHex, type Fingerprint } from './fingerprint.js'

const BITS = 11

/**
 * The fingerprint in English words, to be read out: the bits in groups of eleven, the highest first, each the index of a word in the list
 * of BIP-39; the last group is padded with zeros. 15 words in version 3, 41 in version 4. It is the whole fingerprint, with no
 * checksum: a misheard word gives another fingerprint. Only the word list is from BIP-39; the words are not a seed.
 */
export function fingerprintWords(fingerprint: Fingerprint): string[] {
  const bytes = hexDecode(checkedFingerprint(fingerprint))
  const words: string[] = []
  let value = 0
  let bits = 0
  for (const byte of bytes) {
    value = value << 8 | byte
    bits += 8
    if (bits < BITS) continue
    bits -= BITS
    words.push(wordAt(value >> bits))
    value &= (1 << bits) - 1
  }
  if (bits > 0) words.push(wordAt(value << BITS - bits))
  return words
}

/** Reads a fingerprint from words of either case. @throws OtrError `OTR_FINGERPRINT`, with the position of the wrong word */
export function fingerprintFromWords(words: readonly string[]): Fingerprint {
  const version = words.length === wordsIn(3) ? 3 : words.length === wordsIn(4) ? 4 : undefined
  if (version === undefined) throw badFingerprint(`${wordsIn(3)} words are expected for version 3, ${wordsIn(4)} for version 4, not ${words.length}`)
  const bytes: number[] = []
  let value = 0
  let bits = 0
  words.forEach((word, at) => {
    const index = indexOf(word)
    if (index === undefined) throw badFingerprint(`word ${at + 1} is not in the list`)
    value = value << BITS | index
    bits += BITS
    while (bits >= 8 && bytes.length < fingerprintDigits[version] / 2) {
      bits -= 8
      bytes.push(value >> bits & 0xff)
      value &= (1 << bits) - 1
    }
  })
  const read = fingerprintFromHex(hexEncode(Uint8Array.from(bytes)))
  if (value !== 0 || read === undefined) throw badFingerprint('the last word cannot be the last')
  return read
}

function wordsIn(version: 3 | 4): number {
  return Math.ceil(fingerprintDigits[version] * 4 / BITS)
}

function wordAt(index: number): string {
  const word = wordlist[index]
  if (word === undefined) throw badFingerprint('the list of words is not the one that is meant')
  return word
}

let indices: ReadonlyMap<string, number> | undefined

function indexOf(word: string): number | undefined {
  indices ??= new Map(wordlist.map((one, index) => [one, index]))
  return indices.get(word.toLowerCase())
}
