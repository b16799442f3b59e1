import { deliveryMark } from '../session/conversation/receive/delivery-mark.js'
import { Refusal, type Plain } from './codec.js'
import { publicBytes } from '../wire/public-bytes.js'

/*
 * Migrates records from form 1 to form 2. Form 1 also stored what follows from the keys (the trust of the last session, what a waiting message
 * requires), and it counted keys as verified because a version 3 key had signed them.
 */

/** A conversation. `lastVerified`, and what waiting and sent messages asked of a key, are gone: see `floorOf`. */
export function conversationFrom1(old: Plain): Plain {
  const row = rowOf(old, 23)
  const { keys, history, anyVerified } = trustFrom1(row[15], row[16])
  return [
    ...row.slice(0, 3), row[3] === true || anyVerified, ...row.slice(5, 7), rows(row[7]).map(sessionFrom1), row[8] ?? null,
    rows(row[9]).map((held) => rowOf(held, 7).slice(0, 5)),
    row[10] ?? null, rows(row[11]).map(deviceFrom1), row[12] ?? null,
    rows(row[13]).map((sent) => rowOf(sent, 13).toSpliced(7, 1)),
    row[14] ?? null, keys, history, ...row.slice(17, 22),
    rows(row[22]).map((id) => typeof id === 'string' ? deliveryMark(id) : refuse()), null, null, null,
  ]
}

/** A device: nothing was known of how its program writes text, nor of its heartbeats. */
function deviceFrom1(old: Plain): Plain {
  return [...rowOf(old, 6), null, null]
}

/** A session: keys that are gone were not remembered, to know them when they come again; nor what says that the other side has lost it. */
function sessionFrom1(old: Plain): Plain {
  const [tag = null, state = null, ...rest] = rowOf(old, 6)
  const [version = null, session = null] = rowOf(state, 2)
  return [tag, [version, version === 3 ? v3From1(rows(session)) : v4From1(rows(session))], ...rest, null, null]
}

function v3From1(fields: readonly Plain[]): Plain {
  return fields[0] === 'encrypted' ? fields.with(8, rowOf(fields[8], 9).toSpliced(8, 0, [])).with(9, smpFrom1(fields[9])) : fields
}

function v4From1(fields: readonly Plain[]): Plain {
  const withSide = fields.with(4, rows(fields[4]).map((side) => rowOf(side, 8).with(5, ratchetFrom1(rowOf(side, 8)[5]))))
  return fields[0] === 'encrypted' ? withSide.with(10, ratchetFrom1(fields[10])).with(11, smpFrom1(fields[11])) : withSide
}

/** What was asked was not remembered; a verification that was under way is aborted when the client comes back in any case. */
function smpFrom1(old: Plain | undefined): Plain {
  const fields = rows(old)
  return fields[0] === 'expect2' ? fields.toSpliced(4, 0, null, false) : fields
}

/** Of the public keys that were not kept, no DH key at all and 57 zeros, which are no point, are equal to none. */
function ratchetFrom1(old: Plain | undefined): Plain {
  const fields = rowOf(old, 12).toSpliced(7, 0, new Uint8Array(0))
  return fields[0] === 'ours' ? [...fields, publicBytes(57)] : fields
}

/** A correspondent of an account that moves. */
export function movingCorrespondentFrom1(old: Plain): Plain {
  const row = rowOf(old, 9)
  const { keys, history, anyVerified } = trustFrom1(row[5], row[6])
  return [...row.slice(0, 3), row[3] === true || anyVerified, keys, history, rows(row[7]).map(deviceFrom1), ...row.slice(8)]
}

/** An event of the journal, with its number. */
export function journalFrom1(old: Plain): Plain {
  const [id = null, event = null] = rowOf(old, 2)
  const fields = rows(event)
  switch (fields[0]) {
    // A line: nobody said whether it was an action.
    case 'send': return [id, [...fields, null]]
    // `via`, `raw`, `trust`, `keyTrust`, `cause`, `offered`, `held`, `beginning`, `probablyLost`: nothing was known of them.
    case 'message': return [id, [...fields, null, fields[5] === true && fields[8] === 3 ? 'unknown' : 'text', null]]
    case 'state': return [id, [...fields, null]]
    case 'smp': return [id, [...fields, null, null]]
    // A correspondent who had been taken for one who moved: "peer" was the new address, "detail" the old one.
    case 'notice': return [id, [...fields[5] === 'renamed' ? [...fields.slice(0, 3), fields[6] ?? null, fields[4] ?? null, 'moved', fields[3] ?? null] : fields, null, null, null, null, null]]
    default: return [id, fields]
  }
}

/**
 * Keys and their history. A key that was verified by a signature alone has to be verified anew: it counts as one that came after others.
 * The version 3 key that was said to sign it stays what it is, so nothing goes to the other one until a person says so.
 */
function trustFrom1(keys: Plain | undefined, history: Plain | undefined): { readonly keys: readonly Plain[], readonly history: readonly Plain[], readonly anyVerified: boolean } {
  const changes: Plain[] = []
  const now = rows(keys).map((key) => {
    const [version = null, fingerprint = null, trust = null, how = null, firstSeen = null, lastSeen = null, tally = null] = rowOf(key, 7)
    if (trust !== 'verified' || how !== 'transitional') return [version, fingerprint, trust, how, firstSeen, lastSeen, tally, null, null]
    changes.push([lastSeen ?? firstSeen, version, fingerprint, 'verified', 'changed', 'transitional'])
    return [version, fingerprint, 'changed', 'shown', firstSeen, lastSeen, tally, null, null]
  })
  return { keys: now, history: [...rows(history), ...changes], anyVerified: rows(keys).some((key) => rowOf(key, 7)[2] === 'verified') }
}

function rows(plain: Plain | undefined): readonly Plain[] {
  return Array.isArray(plain) ? plain as readonly Plain[] : refuse()
}

function rowOf(plain: Plain | undefined, length: number): readonly Plain[] {
  const row = rows(plain)
  return row.length === length ? row : refuse()
}

function refuse(): never {
  throw new Refusal('not the first form')
}
