import { equalBytes } from '../crypto/index.js'
import { STORED_PREKEY_LIFETIME } from './store.js'
import type {
  ClientProfileRecord, EnsembleRecord, PrekeyMessageRecord, PrekeyProfileRecord, PrekeyStore, PublicationRecord, PublishResult, StoreLimits,
} from './store.js'
import { copyPublic } from '../wire/public-bytes.js'

interface StoredMessage extends PrekeyMessageRecord {
  readonly ends: number
}

interface Instance {
  readonly fingerprint: Uint8Array
  readonly clientProfile: ClientProfileRecord
  readonly prekeyProfile: PrekeyProfileRecord | undefined
  /** By identifier, in the order of publication, which a Map keeps. */
  readonly messages: Map<number, StoredMessage>
}

/** The prekey messages that have not expired, in the order of publication. */
function lasting({ messages }: Instance, now: number): readonly StoredMessage[] {
  return [...messages.values()].filter(({ ends }) => ends > now)
}

/**
 * A store in memory: for tests, for the demo, and to measure what the server itself costs. Everything in it is lost when the process
 * ends. Every call does its work before it returns, so two calls never overlap.
 */
export class MemoryPrekeyStore implements PrekeyStore {
  readonly #identities = new Map<string, Map<number, Instance>>()

  /** See `PrekeyStore`. */
  publish(record: PublicationRecord, limits: StoreLimits, now: number): Promise<PublishResult> {
    return Promise.resolve(this.#publish(record, limits, now))
  }

  /**
   * See `PrekeyStore`.
   *
   * @param fingerprint - 56 bytes
   */
  count(identity: string, instanceTag: number, fingerprint: Uint8Array, now: number): Promise<number> {
    const instance = this.#identities.get(identity)?.get(instanceTag)
    const counts = instance !== undefined && instance.clientProfile.expiration > now && equalBytes(instance.fingerprint, fingerprint)
    return Promise.resolve(counts ? lasting(instance, now).length : 0)
  }

  /** See `PrekeyStore`. */
  take(identity: string, versions: string, now: number): Promise<readonly EnsembleRecord[]> {
    const taken: EnsembleRecord[] = []
    for (const [instanceTag, instance] of this.#identities.get(identity) ?? []) {
      const { clientProfile, prekeyProfile, messages } = instance
      if (clientProfile.expiration <= now || prekeyProfile === undefined || prekeyProfile.expiration <= now) continue
      if (!Array.from(versions).some((version) => clientProfile.versions.includes(version))) continue
      const [message, ...rest] = lasting(instance, now)
      if (message === undefined) continue
      messages.delete(message.identifier)
      taken.push({
        instanceTag,
        clientProfile: clientProfile.bytes,
        prekeyProfile: prekeyProfile.bytes,
        prekeyMessage: message.bytes,
        left: rest.length,
      })
    }
    return Promise.resolve(taken.sort((a, b) => a.instanceTag - b.instanceTag))
  }

  /** See `PrekeyStore`. */
  expire(now: number): Promise<void> {
    for (const identity of [...this.#identities.keys()]) {
      for (const [tag, instance] of this.#live(identity, now) ?? []) {
        if (instance.prekeyProfile !== undefined && instance.prekeyProfile.expiration <= now) {
          this.#identities.get(identity)?.set(tag, { ...instance, prekeyProfile: undefined })
        }
      }
    }
    return Promise.resolve()
  }

  /** Drops everything. */
  close(): Promise<void> {
    this.#identities.clear()
    return Promise.resolve()
  }

  /** The instances of an identity. Instances whose Client Profile has expired are dropped first, and so are expired prekey messages. */
  #live(identity: string, now: number): Map<number, Instance> | undefined {
    const instances = this.#identities.get(identity)
    if (instances === undefined) return undefined
    for (const [tag, { clientProfile, messages }] of instances) {
      if (clientProfile.expiration <= now) instances.delete(tag)
      for (const { identifier, ends } of messages.values()) if (ends <= now) messages.delete(identifier)
    }
    if (instances.size === 0) this.#identities.delete(identity)
    return instances.size === 0 ? undefined : instances
  }

  #publish(record: PublicationRecord, limits: StoreLimits, now: number): PublishResult {
    const instances = this.#live(record.identity, now) ?? new Map<number, Instance>()
    const found = instances.get(record.instanceTag)
    const sameKey = found !== undefined && equalBytes(found.fingerprint, record.fingerprint)
    if (record.clientProfile === undefined) {
      if (found === undefined) return { refused: 'no-profile' }
      if (!sameKey) return { refused: 'other-key' }
    }
    if (found === undefined && instances.size >= limits.instancesPerIdentity) return { refused: 'instances' }

    const before = sameKey ? found : undefined
    const added = record.messages.filter(({ identifier }) => before?.messages.has(identifier) !== true)
    let total = added.length + (before?.messages.size ?? 0)
    for (const [tag, { messages }] of instances) if (tag !== record.instanceTag) total += messages.size
    if (added.length > 0 && total > limits.prekeysPerIdentity) return { refused: 'prekeys' }

    const clientProfile = record.clientProfile ?? found?.clientProfile
    if (clientProfile === undefined) return { refused: 'no-profile' }
    instances.set(record.instanceTag, {
      fingerprint: copyPublic(record.fingerprint),
      clientProfile,
      prekeyProfile: record.prekeyProfile ?? before?.prekeyProfile,
      messages: new Map([
        ...before?.messages.values() ?? [],
        ...added.map((message) => ({ ...message, ends: now + STORED_PREKEY_LIFETIME })),
      ].map((message) => [message.identifier, message])),
    })
    this.#identities.set(record.identity, instances)
    return { stored: added.length, duplicates: record.messages.length - added.length }
  }
}
