/** What the panel "Under the hood" draws: what the worker knows of a conversation and of its lines. Public values only: no key, no text that was encrypted. */

/** The session that texts go to. */
export interface HoodSession {
  readonly version: 2 | 3 | 4
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** Whether our message began the key exchange. */
  readonly initiator: boolean
  /** Whether it was non-interactive. */
  readonly offline: boolean
  readonly verified: boolean
  /** Version 4: the counters of the double ratchet, as `SessionInfo.ratchet`. */
  readonly ratchet?: { readonly i: number, readonly j: number, readonly k: number, readonly pn: number, readonly stored: number }
}

/** What the client did with a line. `none`: nothing that can be seen; it was refused, came twice, or only kept the session alive. */
export type Effect = 'sent' | 'accepted' | 'none'

/** The numbers of a message that the pictures need. */
export interface Facts {
  /** Of the message, decoded. */
  readonly bytes?: number
  readonly ratchetId?: number
  readonly messageId?: number
  readonly previousChain?: number
  /** Version 4: it carries a key of 3072-bit Diffie-Hellman. */
  readonly dh?: boolean
  /** Versions 2 and 3: the number of the sender's D-H key. */
  readonly keyId?: number
  /** How many MAC keys it reveals. */
  readonly macKeys?: number
}

/** One message in a line, decoded. A fragment that completes a message is followed by it. Inert text. */
export interface Part {
  readonly kind: string
  readonly title: string
  readonly fields: readonly { readonly name: string, readonly shown: string }[]
  readonly facts: Facts
}

/** One line of the network. */
export interface HoodLine {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly ours: boolean
  /** Characters. */
  readonly length: number
  readonly effect: Effect
  readonly parts: readonly Part[]
  /** Why it cannot be decoded. Inert text. */
  readonly fault?: string
}

export interface Hood {
  readonly me: string
  readonly peer: string
  readonly session?: HoodSession
  /** Oldest first. */
  readonly lines: readonly HoodLine[]
  /** Whether lines before these are no longer kept. */
  readonly cut: boolean
}
