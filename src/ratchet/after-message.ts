import type { HandCopied } from '../protocol/index.js'
import type { RatchetBase, RatchetOurs, RatchetState, RatchetTheirs, ReceivingChain, SendingChain } from './state.js'

/** What every message changes, whichever way it goes. */
export interface MessageChanges {
  readonly skipped: RatchetBase['skipped']
  readonly macKeysToReveal: RatchetBase['macKeysToReveal']
  readonly expiryFrom: number
}

/** What `withOptional` puts in, and `MessageChanges` has. */
type Optional = 'ourDh' | 'receiving' | 'expiryFrom'

type Draft<State> = { -readonly [Field in keyof State]: State[Field] }

// Written out, field by field: with every message, spreading costs more than encrypting.

/** The state after a message was sent. */
export function afterSent(state: RatchetTheirs, sending: SendingChain, changes: MessageChanges): RatchetTheirs {
  return theirs(state, sending, state.receiving, changes)
}

/** The state after a message was received in the newest chain. */
export function afterReceived(state: RatchetState, receiving: ReceivingChain, changes: MessageChanges): RatchetState {
  return state.turn === 'theirs' ? theirs(state, state.sending, receiving, changes) : ours(state, receiving, changes)
}

function theirs(
  { rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDh, ourDhPublic }: RatchetTheirs, sending: SendingChain, receiving: ReceivingChain | undefined,
  { skipped, macKeysToReveal, expiryFrom }: MessageChanges,
): HandCopied<RatchetTheirs, Optional> {
  const after: Draft<RatchetTheirs> =
    { turn: 'theirs', rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDhPublic, sending, skipped, macKeysToReveal, expiryFrom }
  return withOptional(after, ourDh, receiving)
}

function ours(
  { rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDh, ourDhPublic, previousChain, ourEcdh }: RatchetOurs, receiving: ReceivingChain,
  { skipped, macKeysToReveal, expiryFrom }: MessageChanges,
): HandCopied<RatchetOurs, Optional> {
  const after: Draft<RatchetOurs> =
    { turn: 'ours', rootKey, braceKey, ratchetId, theirEcdh, theirDh, ourDhPublic, previousChain, ourEcdh, skipped, macKeysToReveal, expiryFrom }
  return withOptional(after, ourDh, receiving)
}

function withOptional<State extends Draft<RatchetBase>>(
  after: State, ourDh: RatchetBase['ourDh'], receiving: ReceivingChain | undefined,
): State {
  if (ourDh !== undefined) after.ourDh = ourDh
  if (receiving !== undefined) after.receiving = receiving
  return after
}
