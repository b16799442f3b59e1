import { OtrError } from '../errors.js'
import type { Env } from '../protocol/index.js'
import type { Tlv } from '../wire/index.js'
import type { V3Account, V3Options, V3Session, V3Step } from './session.js'

/** Settings of one data message. */
export interface V3SendOptions {
  /** Sets IGNORE_UNREADABLE: the other side does not complain when it cannot read this. Default: set exactly when `text` is empty. */
  readonly ignoreUnreadable?: boolean
}

/** The result of `extraKeyV3`: also the key. */
export interface V3ExtraKeyStep extends V3Step {
  /** 32 bytes. */
  readonly key: Uint8Array
}

/**
 * Encrypts a text with TLVs behind it into one Data message.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` in any state but encrypted; `OTR_TEXT` for a text with a NUL, which would end it
 */
export function sendV3(
  session: V3Session, text: string, tlvs: readonly Tlv[], account: V3Account, env: Env, options: V3SendOptions = {},
): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, text, tlvs, account, env, options])}`)
}

/**
 * Ends the session ("User requests to end an OTR conversation"): encrypted, it sends TLV 1 with IGNORE_UNREADABLE; finished or in a
 * handshake, it sends nothing. Then plaintext. In plaintext nothing happens.
 */
export function endV3(session: V3Session, account: V3Account, env: Env): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, account, env])}`)
}

/**
 * Tells the other side that we use the extra symmetric key (TLV 8) and for what.
 *
 * @param context four bytes as an unsigned number: what the key is used for
 * @param data what belongs to that use, at most 65,531 bytes
 * @throws OtrError `OTR_NOT_ENCRYPTED`
 */
export function extraKeyV3(session: V3Session, context: number, data: Uint8Array, account: V3Account, env: Env): V3ExtraKeyStep {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, context, data, account, env])}`)
}

/** Sends a heartbeat when one is due; call it when the clock has moved. */
export function tickV3(session: V3Session, account: V3Account, env: Env, options: V3Options): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, account, env, options])}`)
}
