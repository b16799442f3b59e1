import { classify } from '../../../src/wire/index.js'

/** Which message keys of version 4 these lines use, and those that different lines use: each would tell an attacker both texts. */
export function usedKeys(lines: readonly { readonly from: string, readonly text: string }[]): { readonly used: number, readonly twice: readonly string[] } {
  const keys = new Map<string, Set<string>>()
  for (const { from, text } of lines) {
    const classified = classify(text)
    if (classified.kind !== 'message' || classified.message.kind !== 'v4-data') continue
    const { senderTag, receiverTag, ecdh, ratchetId, messageId } = classified.message
    const key = [from, senderTag, receiverTag, Buffer.from(ecdh).toString('hex'), ratchetId, messageId].join(' ')
    keys.set(key, (keys.get(key) ?? new Set()).add(text))
  }
  return { used: keys.size, twice: [...keys].filter(([, texts]) => texts.size > 1).map(([key]) => key) }
}
