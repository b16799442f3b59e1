import { ringVerify } from '../crypto/index.js'
import { dakeTranscripts } from '../v4/dake-transcripts.js'
import { verifyClientProfile } from '../v4/index.js'
import { armorMessage, hexEncode, roleOfMessage, type AuthIMessage, type AuthRMessage, type ClientProfile, type IdentityMessage, type OtrMessage } from '../wire/index.js'
import { decodeTranscript, type MessageLine } from './decode.js'
import { dataLines, publishedMacKeys, type PublishedMacKey } from './published.js'
import type { Transcript, TranscriptFault } from './transcript.js'

/** What a transcript is, without any secret. */
export interface Examination {
  /** The protocol version of most of its messages; absent without any message. */
  readonly version?: 2 | 3 | 4
  /** Its messages, decoded. */
  readonly messages: readonly MessageLine[]
  /** What is wrong, by line. What is not named here is as an honest conversation would have it. */
  readonly faults: readonly TranscriptFault[]
  /** The Client Profiles that its key exchanges show, by the address that sent each: the first one of each address. */
  readonly profiles: readonly { readonly address: string, readonly clientProfile: ClientProfile }[]
  /** The MAC keys that it has published, and what each lets anybody change. */
  readonly published: readonly PublishedMacKey[]
}

/**
 * Examines a transcript as a judge without any secret would. Reports, by line, the messages that are not well formed, have another version, are cut off,
 * belong to another session, or do not verify. A forged transcript passes like a true one.
 *
 * Signatures of version 4 are checked where the addresses are known. Dates are not, because a transcript may be old.
 *
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function examineTranscript(transcript: Transcript): Examination {
  const { messages, faults: undecoded } = decodeTranscript(transcript)
  const published = publishedMacKeys(messages)
  const version = mostCommonVersion(messages)
  const ofVersion = messages.filter(({ message }) => versionOf(message) === version)
  const faults = [
    ...undecoded,
    ...messages.filter((line) => !ofVersion.includes(line)).map(({ at, message }): TranscriptFault => ({
      at, fault: 'version', detail: `a message of version ${versionOf(message)} among those of version ${version ?? 0}`,
    })),
    ...repeated(messages),
    ...handshakeFaults(ofVersion),
    ...sessionFaults(ofVersion),
    ...published.filter(({ authenticates }) => authenticates.length === 0).map(({ revealedAt }): TranscriptFault => ({
      at: revealedAt, fault: 'cut', detail: 'reveals a MAC key that fits no message before it: that message is missing, or was changed',
    })),
  ]
  return {
    ...version !== undefined && { version }, messages, faults: faults.sort((a, b) => a.at - b.at), profiles: profilesOf(ofVersion), published,
  }
}

function versionOf({ kind }: OtrMessage): 2 | 3 | 4 {
  return Number(kind.charAt(1)) as 2 | 3 | 4
}

function mostCommonVersion(messages: readonly MessageLine[]): 2 | 3 | 4 | undefined {
  const count = (version: number): number => messages.filter(({ message }) => versionOf(message) === version).length
  return messages.length === 0 ? undefined : ([4, 3, 2] as const).reduce((most, one) => count(one) > count(most) ? one : most)
}

function repeated(messages: readonly MessageLine[]): TranscriptFault[] {
  const seen = new Map<string, number>()
  return messages.flatMap(({ at, message }): TranscriptFault[] => {
    const line = armorMessage(message)
    const first = seen.get(line)
    if (first === undefined) seen.set(line, at)
    return first === undefined ? [] : [{ at, fault: 'repeated', detail: `the same message as in line ${first}` }]
  })
}

/** The profiles and ring signatures of the interactive DAKEs. A non-interactive one cannot be checked without its ensemble. */
function handshakeFaults(messages: readonly MessageLine[]): TranscriptFault[] {
  const faults: TranscriptFault[] = []
  const tell = (at: number, fault: TranscriptFault['fault'], detail: string): void => { faults.push({ at, fault, detail }) }
  const identities: { readonly line: MessageLine, readonly message: IdentityMessage }[] = []
  const answers: { readonly line: MessageLine, readonly identity: IdentityMessage, readonly message: AuthRMessage }[] = []
  for (const line of messages) {
    const { at, message } = line
    if ('clientProfile' in message && profileFault(message) !== undefined) tell(at, 'unverified', `its Client Profile does not verify: ${profileFault(message) ?? ''}`)
    if (message.kind === 'v4-identity') identities.push({ line, message })
    if (message.kind === 'v4-auth-r') {
      const asked = identities.filter(({ message: { senderTag } }) => senderTag === message.receiverTag)
      const found = asked.find((one) => isKnown(line) ? verifiesAuthR(one.message, message, line) : true)
      if (asked.length === 0) tell(at, 'cut', 'answers an Identity message that is not here: its signature cannot be checked')
      else if (found === undefined) tell(at, 'unverified', 'its ring signature fits no Identity message before it')
      else answers.push({ line, identity: found.message, message })
    }
    if (message.kind === 'v4-auth-i') {
      const asked = answers.filter(({ message: { senderTag, receiverTag } }) => senderTag === message.receiverTag && receiverTag === message.senderTag)
      if (asked.length === 0) tell(at, 'cut', 'completes an Auth-R message that is not here: its signature cannot be checked')
      else if (isKnown(line) && !asked.some((one) => verifiesAuthI(one.identity, one.message, message, line))) tell(at, 'unverified', 'its ring signature fits no Auth-R message before it')
    }
  }
  return faults
}

function isKnown({ from, to }: MessageLine): boolean {
  return from !== '' && to !== ''
}

function profileFault(message: IdentityMessage | AuthRMessage | { readonly clientProfile: ClientProfile, readonly senderTag: number }): string | undefined {
  const { clientProfile, senderTag } = message
  const verdict = verifyClientProfile(clientProfile, { senderTag, now: clientProfile.expiration - 1 })
  return 'fault' in verdict ? verdict.fault : undefined
}

// RVrf({F_b, H_a, Y}, sigma, t)
function verifiesAuthR(identity: IdentityMessage, authR: AuthRMessage, { from, to }: MessageLine): boolean {
  const t = dakeTranscripts({ identity, authR, bobAccount: to, aliceAccount: from }).authR()
  return ringVerify([identity.clientProfile.forgingKey, authR.clientProfile.publicKey, identity.y], authR.sigma, t) !== undefined
}

// RVrf({H_b, F_a, X}, sigma, t)
function verifiesAuthI(identity: IdentityMessage, authR: AuthRMessage, { sigma }: AuthIMessage, { from, to }: MessageLine): boolean {
  const t = dakeTranscripts({ identity, authR, bobAccount: from, aliceAccount: to }).authI()
  return ringVerify([identity.clientProfile.publicKey, authR.clientProfile.forgingKey, authR.x], sigma, t) !== undefined
}

/**
 * Data messages of two sessions in one transcript: the same place of a ratchet with two keys, though no key exchange is between them; and
 * data messages with no key exchange before them.
 */
function sessionFaults(messages: readonly MessageLine[]): TranscriptFault[] {
  const faults: TranscriptFault[] = []
  let begun = false
  let places = new Map<string, { readonly key: string, readonly at: number }>()
  // Of earlier sessions too: their last messages may be under way when the next one begins.
  const seen = new Set<string>()
  const data = new Map(dataLines(messages).map(({ at, message }) => [at, message]))
  for (const { at, from, message } of messages) {
    const read = data.get(at)
    if (read === undefined) {
      // A completed key exchange makes a session with places of its own.
      const role = roleOfMessage(message)
      if (role === 'completes' || role === 'offline') places = new Map()
      begun = true
      continue
    }
    if (!begun) faults.push({ at, fault: 'cut', detail: 'no key exchange comes before it: who wrote it cannot be told' })
    begun = true
    const [place, key] = read.kind === 'v4-data' ? [read.ratchetId, read.ecdh] : [read.senderKeyId + 1, read.nextDh]
    // Version 2 has no tags: without addresses nobody can tell who is at that place.
    if (read.kind === 'v2-data' && from === '') continue
    const name = `${read.kind === 'v2-data' ? JSON.stringify(from) : ''} ${read.senderTag} ${read.receiverTag} ${place}`
    const whole = `${name} ${hexEncode(key)}`
    const known = places.get(name)
    if (known === undefined && !seen.has(whole)) places.set(name, { key: hexEncode(key), at })
    else if (known !== undefined && known.key !== hexEncode(key) && !seen.has(whole)) faults.push({ at, fault: 'session', detail: `belongs to another session than line ${known.at}: it has the same place in its ratchet, and another key` })
    seen.add(whole)
  }
  return faults
}

function profilesOf(messages: readonly MessageLine[]): { readonly address: string, readonly clientProfile: ClientProfile }[] {
  const found = new Map<string, ClientProfile>()
  for (const { from, message } of messages) if ('clientProfile' in message && !found.has(from)) found.set(from, message.clientProfile)
  return [...found].map(([address, clientProfile]) => ({ address, clientProfile }))
}
