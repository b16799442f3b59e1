import type { NoticeCode } from '../../protocol/index.js'
import type { ClientEvent, Origin } from '../../session/event.js'
import type { JournalEntry } from '../../session/persistence.js'
import { bytes, count, flag, mapped, oneOf, optional, struct, text, uint32, union, yes, type Codec, type Fields } from '../codec.js'
import { instanceTag } from './wire.js'

const version = oneOf(3, 4)

const origin: Fields<Origin> = { peer: text(), instance: instanceTag, version }

/** The list of codes is `NoticeCode`'s alone. One that was stored is known to every later version: codes are never taken back. */
const noticeCode = mapped<NoticeCode, string>(text(64), (code) => code, (code) => code as NoticeCode)

/** What a client tells its host. */
export const event: Codec<ClientEvent> = union<ClientEvent, 'type'>('type', {
  'send': { to: text(), message: text() },
  'message': {
    from: text(),
    text: text(),
    encrypted: flag,
    unencrypted: optional(yes),
    instance: optional(instanceTag),
    version: optional(version),
    offline: optional(yes),
  },
  'state': {
    ...origin,
    state: oneOf('plaintext', 'handshake', 'encrypted', 'finished'),
    ssid: optional(text(16)),
    fingerprint: optional(text(112)),
    trust: optional(oneOf('unknown', 'verified')),
    key: optional(oneOf('new', 'known', 'changed')),
  },
  'smp': {
    ...origin,
    event: oneOf('asked', 'in-progress', 'succeeded', 'failed', 'aborted', 'cheated'),
    question: optional(text()),
    attempts: optional(count()),
  },
  'extra-key': { ...origin, key: bytes(), context: uint32, data: bytes() },
  'tlv': { ...origin, tlvType: count(0xffff), value: bytes() },
  'revealed-mac-keys': { ...origin, keys: bytes() },
  'outbox': { peer: text(), event: oneOf('held', 'released', 'cancelled'), held: count() },
  'notice': { peer: optional(text()), instance: optional(instanceTag), code: noticeCode, detail: optional(text()) },
})

/** An event that the host has not confirmed. */
export const journalEntry = struct<JournalEntry>({ id: count(), event })
