/**
 * How hard a passphrase is to guess, in bits: the lowest estimate among a few ways to guess, after the manner of zxcvbn, whose lists of words are
 * larger than this whole program. It is meant to be low for what people think is clever.
 */
const common = ('password passwort passwd hallo hello welcome willkommen dragon monkey letmein iloveyou sunshine princess football baseball master shadow superman batman trustno '
  + 'geheim schatz sommer winter summer spring autumn herbst qwerty qwertz asdfgh yxcvbn zxcvbn admin login secret test user guest love liebe michael jordan hunter '
  + 'killer berlin london paris jesus computer internet charlie andrew daniel thomas robert jessica ashley nicole otr4 correct horse battery staple').split(' ')
const rows = ['abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', '01234567890']
const leet: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i' }

/** Bits of a chosen word among many. */
const wordBits = 11

export function passphraseBits(passphrase: string): number {
  const text = passphrase.normalize('NFC')
  const words = new Set(text.toLowerCase().split(/[\s\-_.,]+/u).filter((word) => word.length > 2))
  const byWords = words.size < 3 ? Infinity : [...words].reduce((bits, word) => bits + Math.min(wordBits, charactersBits(word)), 0)
  return Math.min(byWords, charactersBits(text))
}

/** 0 to 3: below 1 it is refused. */
export function strengthOf(passphrase: string): 0 | 1 | 2 | 3 {
  const bits = passphraseBits(passphrase)
  return bits < 35 ? 0 : bits < 45 ? 1 : bits < 60 ? 2 : 3
}

/** Character by character, where what repeats, runs on or is a common word counts little. */
function charactersBits(text: string): number {
  const pool = (/\p{Ll}/u.test(text) ? 26 : 0) + (/\p{Lu}/u.test(text) ? 26 : 0) + (/\p{N}/u.test(text) ? 10 : 0) + (/[^\p{L}\p{N}]/u.test(text) ? 20 : 0) + (/[^\x20-\x7e]/.test(text) ? 40 : 0)
  const plain = Array.from(text.toLowerCase()).map((character) => leet[character] ?? character).join('')
  let bits = 0
  let rest = text.toLowerCase()
  for (const word of common) {
    if (word.length < 4) continue
    // `plain` has the same length as `rest` only before anything was taken out of it: letters for digits count once, in a passphrase that is one word.
    if (plain.startsWith(word) && !rest.startsWith(word) && rest.length === plain.length) rest = word + rest.slice(word.length)
    if (!rest.includes(word)) continue
    bits += 6
    rest = rest.replaceAll(word, '')
  }
  // A year, or a date.
  rest = rest.replace(/(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}/g, () => { bits += 7; return '' })
  const each = Math.log2(Math.max(pool, 2))
  const characters = Array.from(rest)
  for (const [at, character] of characters.entries()) {
    const before = characters[at - 1]
    const runsOn = before !== undefined && rows.some((row) => row.includes(before + character) || row.includes(character + before))
    const repeats = before === character || characters.slice(0, at).join('').includes(`${before ?? '\0'}${character}`)
    bits += runsOn || repeats ? 1 : each
  }
  return bits
}
