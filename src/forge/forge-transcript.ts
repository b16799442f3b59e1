import type { EcdhKeyPair, Ed448KeyPair, RandomSource, RingMessageForm } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { dropSession, endSession, receiveMessage, sendMessage, type V4Context, type V4Session, type V4Step } from '../v4/index.js'
import { armorMessage, type Ensemble, type OtrMessageV4, type Tlv } from '../wire/index.js'
import { forgeDake } from './dake.js'
import { forgeNonInteractiveAuth } from './non-interactive.js'
import { knownSide, sendingContext, type ForgedSide, type KnownSide } from './side.js'
import type { TranscriptLine } from './transcript.js'

/** One of the two of a forged conversation. */
export type Role = 'alice' | 'bob'

/** Something that somebody appears to have said. */
export interface ForgedText {
  /** The person who appears to have said it. */
  readonly from: Role
  /** What. Must not contain U+0000. */
  readonly text: string
  /** Records after the text; absent: none. */
  readonly tlvs?: readonly Tlv[]
  /** When, in seconds since 1970. The transcript contains it beside the line, and nothing authenticates it. */
  readonly time?: number
}

/** What a conversation of version 4 is forged of. */
export interface TranscriptForgery {
  /** The person who appears to have begun: Bob sent the Identity message. With `ensemble`, Bob is the one who was away. */
  readonly bob: ForgedSide
  /** The person who appears to have answered; with `ensemble`, who wrote to Bob while he was away. */
  readonly alice: ForgedSide
  /** With it the conversation begins with a non-interactive DAKE that answers it. */
  readonly ensemble?: Ensemble
  /** Who signs: see `DakeForgery.signer`, and with `ensemble` `NonInteractiveForgery.signer`, which is required there. Secret. */
  readonly signer?: Ed448KeyPair | EcdhKeyPair
  /** What was said, in order. */
  readonly texts: readonly ForgedText[]
  /** The person who appears to have ended the conversation: the last message reveals what MAC keys are left. Absent: nobody. */
  readonly endedBy?: Role
  /** How the challenge contains the signed message: `bare` (the draft, the default) or `data`. */
  readonly form?: RingMessageForm
  /** phi': further bytes that both applications bind a session to; any number. */
  readonly phiExtra?: Uint8Array
  /** When the key exchange appears to have happened, seconds since 1970: all profiles have to be valid then. */
  readonly now: number
}

/**
 * "Forge Entire Transcript": a conversation that nobody held, from two Client Profiles and the texts that it shall contain. Key exchange, ratchet,
 * MACs and revealed MAC keys are those of an honest conversation: the same functions make them. The interactive one needs no secret at all.
 *
 * @throws OtrError `OTR_PROFILE` for a profile that does not verify at `now`; `OTR_ARGUMENT` for a signer that cannot sign, a missing one, or an
 *   ensemble that is not Bob's; `OTR_INVALID_TEXT`, `OTR_TLV_TOO_LONG`, `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function forgeTranscript(forgery: TranscriptForgery, random: RandomSource): TranscriptLine[] {
  const { texts, endedBy, now } = forgery
  const sides = { bob: knownSide(forgery.bob, now, 'Bob'), alice: knownSide(forgery.alice, now, 'Alice') }
  const begun = forgery.ensemble === undefined ? interactive(forgery, random) : offline(forgery, forgery.ensemble, random)
  const talk = new ForgedTalk(sides, begun, { random, now })
  const lines = begun.messages.map(({ by, message }) => talk.line(by, message))
  try {
    for (const text of texts) lines.push(talk.say(text))
    if (endedBy !== undefined) lines.push(...talk.end(endedBy))
  } finally {
    talk.wipe()
  }
  return lines
}

/** A key exchange, and the sessions that it made. */
interface Begun {
  readonly messages: readonly { readonly by: Role, readonly message: OtrMessageV4 }[]
  readonly bob: V4Session
  readonly alice: V4Session
}

function interactive({ bob, alice, signer, form, phiExtra, now }: TranscriptForgery, random: RandomSource): Begun {
  if (signer !== undefined && 'privateKey' in signer) throw new OtrError('OTR_ARGUMENT', 'an interactive key exchange has one-time keys of its own')
  const forged = forgeDake({
    bob, alice, now, ...signer !== undefined && { signer }, ...form !== undefined && { form }, ...phiExtra !== undefined && { phiExtra },
  }, random)
  const [identity, authR, authI] = forged.messages
  return { ...forged, messages: [{ by: 'bob', message: identity }, { by: 'alice', message: authR }, { by: 'bob', message: authI }] }
}

function offline({ bob, alice, signer, form, phiExtra, now }: TranscriptForgery, ensemble: Ensemble, random: RandomSource): Begun {
  if (signer === undefined) throw new OtrError('OTR_ARGUMENT', 'a non-interactive key exchange needs a key that signs: its one-time key is in the ensemble')
  const forged = forgeNonInteractiveAuth({
    bob: { address: bob.address, ensemble }, alice, signer, now, ...form !== undefined && { form }, ...phiExtra !== undefined && { phiExtra },
  }, random)
  return { ...forged, messages: [{ by: 'alice', message: forged.message }] }
}

const other = { alice: 'bob', bob: 'alice' } as const

/** Two sessions in this process that talk to each other. */
class ForgedTalk {
  readonly #sides: Readonly<Record<Role, KnownSide>>
  readonly #sessions: Record<Role, V4Session>
  readonly #contexts: Readonly<Record<Role, V4Context>>

  constructor(sides: Readonly<Record<Role, KnownSide>>, { bob, alice }: Begun, env: { readonly random: RandomSource, readonly now: number }) {
    this.#sides = sides
    this.#sessions = { bob, alice }
    this.#contexts = { bob: sendingContext(sides.bob, sides.alice, env), alice: sendingContext(sides.alice, sides.bob, env) }
  }

  line(by: Role, message: OtrMessageV4): TranscriptLine {
    return { from: this.#sides[by].address, to: this.#sides[other[by]].address, message: armorMessage(message) }
  }

  say({ from, text, tlvs, time }: ForgedText): TranscriptLine {
    const [line] = this.#take(from, sendMessage(this.#sessions[from], { text, ...tlvs !== undefined && { tlvs } }, this.#contexts[from]))
    if (line === undefined) throw new OtrError('OTR_INTERNAL', 'a text makes a message')
    return { ...line, ...time !== undefined && { time }, text }
  }

  end(by: Role): TranscriptLine[] {
    return this.#take(by, endSession(this.#sessions[by], this.#contexts[by]))
  }

  /** Delivers to each side what the other sends. */
  #take(by: Role, { state, outgoing }: V4Step): TranscriptLine[] {
    this.#sessions[by] = state
    const to = other[by]
    return outgoing.map((message) => {
      // At once: what is shared with a session may be wiped later.
      const line = this.line(by, message)
      const received = receiveMessage(this.#sessions[to], message, this.#contexts[to])
      if (received.refused !== undefined) throw new OtrError('OTR_INTERNAL', `a forged message was refused: ${received.refused}`)
      this.#sessions[to] = received.state
      return line
    })
  }

  wipe(): void {
    dropSession(this.#sessions.bob)
    dropSession(this.#sessions.alice)
  }
}
