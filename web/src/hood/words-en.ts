import type { Proof, StepName } from './handshake.js'
import type { MessageMark } from './chains.js'
import type { SecretName } from './secrets.js'

const message = (count: number): string => count === 1 ? '1 message' : `${count} messages`
const keys = (count: number): string => count === 1 ? '1 MAC key' : `${count} MAC keys`

/** All words of the panel in English. Its type is what another language has to have. */
export const hoodEn = {
  title: 'Under the hood',
  intro: 'Drawn from the counters of the session and from the lines of the network since the account was opened. No key is shown that is still of use, and nothing that was encrypted.',
  tabs: { handshake: 'Key exchange', ratchet: 'Ratchet', secrets: 'Secrets', network: 'Network' },
  inWords: 'In words',
  save: 'Save as SVG',
  loading: 'Reading the lines …',
  lines: 'All lines, decoded',
  noLines: 'No line has been seen since the account was opened.',
  cut: 'Earlier lines are no longer kept.',
  raw: (length: number) => `${length} characters`,
  you: (name: string) => `you (${name})`,
  handshake: {
    title: 'The key exchange: who proved what',
    kinds: {
      'none': 'No key exchange has been seen yet.',
      'interactive': 'Version 4, both are there.',
      'non-interactive': 'Version 4, one side was away: its keys came from a prekey server.',
      'v3': 'Version 3 or 2.',
    },
    steps: {
      'identity': { name: 'Identity', shows: (by: string) => `${by} shows a Client Profile, signed by the long-term key, and one-time keys Y and B.` },
      'auth-r': { name: 'Auth-R', shows: (by: string) => `${by} shows a profile and one-time keys X and A, with a ring signature over both sides' keys.` },
      'auth-i': { name: 'Auth-I', shows: (by: string) => `${by} sends a ring signature over the same keys.` },
      'prekey': { name: 'Ensemble, by the prekey server', shows: (by: string) => `Before: ${by} left a Client Profile, a Prekey Profile and one-time keys.` },
      'non-interactive-auth': { name: 'Non-Interactive-Auth', shows: (by: string) => `${by} shows a profile and one-time keys, with a ring signature and a MAC.` },
      'dh-commit': { name: 'D-H Commit', shows: (by: string) => `${by} commits to a one-time key and does not show it yet.` },
      'dh-key': { name: 'D-H Key', shows: (by: string) => `${by} shows a one-time key.` },
      'reveal-signature': { name: 'Reveal Signature', shows: (by: string) => `${by} opens the commitment and signs both one-time keys, encrypted.` },
      'signature': { name: 'Signature', shows: (by: string) => `${by} signs both one-time keys, encrypted.` },
    } satisfies Record<StepName, { name: string, shows: (by: string) => string }>,
    proofs: {
      nothing: () => 'Proves nothing yet: anybody could send it again.',
      one: (by: string, to: string) => `Proves to ${to} that it is the key of ${by}. To nobody else: ${to} could have made it too.`,
      all: (by: string, to: string) => `Proves to ${to} that it is the key of ${by}. With the secrets of the exchange it can be shown to others: that there was a conversation, not what was said.`,
    } satisfies Record<Proof, (by: string, to: string) => string>,
    unseen: 'not seen here', waits: 'not there yet',
    done: 'Private from here on. Both have computed the same root key.',
    offlineLater: (peer: string) => `${peer} proves to be there with the first answer.`,
    verified: (peer: string) => `That this is really the key of ${peer} was verified by a person.`,
    unverified: (peer: string) => `Whether this is really the key of ${peer}, no message can say: verify it.`,
    notDone: 'Not private yet.',
  },
  ratchet: {
    title: 'The ratchet: two interleaved chains',
    none: 'There is no private session, so there is no ratchet.',
    ours: 'you', chain: (id: number) => `chain ${id}`, keyId: (id: number) => `D-H key ${id}`,
    brace: { exchange: 'from the key exchange', dh: 'new DH key', hash: 'hash of the last', none: 'new D-H secret' },
    braceLabel: 'brace key', root: 'root key',
    marks: { gone: 'key used and wiped', kept: 'skipped: key kept', unseen: 'not seen here', missing: 'has not come, no key kept' } satisfies Record<MessageMark, string>,
    earlier: (count: number) => count === 1 ? '1 chain before' : `${count} chains before`,
    more: (count: number) => `+${count}`,
    macKeys: (count: number) => `reveals ${keys(count)}`,
    macShort: (count: number) => `MAC: ${count}`,
    next: (id: number, whose: string) => `Next rotation: ${id}, by ${whose}`,
    otherSkipped: (count: number) => `${count} more skipped keys are kept, of messages from before.`,
    sentence: (whose: string, chain: string, brace: string, count: number) => `${whose}, ${chain}: ${message(count)}; ${brace}.`,
    keptIn: (count: number) => `${count} skipped, whose keys are kept.`,
    asSeen: 'From what the network carried: version 3 has no counters to show.',
  },
  secrets: {
    title: 'What is held, and when it is wiped',
    none: 'There is no private session, so none of its secrets exists.',
    held: 'held', wiped: 'wiped',
    rows: {
      'one-time': { name: 'One-time keys of the key exchange', ends: () => 'Wiped when the session began, except where they are the first keys of the ratchet.' },
      'root': { name: 'Root key', ends: (next: number) => `Replaced by rotation ${next}, and wiped.` },
      'brace': { name: 'Brace key', ends: (next: number) => `Hashed on at each rotation; made anew by a DH key at rotation ${next}.` },
      'dh': { name: 'Secret of our DH key (3072 bits)', ends: () => 'Wiped once it was combined with their next DH key.' },
      'ecdh': { name: 'Secret of our ECDH key', ends: () => 'Wiped when their next chain begins.' },
      'sending': { name: 'Sending chain key', ends: (next: number) => `For message ${next}. Replaced with each message, wiped when their next chain begins.` },
      'receiving': { name: 'Receiving chain key', ends: (next: number) => `For message ${next}. Replaced with each message and each chain of theirs.` },
      'message': { name: 'Message keys', ends: () => 'Each is wiped as soon as its message is encrypted or read.' },
      'skipped': { name: 'Keys of skipped messages', ends: (count: number) => `${count} kept. Each is wiped when its message comes, after a day, or after 100 rotations.` },
      'mac': { name: 'MAC keys of what was read', ends: (count: number) => `${count} of the lines seen here wait. Our next chain reveals them: then anybody could have written those messages.` },
      'v3-keys': { name: 'Our two newest D-H keys', ends: () => 'The older one is wiped once they use the newer one.' },
      'v3-session': { name: 'Keys of each pair of D-H keys', ends: () => 'Wiped when one of the pair is no longer of use.' },
      'v3-mac': { name: 'MAC keys of what was read', ends: (count: number) => `Revealed when their D-H key is forgotten: ${count} by the lines seen here.` },
    } satisfies Record<SecretName, { name: string, ends: (number: number) => string }>,
  },
  network: {
    title: 'The lines on the network',
    none: 'No line has been seen yet.',
    effects: { sent: 'sent', accepted: 'accepted', none: 'no visible effect: refused, a repetition, or a sign of life' },
    kinds: { fault: 'cannot be decoded', plaintext: 'in clear', query: 'query', error: 'error message, unauthenticated', fragment: 'fragment' } as Readonly<Record<string, string>>,
    bytes: (count: number) => `${count} bytes`,
    last: (count: number, all: number) => `The last ${count} of ${all}.`,
  },
}

export type HoodWords = typeof hoodEn
