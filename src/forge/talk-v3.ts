import { OtrError } from '../errors.js'
import { dropSession, endSession, receiveMessage, sendMessage, startHandshake, type V3Context, type V3Encrypted, type V3Session, type V3Step } from '../v3/index.js'
import { armorMessage, type OtrMessageV2, type OtrMessageV3 } from '../wire/index.js'
import type { ForgedText, Role } from './forge-transcript.js'
import type { TranscriptLine } from './transcript.js'

const other = { alice: 'bob', bob: 'alice' } as const

interface Sent {
  readonly message: OtrMessageV2 | OtrMessageV3
  readonly line: TranscriptLine
}

/** What the two sides of a forged talk are, in the order of their roles. */
export interface TalkV3Parts {
  readonly sessions: Readonly<Record<Role, V3Session>>
  readonly contexts: Readonly<Record<Role, V3Context>>
  readonly addresses: Readonly<Record<Role, string>>
  /** Called before each step with the sessions as they are. */
  readonly prepare?: (sessions: Readonly<Record<Role, V3Session>>) => void
}

/** Two sessions of version 3 in this process that talk to each other. */
export class TalkV3 {
  readonly sessions: Record<Role, V3Session>
  readonly #parts: TalkV3Parts

  constructor(parts: TalkV3Parts) {
    this.sessions = { ...parts.sessions }
    this.#parts = parts
  }

  /** The key exchange, which Bob begins. */
  begin(): Sent[] {
    return this.#take('bob', startHandshake(this.sessions.bob, this.#parts.contexts.bob))
  }

  /** What was said, in order, and how it ended. */
  say(texts: readonly ForgedText[], endedBy: Role | undefined): TranscriptLine[] {
    const { contexts, prepare } = this.#parts
    const lines = texts.flatMap(({ from, text, tlvs, time }) => {
      prepare?.(this.sessions)
      const sent = this.#take(from, sendMessage(this.sessions[from], { text, ...tlvs !== undefined && { tlvs } }, contexts[from]))
      return sent.map(({ line }) => ({ ...line, ...time !== undefined && { time }, text }))
    })
    if (endedBy === undefined) return lines
    prepare?.(this.sessions)
    return [...lines, ...this.#take(endedBy, endSession(this.sessions[endedBy], contexts[endedBy])).map(({ line }) => line)]
  }

  wipe(): void {
    dropSession(this.sessions.bob)
    dropSession(this.sessions.alice)
  }

  /** Delivers to each side what the other sends, and its answers, until there are no more. */
  #take(by: Role, { state, outgoing }: V3Step): Sent[] {
    const { contexts, addresses, prepare } = this.#parts
    this.sessions[by] = state
    const to = other[by]
    return outgoing.flatMap((message): Sent[] => {
      // At once: what is shared with a session may be wiped later.
      const line = { from: addresses[by], to: addresses[to], message: armorMessage(message) }
      prepare?.(this.sessions)
      const received = receiveMessage(this.sessions[to], message, contexts[to])
      if (received.refused !== undefined) throw new OtrError('OTR_INTERNAL', `a forged message was refused: ${received.refused}`)
      return [{ message, line }, ...this.#take(to, received)]
    })
  }
}

export function encryptedV3(session: V3Session): V3Encrypted {
  if (session.state !== 'encrypted') throw new OtrError('OTR_INTERNAL', 'a key exchange makes a session')
  return session
}
