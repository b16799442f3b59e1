import type { Version } from 'otr4'
import { bareJid } from 'otr4/transport/xmpp'

/** Somebody whom the bot answers. */
export interface Friend {
  /** Fingerprints that the operator checked with them. With any, the bot talks to these keys alone. */
  readonly keys: readonly { readonly fingerprint: string, readonly version: Version }[]
}

/**
 * Reads `ADDRESS` or `ADDRESS=FINGERPRINT`, separated by blanks; an address may stand there several times. Throws an Error that says what is
 * wrong.
 */
export function readFriends(text: string): ReadonlyMap<string, Friend> {
  const friends = new Map<string, Friend>()
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const [address = '', ...fingerprints] = word.split('=')
    const jid = bareJid(address)
    if (!/^[^@/]+@[^@/]+$/.test(jid)) throw new Error(`${word}: no address of a person, NAME@DOMAIN`)
    friends.set(jid, { keys: [...friends.get(jid)?.keys ?? [], ...fingerprints.map(readKey)] })
  }
  return friends
}

function readKey(fingerprint: string): Friend['keys'][number] {
  if (/^[0-9a-f]{112}$/i.test(fingerprint)) return { fingerprint, version: 4 }
  if (/^[0-9a-f]{40}$/i.test(fingerprint)) return { fingerprint, version: 3 }
  throw new Error(`${fingerprint}: no fingerprint; those of version 4 have 112 hex digits, those of version 3 have 40`)
}
