import type { Conversation, HeldMessage, Opening, SessionEntry } from '../../session/conversation/state.js'
import type { Contact } from '../../session/conversation/contact.js'
import type { KnownDevice } from '../../session/known/device.js'
import type { KnownFormat } from '../../session/text/text-format.js'
import type { Bucket } from '../../session/budget/token-bucket.js'
import type { SessionState } from '../../session/versions/adapter.js'
import type { SendTo } from '../../session/policy.js'
import type { SentMessage } from '../../session/conversation/sent-message.js'
import type { UnreadableLines } from '../../session/conversation/unreadable-lines.js'
import type { KnownKey, TrustChange } from '../../session/known/key-book.js'
import type { SmpTally } from '../../smp/index.js'
import type { FragmentAssembler, OpenMessage } from '../../wire/index.js'
import { bytes, count, flag, list, mapped, oneOf, optional, orUndefined, real, struct, text, uint32, union, yes, type Codec, type Plain } from '../codec.js'
import { partialPolicy } from './policy.js'
import { smpTally } from './smp.js'
import { fingerprint, howTrusted, keyVersion, lossSign, trust, version } from './trust.js'
import { v3Session } from './v3.js'
import { learnedDialect, v4Session } from './v4.js'
import { anyMessage, instanceTag, tlv } from './wire.js'

const sessionState: Codec<SessionState> = union<SessionState, 'version'>('version', {
  2: { session: v3Session },
  3: { session: v3Session },
  4: { session: v4Session },
})

const sendTo = oneOf<SendTo>('best', 'recent', 'all')

/** A word, or the tag of an instance. */
const target: Codec<SendTo | number> = {
  shape: { is: 'other', what: 'a word (best, recent, all), or an instance tag' },
  encode: (value) => typeof value === 'number' ? instanceTag.encode(value) : sendTo.encode(value),
  decode: (plain: Plain) => typeof plain === 'number' ? instanceTag.decode(plain) : sendTo.decode(plain),
}


/** A message that is not complete, without its pieces: each of them is a record of its own. */
type OpenMessageHead = Omit<OpenMessage, 'pieces' | 'received'>

const openMessage = mapped<OpenMessage, OpenMessageHead>(
  struct<OpenMessageHead>({
    version, identifier: uint32, senderTag: instanceTag, receiverTag: instanceTag, total: count(0xffff), bytes: count(), since: real,
  }),
  (message) => message,
  (head) => ({ ...head, received: 0, pieces: [] }),
)

/** A key of a correspondent. */
export const knownKey = struct<KnownKey>({
  version: keyVersion, fingerprint, trust, how: howTrusted, firstSeen: real, lastSeen: optional(real), smpTally: optional(struct<SmpTally>(smpTally)),
  accepted: optional(yes),
  onlyIn2: optional(yes),
})

/** A line of its history. */
export const trustChange = struct<TrustChange>({ at: real, version: keyVersion, fingerprint, from: trust, to: trust, how: howTrusted })

/** A device of a correspondent. */
export const knownDevice = struct<KnownDevice>({
  tag: instanceTag, version, fingerprint, firstSeen: real, lastSeen: real, name: optional(text()),
  text: optional(struct<KnownFormat>({ format: oneOf('plain', 'html', 'escapes'), by: oneOf('program', 'text') })),
  noHeartbeats: optional(flag),
})

/** A conversation as its record has it: of fragments only what they belong to. */
export const conversation = struct<Conversation>({
  peer: text(),
  policy: partialPolicy,
  known: flag,
  latched: flag,
  heardPlaintext: flag,
  queriedAt: orUndefined(real),
  sessions: list(struct<SessionEntry>({
    tag: instanceTag,
    state: sessionState,
    active: real,
    handshakeAt: real,
    handshakeTries: count(),
    answersQuestion: flag,
    answerBy: optional(real),
    lostBy: optional(lossSign),
  })),
  openings: list(struct<Opening>({
    state: sessionState,
    since: real,
    tries: count(),
    message: anyMessage,
    answeredBy: list(instanceTag),
    settled: flag,
  })),
  outbox: list(struct<HeldMessage>({
    id: count(),
    text: text(),
    tlvs: list(tlv),
    to: orUndefined(target),
    since: real,
  })),
  nextHeld: count(),
  devices: list(knownDevice),
  chosen: orUndefined(instanceTag),
  sent: list(struct<SentMessage>({
    id: count(),
    text: bytes(),
    tlvs: list(tlv),
    tag: instanceTag,
    version,
    ssid: text(16),
    fingerprint,
    chain: count(),
    first: flag,
    sentAt: real,
    lostAt: optional(real),
    offered: flag,
  })),
  nextSent: count(),
  keys: list(knownKey),
  trustHistory: list(trustChange),
  learned: learnedDialect,
  fragments: struct<FragmentAssembler>({ open: list(openMessage), bytes: count() }),
  handshakes: struct<Bucket>({ tokens: real, at: real }),
  errorReplyAt: orUndefined(real),
  errorStartAt: orUndefined(real),
  deliveries: list(text(12)),
  contact: orUndefined(struct<Contact>({
    since: optional(real), versions: list(version), answer: optional(oneOf('none', 'unfinished', 'older-draft', 'incompatible', 'version-2')), saidAt: optional(real),
  })),
  unreadable: orUndefined(struct<UnreadableLines>({ version, at: real, toldAt: optional(real) })),
  retrySaidAt: orUndefined(real),
})
