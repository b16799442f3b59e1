import { equalBytes } from '../../crypto/index.js'
import { utf8Encode } from '../../wire/index.js'
import { STORED_PREKEY_LIFETIME } from '../store.js'
import type {
  ClientProfileRecord, EnsembleRecord, PrekeyMessageRecord, PrekeyStore, PublicationRecord, PublishResult, PrekeyProfileRecord, StoreLimits,
} from '../store.js'
import { bytes, integer, sqlState, type Database, type Parameter, type Row, type Runner } from './database.js'
import { migrate } from './schema.js'
import * as statements from './statements.js'
import type { Statement } from './statements.js'

/** The largest number of rows from one search for expired rows. */
const endedAtOnce = 200
/** How often a transaction is tried that conflicts with another. */
const attempts = 5
/** The error codes of such a conflict. The transaction was rolled back then. */
const lost = ['40001', '40P01']
/** The largest number that both SQL and JavaScript can represent exactly. */
const most = Number.MAX_SAFE_INTEGER

interface Instance {
  readonly instanceTag: number
  readonly fingerprint: Uint8Array
  readonly clientProfile: ClientProfileRecord
  readonly prekeyProfile: PrekeyProfileRecord | undefined
}

/** Thrown inside a transaction to roll it back. */
class Refusal extends Error {
  readonly result: PublishResult

  constructor(result: PublishResult) {
    super('refused')
    this.result = result
  }
}

/** A store in SQL. Any number of processes may have the same database open, if the database allows that. */
export class SqlPrekeyStore implements PrekeyStore {
  readonly #database: Database

  private constructor(database: Database) {
    this.#database = database
  }

  /**
   * Creates the tables if there are none, or brings them to this program's version. Closing the store closes the database.
   * @throws OtrError `OTR_PREKEY_STORE_NEWER`
   */
  static async open(database: Database): Promise<SqlPrekeyStore> {
    await migrate(database)
    return new SqlPrekeyStore(database)
  }

  async publish(record: PublicationRecord, limits: StoreLimits, now: number): Promise<PublishResult> {
    try {
      return await again(() => this.#database.transaction((runner) => publish(runner, record, limits, seconds(now))))
    } catch (error) {
      if (error instanceof Refusal) return error.result
      throw error
    }
  }

  async count(identity: string, instanceTag: number, fingerprint: Uint8Array, now: number): Promise<number> {
    const [row] = await run(this.#database, statements.countMessages, [utf8Encode(identity), instanceTag, fingerprint, seconds(now)])
    return integer(row, 'stored')
  }

  async take(identity: string, versions: string, now: number): Promise<readonly EnsembleRecord[]> {
    const rows = await again(() => run(this.#database, statements.takeEnsembles, [utf8Encode(identity), versions, seconds(now)]))
    return rows.map((row) => ({
      instanceTag: integer(row, 'instance_tag'),
      clientProfile: bytes(row, 'client_profile'),
      prekeyProfile: bytes(row, 'prekey_profile'),
      prekeyMessage: bytes(row, 'message'),
      left: Math.max(0, integer(row, 'remain')),
    }))
  }

  async expire(now: number): Promise<void> {
    for (;;) {
      const rows = await run(this.#database, statements.findEnded, [seconds(now), endedAtOnce])
      let changed = false
      // Each identity has a transaction of its own, so that a publisher waits at most for their own rows.
      for (const identity of distinct(rows.map((row) => bytes(row, 'identity')))) {
        changed = await again(() => this.#database.transaction((runner) => expire(runner, identity, seconds(now)))) || changed
      }
      if (rows.length < endedAtOnce || !changed) break
    }
    await this.#database.tidy()
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}

async function publish(runner: Runner, record: PublicationRecord, limits: StoreLimits, now: number): Promise<PublishResult> {
  const { instanceTag, fingerprint } = record
  const identity = utf8Encode(record.identity)
  await run(runner, statements.lockPublisher, [identity, now])
  const { live, ended } = await instances(runner, identity, now)
  const found = live.find((instance) => instance.instanceTag === instanceTag)
  const sameKey = found !== undefined && equalBytes(found.fingerprint, fingerprint)
  if (record.clientProfile === undefined) {
    if (found === undefined) throw new Refusal({ refused: 'no-profile' })
    if (!sameKey) throw new Refusal({ refused: 'other-key' })
  }
  if (found === undefined && live.length >= limits.instancesPerIdentity) throw new Refusal({ refused: 'instances' })

  for (const tag of ended) await dropInstance(runner, identity, tag)
  if (found !== undefined && !sameKey) await run(runner, statements.dropMessages, [identity, instanceTag])
  await run(runner, statements.dropEndedMessages, [identity, now])

  const clientProfile = record.clientProfile ?? found?.clientProfile
  if (clientProfile === undefined) throw new Refusal({ refused: 'no-profile' })
  const prekeyProfile = record.prekeyProfile ?? (sameKey ? found.prekeyProfile : undefined)
  const { added, position, ends } = await notStored(runner, identity, record, limits)
  const newEnds = seconds(now + STORED_PREKEY_LIFETIME)
  await putInstance(runner, identity, { instanceTag, fingerprint, clientProfile, prekeyProfile }, Math.min(ends, newEnds))
  if (added.length > 0) {
    await run(runner, statements.putMessages, [
      identity, instanceTag, added.map((_, at) => position + at), added.map(({ identifier }) => identifier),
      added.map((message) => message.bytes), newEnds,
    ])
  }
  return { stored: added.length, duplicates: record.messages.length - added.length }
}

/**
 * Returns the prekey messages that are not stored yet (`added`), the position for the first of them, and when the first of the stored ones
 * expires (`ends`). Throws a `Refusal` if there would be too many.
 */
async function notStored(
  runner: Runner, identity: Uint8Array, { instanceTag, messages }: PublicationRecord, limits: StoreLimits,
): Promise<{ added: readonly PrekeyMessageRecord[], position: number, ends: number }> {
  const found = messages.length === 0 ? [] : await run(runner, statements.findIdentifiers, [identity, instanceTag, messages.map(({ identifier }) => identifier)])
  const stored = new Set(found.map((row) => integer(row, 'identifier')))
  const added = messages.filter(({ identifier }) => !stored.has(identifier))
  const counts = await run(runner, statements.countByInstance, [identity])
  const total = counts.reduce((sum, row) => sum + integer(row, 'stored'), added.length)
  if (added.length > 0 && total > limits.prekeysPerIdentity) throw new Refusal({ refused: 'prekeys' })
  const own = counts.find((row) => integer(row, 'instance_tag') === instanceTag)
  return { added, ...own === undefined ? { position: 0, ends: most } : { position: integer(own, 'last') + 1, ends: integer(own, 'ends') } }
}

async function expire(runner: Runner, identity: Uint8Array, now: number): Promise<boolean> {
  const locked = await run(runner, statements.tryLockOwner, [identity])
  // The owner is publishing at this moment, or another process is already deleting.
  if (locked.length === 0) return false
  const { live, ended } = await instances(runner, identity, now)
  for (const tag of ended) await dropInstance(runner, identity, tag)
  await run(runner, statements.dropEndedMessages, [identity, now])
  const counts = await run(runner, statements.countByInstance, [identity])
  for (const instance of live) {
    const { prekeyProfile, instanceTag } = instance
    const own = counts.find((row) => integer(row, 'instance_tag') === instanceTag)
    const lasting = prekeyProfile === undefined || prekeyProfile.expiration > now ? prekeyProfile : undefined
    await putInstance(runner, identity, { ...instance, prekeyProfile: lasting }, own === undefined ? most : integer(own, 'ends'))
  }
  await run(runner, statements.dropOwner, [identity])
  return true
}

async function instances(runner: Runner, identity: Uint8Array, now: number): Promise<{ live: Instance[], ended: number[] }> {
  const all = (await run(runner, statements.listInstances, [identity])).map(instanceOf)
  return {
    live: all.filter(({ clientProfile }) => clientProfile.expiration > now),
    ended: all.filter(({ clientProfile }) => clientProfile.expiration <= now).map(({ instanceTag }) => instanceTag),
  }
}

function instanceOf(row: Row): Instance {
  const prekeyProfile = bytes(row, 'prekey_profile')
  return {
    instanceTag: integer(row, 'instance_tag'),
    fingerprint: bytes(row, 'fingerprint'),
    clientProfile: { bytes: bytes(row, 'client_profile'), expiration: integer(row, 'client_expires'), versions: String(row['versions']) },
    prekeyProfile: prekeyProfile.length === 0 ? undefined : { bytes: prekeyProfile, expiration: integer(row, 'prekey_expires') },
  }
}

/** Stores an instance. `messagesEnd` is when the first of its prekey messages expires. */
async function putInstance(
  runner: Runner, identity: Uint8Array, { instanceTag, fingerprint, clientProfile, prekeyProfile }: Instance, messagesEnd: number,
): Promise<void> {
  const clientExpires = seconds(clientProfile.expiration)
  const prekeyExpires = prekeyProfile === undefined ? 0 : seconds(prekeyProfile.expiration)
  await run(runner, statements.putInstance, [
    identity, instanceTag, fingerprint, clientProfile.versions, clientProfile.bytes, clientExpires, prekeyProfile?.bytes ?? new Uint8Array(), prekeyExpires,
    Math.min(clientExpires, prekeyProfile === undefined ? most : prekeyExpires, messagesEnd),
  ])
}

async function dropInstance(runner: Runner, identity: Uint8Array, tag: number): Promise<void> {
  await run(runner, statements.dropMessages, [identity, tag])
  await run(runner, statements.dropInstance, [identity, tag])
}

function run(runner: Runner, { name, text }: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
  return runner.run(name, text, parameters)
}

/**
 * Repeats `work` after a conflict with another transaction. It never repeats work that may have happened already: a second run could store
 * a prekey message again that was handed out in between.
 */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= attempts || !lost.includes(sqlState(error) ?? '')) throw error
    }
  }
}

/** A time as the tables store it: whole seconds. The server's clock may have fractions, and a profile's expiration may be any 64-bit number. */
function seconds(time: number): number {
  return Math.max(0, Math.min(most, Math.floor(time)))
}

function distinct(identities: readonly Uint8Array[]): Uint8Array[] {
  return identities.filter((one, at) => !identities.slice(0, at).some((other) => equalBytes(one, other)))
}
