import { aes128Ctr, equalBytes, isValidDh1536, sha256 } from '../../crypto/index.js'
import { hexEncode, Reader, type OtrMessage } from '../../wire/index.js'
import { publicBytes } from '../../wire/public-bytes.js'
import { dataLines, eachOf, type Breach, type DataLine, type RecordedRule, type RecordedTalk } from './rule.js'

type Spoken<Name extends string> = Extract<OtrMessage, { readonly kind: `v2-${Name}` | `v3-${Name}` }>

function of<Name extends string>({ messages }: RecordedTalk, name: Name): { readonly at: number, readonly sender: string, readonly message: Spoken<Name> }[] {
  return messages.flatMap(({ at, from, message }) => message.kind === `v3-${name}` || message.kind === `v2-${name}`
    ? [{ at, sender: `${from} ${message.senderTag}`, message: message as Spoken<Name> }]
    : [])
}

type DataV3 = DataLine & { readonly message: Spoken<'data'> }

const data = (talk: RecordedTalk): DataV3[] => dataLines(talk).filter((line): line is DataV3 => line.message.kind !== 'v4-data')

/** The key pair that a message is encrypted with: the ids alone would not do, because each session counts from the beginning. */
const keysOf = ({ sender, message: { senderKeyId, recipientKeyId, nextDh } }: DataV3): string => `${sender} ${senderKeyId} ${recipientKeyId} ${hexEncode(nextDh)}`

/** The data messages of each session. */
function sessions(talk: RecordedTalk): DataV3[][] {
  const lines = data(talk)
  return [0, ...talk.completed].map((from, n) => lines.filter(({ at }) => at > from && at <= (talk.completed[n] ?? Infinity))).filter((session) => session.length > 0)
}

/** Whether the key that a Reveal Signature Message reveals opens that commitment. */
function opens(revealedKey: Uint8Array, { encryptedGx, hashedGx }: Spoken<'dh-commit'>): Uint8Array | undefined {
  if (revealedKey.length !== 16) return undefined
  const mpi = aes128Ctr(revealedKey, publicBytes(16), encryptedGx)
  return equalBytes(sha256(mpi), hashedGx) ? mpi : undefined
}

function isValidMpi(mpi: Uint8Array): boolean {
  try {
    return isValidDh1536(new Reader(mpi).mpi('g^x'))
  } catch {
    return false
  }
}

/** Rules of versions 3 and 2. */
export const rulesV3: readonly RecordedRule[] = [
  {
    id: 'recorded-v3-dh-key', level: 'must', section: { document: 'OTRv3', title: 'D-H Key Message' },
    title: 'every D-H key is from 2 to the modulus less 2', looks: 'gy of D-H Key Messages, the next key of data messages',
    why: 'with another key anybody can compute the secret',
    check: (talk) => eachOf([...of(talk, 'dh-key').map(({ at, message: { gy } }) => ({ at, key: gy })), ...data(talk).map(({ at, message: { nextDh } }) => ({ at, key: nextDh }))],
      ({ key }) => isValidDh1536(key) ? undefined : 'its D-H key is out of range'),
  },
  {
    id: 'recorded-v3-commitment', level: 'must', section: { document: 'OTRv3', title: 'Authenticated Key Exchange (AKE)' },
    title: 'a Reveal Signature Message opens a D-H Commit Message of its sender', looks: 'the revealed key, with which the committed D-H key is decrypted and hashed',
    why: 'who is bound to no key can choose one when the other is known',
    check: (talk) => {
      const commits = of(talk, 'dh-commit')
      return eachOf(of(talk, 'reveal-signature').filter(({ at, sender }) => commits.some((commit) => commit.sender === sender && commit.at < at)), ({ at, sender, message }) => {
        const opened = commits.filter((commit) => commit.sender === sender && commit.at < at).flatMap((commit) => opens(message.revealedKey, commit.message) ?? [])
        if (opened.length === 0) return 'the key that it reveals opens no D-H Commit Message before it'
        return opened.every(isValidMpi) ? undefined : 'the D-H key that it reveals is out of range'
      })
    },
  },
  {
    id: 'recorded-v3-counter-once', level: 'must', section: { document: 'OTRv3', title: 'Data Message' },
    title: 'no two messages have the same keys and the same counter', looks: 'sender, key ids, next D-H key and counter of each data message',
    why: 'two texts that are encrypted with the same key stream can both be read',
    check: (talk) => {
      const seen = new Map<string, number>()
      return eachOf(data(talk), (line) => {
        const name = `${keysOf(line)} ${hexEncode(line.message.counter)}`
        const first = seen.get(name)
        if (first === undefined) seen.set(name, line.at)
        return first === undefined ? undefined : `it has the keys and the counter of line ${first}, and is another message`
      })
    },
  },
  {
    id: 'recorded-v3-counter-rises', level: 'should', section: { document: 'OTRv3', title: 'Data Message' },
    title: 'the counter rises from message to message, and is never 0', looks: 'the counters under the same keys, in the order of the lines',
    why: 'a receiver reads no message whose counter is not higher than the last one',
    check: (talk) => {
      const last = new Map<string, string>()
      return eachOf(data(talk), (line) => {
        const counter = hexEncode(line.message.counter)
        const before = last.get(keysOf(line)) ?? '0'.repeat(counter.length)
        last.set(keysOf(line), counter)
        return counter > before ? undefined : `its counter is ${counter} after ${before}`
      })
    },
  },
  {
    id: 'recorded-v3-key-ids', level: 'must', section: { document: 'OTRv3', title: 'Data Message' },
    title: 'key ids are above 0 and count up by 1, each with a key of its own', looks: 'the sender\'s key id and next D-H key, message by message, in each session',
    why: 'the other side finds the key by its number; with a wrong one it reads nothing',
    check: (talk) => sessions(talk).length === 0 ? undefined : sessions(talk).flatMap((session) => {
      const last = new Map<string, DataV3>()
      return eachOf(session, (line) => {
        const { senderKeyId, recipientKeyId, nextDh } = line.message
        const before = last.get(line.sender)?.message
        last.set(line.sender, line)
        if (senderKeyId === 0 || recipientKeyId === 0) return 'a key id is 0'
        if (before === undefined) return undefined
        if (senderKeyId < before.senderKeyId || senderKeyId > before.senderKeyId + 1) return `its sender's key id is ${senderKeyId} after ${before.senderKeyId}`
        const same = equalBytes(nextDh, before.nextDh)
        if (senderKeyId === before.senderKeyId && !same) return `its sender's key id is still ${senderKeyId}, and the next key is another one`
        return senderKeyId !== before.senderKeyId && same ? 'the sender\'s next key has become the present one, and is still the next one' : undefined
      }) ?? []
    }),
  },
  {
    id: 'recorded-v3-key-announced', level: 'must', section: { document: 'OTRv3', title: 'Data Message' },
    title: 'a message is for a key that its receiver has announced', looks: 'the receiver\'s key id, and the key ids that the receiver has sent in this session',
    why: 'nobody has a key with another number, so nobody reads the message',
    check: (talk) => {
      const talks = sessions(talk).filter((session) => new Set(session.map(({ sender }) => sender)).size > 1)
      return talks.length === 0 ? undefined : talks.flatMap((session): readonly Breach[] => eachOf(session, ({ at, sender, message }) => {
        const theirs = session.filter((other) => other.sender !== sender && other.at < at).map((other) => other.message.senderKeyId)
        if (theirs.length === 0) return undefined
        const highest = Math.max(...theirs) + 1
        return message.recipientKeyId <= highest ? undefined : `it is for key ${message.recipientKeyId}; the highest that was announced is ${highest}`
      }) ?? [])
    },
  },
]
