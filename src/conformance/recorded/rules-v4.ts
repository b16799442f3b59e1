import { isValidDh3072, isValidEcdh } from '../../crypto/index.js'
import { verifyClientProfile } from '../../v4/index.js'
import { hexEncode, type DataMessageV4, type OtrMessage } from '../../wire/index.js'
import { dataLines, eachOf, type DataLine, type RecordedRule, type RecordedTalk } from './rule.js'

type DataV4 = DataLine & { readonly message: DataMessageV4 }

const data = (talk: RecordedTalk): DataV4[] => dataLines(talk).filter((line): line is DataV4 => line.message.kind === 'v4-data')

/** The public keys of a message, ECDH and DH apart. */
function keysOf(message: OtrMessage): { readonly ecdh: readonly Uint8Array[], readonly dh: readonly Uint8Array[] } | undefined {
  switch (message.kind) {
    case 'v4-identity':
      return { ecdh: [message.y, message.firstEcdh], dh: [message.b, message.firstDh] }
    case 'v4-auth-r':
    case 'v4-non-interactive-auth':
      return { ecdh: [message.x, message.firstEcdh], dh: [message.a, message.firstDh] }
    case 'v4-data':
      return { ecdh: [message.ecdh], dh: message.dh.length === 0 ? [] : [message.dh] }
    default:
      return undefined
  }
}

/** A chain of messages: the id of a ratchet alone would not do, because each session counts from the beginning. */
const chainOf = ({ sender, message: { ratchetId, ecdh } }: DataV4): string => `${sender} ${ratchetId} ${hexEncode(ecdh)}`

/** Rules of version 4. */
export const rulesV4: readonly RecordedRule[] = [
  {
    id: 'recorded-v4-keys', level: 'must', section: { document: 'OTRv4', title: 'Receiving an Identity Message' },
    title: 'every ECDH and DH key is in its group', looks: 'the keys of Identity, Auth-R, Non-Interactive-Auth and data messages',
    why: 'with a key outside of the group, others learn something of the secret, or all of it',
    check: ({ messages }) => eachOf(messages.flatMap(({ at, message }) => {
      const keys = keysOf(message)
      return keys === undefined ? [] : [{ at, ...keys }]
    }), ({ ecdh, dh }) => !ecdh.every(isValidEcdh) ? 'an ECDH key is no point of the group' : !dh.every(isValidDh3072) ? 'a DH key is outside of the group' : undefined),
  },
  {
    id: 'recorded-v4-profile', level: 'must', section: { document: 'OTRv4', title: 'Validating a Client Profile' },
    title: 'a Client Profile is valid when it is sent', looks: 'its signature, keys, versions and instance tag, and its dates where the transcript has times',
    why: 'the other side refuses a conversation with any other profile',
    check: ({ messages, times }) => eachOf(messages.flatMap(({ at, message }) => 'clientProfile' in message ? [{ at, message }] : []), ({ at, message: { clientProfile, senderTag } }) => {
      const verdict = verifyClientProfile(clientProfile, { senderTag, now: times.get(at) ?? clientProfile.expiration - 1 })
      return 'fault' in verdict ? `its Client Profile does not verify: ${verdict.fault}` : undefined
    }),
  },
  {
    id: 'recorded-v4-signature', level: 'must', section: { document: 'OTRv4', title: 'Receiving an Auth-R Message' },
    title: 'the ring signatures of a key exchange verify', looks: 'Auth-R and Auth-I messages, with the messages before them and the addresses',
    why: 'without a signature that verifies there is no conversation',
    check: ({ messages, examination: { faults } }) => {
      const cut = new Set(faults.filter(({ fault }) => fault === 'cut').map(({ at }) => at))
      return eachOf(messages.filter(({ at, from, to, message: { kind } }) => from !== '' && to !== '' && (kind === 'v4-auth-r' || kind === 'v4-auth-i') && !cut.has(at)),
        ({ at }) => faults.find((one) => one.at === at && one.fault === 'unverified' && one.detail.includes('ring signature'))?.detail)
    },
  },
  {
    id: 'recorded-v4-place-once', level: 'must', section: { document: 'OTRv4', title: 'When you send a Data Message' },
    title: 'no two messages have the same place in a chain', looks: 'sender, ratchet id, ECDH key and message id of each data message',
    why: 'the key of a place is used once; two texts under one key can both be read',
    check: (talk) => {
      const seen = new Map<string, number>()
      return eachOf(data(talk), (line) => {
        const name = `${chainOf(line)} ${line.message.messageId}`
        const first = seen.get(name)
        if (first === undefined) seen.set(name, line.at)
        return first === undefined ? undefined : `it has the place of line ${first}, and is another message`
      })
    },
  },
  {
    id: 'recorded-v4-place-next', level: 'should', section: { document: 'OTRv4', title: 'When you send a Data Message' },
    title: 'message ids count from 0 without a gap', looks: 'the message ids of each chain, in the order of the lines', why: 'the other side stores a key for each id that is left out',
    check: (talk) => {
      const next = new Map<string, number>()
      return eachOf(data(talk), (line) => {
        const wanted = next.get(chainOf(line)) ?? 0
        const { messageId } = line.message
        next.set(chainOf(line), Math.max(wanted, messageId + 1))
        return messageId === wanted ? undefined : `its message id is ${messageId}, and ${wanted} is the next one`
      })
    },
  },
  {
    id: 'recorded-v4-previous-chain', level: 'must', section: { document: 'OTRv4', title: 'When you send a Data Message' },
    title: 'a message says that the chain before had at least the messages that were sent in it', looks: 'the previous chain message number, and the chain of the same sender before',
    why: 'with a lower number, what was lost at the end of a chain can never be read',
    check: (talk) => {
      const lines = data(talk)
      return eachOf(lines.flatMap((line) => {
        const begin = Math.max(0, ...talk.completed.filter((at) => at < line.at))
        const before = chainBefore(lines.filter(({ at }) => at > begin), line)
        return before === undefined ? [] : [{ ...line, before }]
      }), ({ before, message: { previousChain } }) => previousChain >= before ? undefined : `it says that the chain before had ${previousChain} messages; ${before} were sent`)
    },
  },
  {
    id: 'recorded-v4-dh-third', level: 'must', section: { document: 'OTRv4', title: 'Rotating ECDH Keys and Brace Key as sender' },
    title: 'the messages of ratchets 0, 3, 6, ... have a DH key, and no other has one', looks: 'the ratchet id and the DH key of each data message',
    why: 'the DH key is what protects a record of the conversation from a quantum computer',
    check: (talk) => eachOf(data(talk), ({ message: { ratchetId, dh } }) => dh.length > 0 === (ratchetId % 3 === 0) ? undefined
      : `a message of ratchet ${ratchetId} has ${dh.length > 0 ? 'a' : 'no'} DH key`),
  },
]

/** How many messages of a session the sender's chain before that of this line has, as far as they are there. undefined: there is none. */
function chainBefore(lines: readonly DataV4[], { at, sender, message }: DataV4): number | undefined {
  const earlier = lines.filter((line) => line.at < at && line.sender === sender && line.message.ratchetId < message.ratchetId)
  const last = earlier.at(-1)
  return last === undefined ? undefined : Math.max(...earlier.filter((line) => chainOf(line) === chainOf(last)).map((line) => line.message.messageId)) + 1
}
