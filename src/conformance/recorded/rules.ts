import { hexEncode, roleOfMessage, versionOfMessage } from '../../wire/index.js'
import { dataLines, eachOf, type Breach, type RecordedRule, type RecordedTalk } from './rule.js'
import { rulesV3 } from './rules-v3.js'
import { rulesV4 } from './rules-v4.js'

/** The faults of that kind in the examination. undefined where the transcript has no message. */
function faultsOf({ messages, examination: { faults } }: RecordedTalk, kind: 'malformed' | 'session'): readonly Breach[] | undefined {
  const found = faults.filter(({ fault }) => fault === kind)
  return messages.length === 0 && found.length === 0 ? undefined : found
}

/** New keys of key exchanges: each belongs to one exchange, which ends with the next message that completes one. */
function exchangeKeys({ messages, completed }: RecordedTalk): { readonly at: number, readonly sender: string, readonly key: string, readonly exchange: number }[] {
  return messages.flatMap(({ at, from, message }) => {
    const key = message.kind === 'v3-dh-key' || message.kind === 'v2-dh-key' ? message.gy
      : message.kind === 'v3-dh-commit' || message.kind === 'v2-dh-commit' ? message.hashedGx
        : message.kind === 'v4-identity' ? message.y : message.kind === 'v4-auth-r' ? message.x : undefined
    return key === undefined ? [] : [{ at, sender: `${from} ${message.senderTag}`, key: hexEncode(key), exchange: completed.filter((end) => end < at).length }]
  })
}

const common: readonly RecordedRule[] = [
  {
    id: 'recorded-decodes', level: 'must', section: { document: 'OTRv4', title: 'Data Message Format' },
    title: 'every encoded message is well formed', looks: 'each line that begins as an encoded message or a fragment', why: 'what one program writes, another has to read',
    check: (talk) => faultsOf(talk, 'malformed'),
  },
  {
    id: 'recorded-tags', level: 'must', section: { document: 'OTRv3', title: 'Instance Tags' },
    title: 'instance tags are from 0x100, and a data message names its receiver\'s', looks: 'the tags of messages of versions 3 and 4', why: 'a person with two programs gets each message at one of them',
    check: ({ messages }) => eachOf(messages.filter(({ message }) => versionOfMessage(message) !== 2), ({ message }) => {
      const { senderTag, receiverTag } = message
      if (senderTag < 0x100) return `the sender's tag is 0x${senderTag.toString(16)}`
      if (receiverTag > 0 && receiverTag < 0x100) return `the receiver's tag is 0x${receiverTag.toString(16)}`
      return receiverTag === 0 && roleOfMessage(message) === 'data' ? 'a data message for no instance' : undefined
    }),
  },
  {
    id: 'recorded-one-key', level: 'must', section: { document: 'OTRv4', title: 'Rotating ECDH Keys and Brace Key as sender' },
    title: 'in one session, a place in the ratchet has one key', looks: 'the key of each ratchet id, or of each key id', why: 'the other side has one key for a place, and reads nothing under another',
    check: (talk) => faultsOf(talk, 'session'),
  },
  {
    id: 'recorded-new-keys', level: 'must', section: { document: 'OTRv3', title: 'Authenticated Key Exchange (AKE)' },
    title: 'each key exchange has new keys', looks: 'the D-H or ECDH keys of key exchanges, and the commitments to them, before and after a completed exchange',
    why: 'if old keys were used again, somebody who breaks in later could read what was said before',
    check: (talk) => {
      const first = new Map<string, { readonly at: number, readonly exchange: number }>()
      return eachOf(exchangeKeys(talk), ({ at, sender, key, exchange }) => {
        const name = `${sender} ${key}`
        const known = first.get(name)
        if (known === undefined) first.set(name, { at, exchange })
        return known === undefined || known.exchange === exchange ? undefined : `it has the key of line ${known.at}, after a completed key exchange`
      })
    },
  },
  {
    id: 'recorded-macs-once', level: 'should', section: { document: 'OTRv4', title: 'Revealing MAC Keys' },
    title: 'a MAC key is published once', looks: 'the MAC keys in all data messages', why: 'it is a sign that a program does not forget what it should forget',
    check: ({ examination: { published } }) => {
      const seen = new Map<string, number>()
      return eachOf(published.map(({ revealedAt, macKey }) => ({ at: revealedAt, name: hexEncode(macKey) })), ({ at, name }) => {
        const first = seen.get(name)
        if (first === undefined) seen.set(name, at)
        return first === undefined ? undefined : first === at ? 'it publishes a MAC key twice' : `it publishes a MAC key that line ${first} has published`
      })
    },
  },
  {
    id: 'recorded-macs-late', level: 'should', section: { document: 'OTRv4', title: 'Revealing MAC Keys' },
    title: 'no message comes under a MAC key that was published before', looks: 'each published MAC key, and the messages that it authenticates', why: 'anybody could have written such a message, and it would be believed',
    check: (talk) => {
      const { published } = talk.examination
      const once = new Set(dataLines(talk).map(({ at }) => at))
      return published.length === 0 ? undefined : published.flatMap(({ revealedAt, authenticates }) => authenticates.filter((at) => at > revealedAt && once.has(at))
        .map((at) => ({ at, detail: `line ${revealedAt} has published its MAC key before` })))
    },
  },
]

/** What is looked for in a recorded transcript, in the order of the report. */
export const recordedRules: readonly RecordedRule[] = [...common, ...rulesV3, ...rulesV4]
