/**
 * Why a secret is too weak for a verification. `in-question`: the question contains it. `digits`: only a few digits, like a PIN. `short`: few
 * characters, or few different ones.
 */
export type SecretWeakness = 'in-question' | 'digits' | 'short'

/**
 * Says why others may guess a secret for a verification; `undefined` if no weakness was found, which is no proof of its strength. An attacker
 * in the middle has one guess in each verification: a word that only the two persons know is enough, a date or a PIN is not.
 */
export function secretWeakness(secret: string, question?: string): SecretWeakness | undefined {
  const plain = reduced(secret)
  if (question !== undefined && plain !== '' && reduced(question).includes(plain)) return 'in-question'
  if (/^\p{N}*$/u.test(plain) && plain.length < 10) return 'digits'
  const characters = Array.from(plain)
  return characters.length < 4 || new Set(characters).size < 3 ? 'short' : undefined
}

/** For people and logs. Contains no part of the secret. */
export const weaknessText: Readonly<Record<SecretWeakness, string>> = {
  'in-question': 'the question contains the answer',
  'digits': 'a few digits are easy to guess',
  'short': 'so short a secret is easy to guess',
}

/** Only the letters and digits of a text, without differences of case and form. */
function reduced(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}
