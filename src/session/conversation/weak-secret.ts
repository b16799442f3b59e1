/**
 * Why a secret is a bad one for a verification. `in-question`: the question gives it away. `digits`: nothing but a few digits, as a PIN.
 * `short`: few characters, or few different ones.
 */
export type SecretWeakness = 'in-question' | 'digits' | 'short'

/**
 * Whether others may guess a secret for a verification; `undefined`: nothing speaks against it, which is no proof of its strength. Whoever
 * sits in the middle has one guess in each verification: a word that only the two persons know is enough, a date or a PIN is not.
 */
export function secretWeakness(secret: string, question?: string): SecretWeakness | undefined {
  const plain = reduced(secret)
  if (question !== undefined && plain !== '' && reduced(question).includes(plain)) return 'in-question'
  if (/^\p{N}*$/u.test(plain) && plain.length < 10) return 'digits'
  const characters = Array.from(plain)
  return characters.length < 4 || new Set(characters).size < 3 ? 'short' : undefined
}

/** For people and logs. Nothing of the secret. */
export const weaknessText: Readonly<Record<SecretWeakness, string>> = {
  'in-question': 'the question contains the answer',
  'digits': 'a few digits are soon guessed',
  'short': 'so short a secret is soon guessed',
}

/** Letters and digits, whatever their case and form. */
function reduced(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}
