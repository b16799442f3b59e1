import type { Client } from 'otr4'
import { defaultSettings, type Entry, type Settings } from '../view.js'

/** What is kept of one correspondent. Without history there are no entries, and no unread ones. */
export interface KeptLog {
  readonly unread: number
  readonly entries: readonly Entry[]
}

const settingsRecord = 'web settings'
const contactsRecord = 'web contacts'
const logRecord = (peer: string): string => `web log ${peer}`

/** What the messenger keeps, in records of the client's store: sealed like the keys. */
export class Kept {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  settings(): Settings {
    return { ...defaultSettings, ...this.#read(settingsRecord) as Partial<Settings> | undefined }
  }

  async saveSettings(settings: Settings): Promise<void> {
    await this.#write(settingsRecord, settings)
  }

  /** Whom the person added. */
  contacts(): readonly string[] {
    return this.#read(contactsRecord) as readonly string[] | undefined ?? []
  }

  log(peer: string): KeptLog {
    return { unread: 0, entries: [], ...this.#read(logRecord(peer)) as Partial<KeptLog> | undefined }
  }

  async saveContacts(peers: readonly string[]): Promise<void> {
    await this.#write(contactsRecord, peers)
  }

  /** `undefined` removes what was kept. */
  async saveLog(peer: string, log: KeptLog | undefined): Promise<void> {
    if (log !== undefined || this.#client.record(logRecord(peer)) !== undefined) await this.#write(logRecord(peer), log)
  }

  #read(name: string): unknown {
    const bytes = this.#client.record(name)
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes))
  }

  async #write(name: string, value: unknown): Promise<void> {
    await this.#client.keepRecord(name, value === undefined ? undefined : new TextEncoder().encode(JSON.stringify(value)))
  }
}
