import type { Ability } from './ability.js'
import type { PairOptions, Stage } from './stage.js'

/** `must`: a program that claims the feature fails if it does not do this. `should`: the report says so, but the program does not fail. */
export type RequirementLevel = 'must' | 'should'

/** The document that has the requirement. */
export interface Section {
  readonly document: keyof typeof documents
  readonly title: string
}

/** The documents, and where they are. */
export const documents = {
  'OTRv2': 'https://otr.cypherpunks.ca/Protocol-v2-3.1.0.html',
  'OTRv3': 'https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html',
  'OTRv4': 'https://github.com/otrv4/otrv4/blob/master/otrv4.md',
  'OTRv4 modes': 'https://github.com/otrv4/otrv4/tree/master/modes',
  'OTRv4 prekey server': 'https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md',
  'peer protocol': 'docs/guides/testing.md',
} as const

/** The groups, in the order in which they run. */
export const groups = {
  'peer': 'the peer protocol itself',
  'v2-offer': 'version 2: how a conversation begins',
  'v2-ake': 'version 2: the key exchange',
  'v2-crossing': 'version 2: both begin at once',
  'v2-data': 'version 2: messages',
  'v2-rotation': 'version 2: new keys while one talks',
  'v2-reveal': 'version 2: MAC keys that are published',
  'v2-smp': 'version 2: the Socialist Millionaires\' Protocol',
  'v2-fragments': 'version 2: messages in pieces',
  'v2-tags': 'version 2: no instance tags',
  'v2-tlvs': 'version 2: what travels beside a text',
  'v2-errors': 'version 2: messages that cannot be read',
  'v2-end': 'version 2: the end of a conversation',
  'v3-offer': 'version 3: how a conversation begins',
  'v3-ake': 'version 3: the key exchange',
  'v3-crossing': 'version 3: both begin at once',
  'v3-data': 'version 3: messages',
  'v3-rotation': 'version 3: new keys while one talks',
  'v3-reveal': 'version 3: MAC keys that are published',
  'v3-smp': 'version 3: the Socialist Millionaires\' Protocol',
  'v3-fragments': 'version 3: messages in pieces',
  'v3-tags': 'version 3: instance tags',
  'v3-tlvs': 'version 3: what travels beside a text',
  'v3-extra-key': 'version 3: extra keys',
  'v3-errors': 'version 3: messages that cannot be read',
  'v3-end': 'version 3: the end of a conversation',
  'v4-profile': 'version 4: client profiles',
  'v4-dake': 'version 4: the key exchange',
  'v4-crossing': 'version 4: both begin at once',
  'v4-replay': 'version 4: what was sent before',
  'v4-ratchet': 'version 4: the double ratchet',
  'v4-order': 'version 4: messages out of order',
  'v4-loss': 'version 4: lost messages',
  'v4-skipped': 'version 4: skipped keys',
  'v4-smp': 'version 4: the Socialist Millionaires\' Protocol',
  'v4-extra-key': 'version 4: extra keys',
  'v4-fragments': 'version 4: messages in pieces',
  'v4-expiry': 'version 4: sessions that expire',
  'v4-heartbeat': 'version 4: heartbeats',
  'v4-end': 'version 4: the end of a conversation',
  'v4-offline': 'version 4: messages to people who are away',
  'v4-prekey-server': 'version 4: the prekey server',
  'v4-modes': 'version 4: its modes',
  'negotiation': 'which version is spoken',
  'robustness': 'what nobody should have sent',
} as const

export type GroupId = keyof typeof groups

/** One thing that a program has to do, and the test that finds out whether it does. */
export interface Scenario {
  /** Stable, unique, in lower case with hyphens; begins with the group. */
  readonly id: string
  readonly group: GroupId
  /** The requirement, as a sentence without a full stop. */
  readonly title: string
  readonly level: RequirementLevel
  readonly section: Section
  /** What the program is sent. */
  readonly sent: string
  /** What must be seen. */
  readonly expected: string
  /** What goes wrong for people if a program does not do this. */
  readonly why: string
  /** What the program needs for it. If the program lacks one of these, the scenario is "unsupported". */
  readonly needs: readonly Ability[]
  /** What the other side needs for it; the same, if this is missing. */
  readonly partnerNeeds?: readonly Ability[]
  /** How the two accounts are opened; undefined where the scenario opens them by itself. */
  readonly accounts?: PairOptions
  /** Plays it. It throws `Unmet` where something expected is not there. */
  readonly play: (stage: Stage) => Promise<void>
}

/** A section's document and title, and where to read it. */
export function sectionText({ document, title }: Section): string {
  return `${document}, "${title}": ${documents[document]}`
}
