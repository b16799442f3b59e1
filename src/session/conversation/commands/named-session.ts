import { publicHex } from '../../../wire/index.js'
import { OtrError } from '../../../errors.js'
import type { SendTo } from '../../policy.js'
import { chooseSessions, maySend, rankSessions } from '../instances.js'
import type { SessionEntry } from '../state.js'
import type { Transaction } from '../transaction.js'

/** Which session a command is about; if nothing is named, the one that text goes to. */
export interface SessionOption {
  /** An instance tag. */
  readonly instance?: number | undefined
  /** Hex. Needed if there are several keys under one tag. */
  readonly fingerprint?: string | undefined
}

export const noPrivateConversation = 'there is no private conversation'

/** The same choice for something that can go to one session only. */
export function singleTarget(sendTo: SendTo): SendTo {
  return sendTo === 'all' ? 'best' : sendTo
}

/** The encrypted sessions of the named instance or with the named key; all of them if nothing is named. Best first. */
export function namedSessions({ draft }: Pick<Transaction, 'draft'>, { instance, fingerprint }: SessionOption): ReturnType<typeof rankSessions> {
  const hex = fingerprint?.replaceAll(/\s/g, '').toLowerCase()
  return rankSessions(draft).filter(({ entry, status }) => status.messageState === 'encrypted' &&
    (instance === undefined || entry.tag === instance) &&
    (hex === undefined || (status.fingerprint !== undefined && publicHex(status.fingerprint) === hex)))
}

/** The named session; if nothing is named, the one that text goes to, otherwise the best encrypted one. @throws OtrError `OTR_NOT_ENCRYPTED` */
export function namedSession(transaction: Transaction, where: SessionOption): SessionEntry {
  const named = namedSessions(transaction, where)
  const found = where.instance === undefined && where.fingerprint === undefined
    ? chooseSessions(transaction.draft, singleTarget(transaction.policy.sendTo), { requireVerified: false })[0] ?? named[0]?.entry
    : (named.find(({ entry }) => maySend(transaction.draft, entry, false)) ?? named[0])?.entry
  if (found === undefined) throw new OtrError('OTR_NOT_ENCRYPTED', noPrivateConversation)
  return found
}
