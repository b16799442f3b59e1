/** What the sender tells of a file, inside the encryption, beside the use of the extra key. */
export interface Offer {
  /** Where the sealed file is. Chosen by the other side: check it before you connect anywhere. */
  readonly url: string
  /** What the sender calls it. A name for people, never a path. */
  readonly name: string
  /** Bytes of the file. */
  readonly size: number
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string
  /** 32 random bytes in hex: one extra key may be used for several files, each gets a key of its own by this. */
  readonly salt: string
}

/** The use of the extra key, by which the two programs know what an `extra-key` event is about. Choose your own number. */
export const FILE_CONTEXT = 0x46494c45

export function encodeOffer(offer: Offer): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(offer))
}

/** Reads an offer, strictly; `undefined` for anything else. It is authentic, but whoever has the other key may be no friend. */
export function decodeOffer(data: Uint8Array): Offer | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { url, name, size, sha256, salt } = value as Readonly<Partial<Record<keyof Offer, unknown>>>
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  if (typeof name !== 'string' || name === '' || name.length > 255) return undefined
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined
  if (typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt)) return undefined
  return { url, name, size, sha256, salt }
}
