import { OtrError } from '../errors.js'
import { dialects, type LearnedDialect, type NamedDialect } from '../v4/index.js'
import { classify } from '../wire/index.js'
import { PeerError, PeerFault } from './fault.js'
import { Unmet } from './expectation.js'
import { HandV4 } from './hand/hand-v4.js'
import type { PeerLink } from './link.js'
import { Network } from './network.js'
import { Party } from './party.js'

/**
 * The form of version 4 that a program speaks: that of the specification, or of one of the implementations that differ from it. `libotr-ng`: an older
 * draft, none of whose messages a program of the specification's form can read.
 */
export type SpokenDialect = NamedDialect | 'libotr-ng'

/** What differs, in words. */
export const dialectText: Readonly<Record<SpokenDialect, string>> = {
  'spec': 'as the specification says',
  'otrr': "otrr's: a ring signature signs its message with the length in front",
  'otr4j': "otr4j's: a ring signature signs its message with the length in front, and the SMP secret has 64 bytes, not pruned",
  'libotr-ng': "libotr-ng's: an older draft, which nobody else speaks",
}

/** What a client has to know about a correspondent that has such a program. */
export function learnedOf(dialect: SpokenDialect | undefined): LearnedDialect {
  if (dialect === undefined || dialect === 'spec' || dialect === 'libotr-ng') return {}
  const { ring, smpSecret } = dialects[dialect]
  return { ring, smpSecret }
}

/** A program that has no account yet, and what it can do. */
interface Asked {
  readonly open: () => PeerLink
  readonly has: (ability: 'clock' | 'smp') => boolean
}

const us = 'probe@example.org'
const them = 'peer@example.org'

/** Finds out in one or two conversations which dialect a program of version 4 speaks. undefined: none that is known. */
export async function findDialect(asked: Asked): Promise<SpokenDialect | undefined> {
  for (const attempt of [spokenInSession, spokenInIdentity]) {
    const link = asked.open()
    try {
      const found = await attempt(link, asked)
      if (found !== undefined) return found
    } catch (error) {
      // If it does something wrong here, the scenarios will show that.
      if (!(error instanceof Unmet || error instanceof PeerError || error instanceof PeerFault || error instanceof OtrError)) throw error
    } finally {
      await link.close()
    }
  }
  return undefined
}

/** Recognizes the dialect by the form in which its signature verifies, and the form in which SMP succeeds. */
async function spokenInSession(link: PeerLink, asked: Asked): Promise<SpokenDialect | undefined> {
  const { peer, network, now } = await account(link, asked)
  const hand = new HandV4(us, them, network, now)
  await hand.establish()
  if (hand.encrypted.learned.ring !== 'data') return 'spec'
  if (!asked.has('smp')) return 'otrr'
  await hand.say('the first text')
  await peer.call('send', { to: us, text: 'the second text' })
  await network.settle()
  await hand.smpBegin('probe', 'pruned')
  await peer.call('smp-answer', { to: us, secret: 'probe' })
  await network.settle()
  return await hand.smpFinish() === 'succeeded' ? 'otrr' : 'otr4j'
}

/** Recognizes the dialect by the form of the keys in the program's own Identity message. */
async function spokenInIdentity(link: PeerLink, asked: Asked): Promise<SpokenDialect | undefined> {
  const { peer } = await account(link, asked)
  const { out } = await peer.call('start', { to: us, how: 'identity' })
  return out.some((event) => event.type === 'send' && hasOlderKeys(event.message)) ? 'libotr-ng' : undefined
}

async function account(link: PeerLink, { has }: Asked): Promise<{ readonly peer: Party, readonly network: Network, readonly now: number }> {
  const network = new Network()
  const peer = new Party(link, them, network)
  const now = Math.floor(Date.now() / 1000)
  if (has('clock')) await peer.call('clock', { now })
  await peer.call('account', { account: them, versions: '4' })
  return { peer, network, now }
}

/** Whether it is a message with keys in the form of the older draft. */
function hasOlderKeys(line: string): boolean {
  const classified = classify(line)
  return classified.kind === 'malformed' && classified.error.olderDraft
}
