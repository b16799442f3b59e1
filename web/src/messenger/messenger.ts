import { OtrError, type Client, type ClientMessageEvent, type ClientNoticeEvent, type ClientSmpEvent, type ClientStateEvent } from 'otr4'
import { RelayFiles } from 'otr4/transport/relay-files'
import { isRelayName } from '../../../src/transport/relay/frames.js'
import type { Hood } from '../hood/hood.js'
import type { NetworkView, NoteCode, Settings, Snapshot, Told } from '../view.js'
import { sealOf } from './contact-view.js'
import { Contacts } from './contacts.js'
import { Files } from './files.js'
import { Kept } from './kept.js'
import { Prekeys } from './prekeys.js'
import { OwnTexts } from './own-texts.js'
import { idIn, Receipts, TLV_ARRIVED, TLV_TEXT_ID } from './receipts.js'
import { RelaySocket } from './relay-socket.js'
import { UnderHood } from './under-hood.js'

/** Where the network is: what `config.json` says. */
export interface Network {
  readonly relay: string
  readonly prekeys?: { readonly identity: string, readonly fingerprint: string }
}

/** Notices for developers, and those that the page shows in another way. */
const quiet = new Set<NoteCode>([
  'duplicate', 'other-instance', 'unexpected', 'fragment-discarded', 'old-offer', 'held', 'handshake-retry', 'offline', 'key-changed', 'unencrypted',
  'publish-prekeys', 'prekey-server-key', 'malformed-content', 'bad-instance-tag', 'text-around', 'smp-dialect', 'text-format', 'new-device', 'lost', 'malformed',
])

/** Seconds. A relay can say any number, also one that is no date. */
const longestWait = 315_360_000

/** One account at work: the client, its connection, what was said. It runs in the worker; the pages show what it tells them. */
export class Messenger {
  readonly texts: OwnTexts
  readonly files: Files
  readonly #client: Client
  readonly #tell: (message: Told) => void
  readonly #socket: RelaySocket
  readonly #prekeys: Prekeys | undefined
  readonly #kept: Kept
  readonly #contacts: Contacts
  readonly #hood: UnderHood
  readonly #timer: ReturnType<typeof setInterval>
  readonly #receipts: Receipts
  #settings: Settings
  #network: NetworkView = { status: 'waiting' }
  #stored: number | undefined

  constructor(client: Client, network: Network, tell: (message: Told) => void) {
    this.#client = client
    this.#tell = tell
    this.#kept = new Kept(client)
    this.#hood = new UnderHood(client, (peer) => { tell({ type: 'line', peer }) })
    this.#settings = this.#kept.settings()
    this.#contacts = new Contacts({
      client, tell, kept: this.#kept, keeps: () => this.#settings.history, failed: this.#report, files: (peer) => this.files.of(peer),
      crowded: () => { this.#online({ ...this.#network, crowded: true }) },
    })
    this.#socket = new RelaySocket(network.relay, client.account, {
      line: (line) => this.#line(line),
      status: (status) => {
        this.#online({ ...status, ...this.#network.crowded === true && { crowded: true } })
        if (status.status === 'online') this.#prekeys?.tick()
      },
      rejected: (to, text) => { this.#rejected(to, text).catch(this.#report) },
    })
    this.#receipts = new Receipts(client)
    this.texts = new OwnTexts({ client, contacts: this.#contacts, flushed: () => this.#socket.flushed(), waits: (peer) => { this.#prekeys?.waits(peer) } })
    const origin = new URL(network.relay.replace(/^ws/, 'http')).origin
    this.files = new Files({
      client, carrier: new RelayFiles({ origin, reserve: (length, signal) => this.#socket.reserve(length, signal) }),
      changed: (peer) => { this.#contacts.changed(peer) },
      note: (peer, note) => {
        this.#contacts.of(peer).log.unread++
        this.#contacts.note(peer, note)
        tell({ type: 'arrived', peer })
      },
    })
    if (network.prekeys !== undefined) {
      this.#prekeys = new Prekeys({
        client, server: network.prekeys,
        send: (to, text) => { void this.#socket.send(to, text) },
        stored: (prekeys) => {
          this.#stored = prekeys
          tell({ type: 'prekeys', prekeys })
        },
        away: (peer) => { this.#away(peer) },
        none: (peer) => { this.#contacts.note(peer, 'no-prekeys') },
        ensembles: (peer, ensembles) => this.texts.writeOffline(peer, ensembles),
      })
    }
    this.texts.takeUp()
    this.#listen()
    this.#socket.start()
    this.#timer = setInterval(() => {
      if (this.#network.status === 'online') this.#prekeys?.tick()
    }, 1000)
  }

  /** A page has started the client. */
  begun(): void {
    this.texts.begun()
  }

  /** Everything that a page shows. */
  snapshot(): Snapshot {
    return {
      contacts: this.#contacts.peers.map((peer) => this.#contacts.view(peer)), settings: this.#settings, network: this.#network,
      ...this.#stored !== undefined && { prekeys: this.#stored },
    }
  }

  /** What happens under the hood of a conversation. */
  hood(peer: string): Promise<Hood> {
    return this.#hood.view(peer)
  }

  /** Adds a correspondent. Returns the name as it is written, or `undefined` if it cannot be one. */
  async addContact(name: string): Promise<string | undefined> {
    const peer = name.trim().normalize('NFC').toLowerCase()
    if (!isRelayName(peer) || peer === this.#client.account || this.#prekeys?.isServer(peer) === true) return undefined
    await this.#contacts.choose(peer)
    await this.#contacts.shown()
    return peer
  }

  /** The person saw the conversation. */
  seen(peer: string): void {
    const { log } = this.#contacts.of(peer)
    if (log.unread === 0) return
    log.unread = 0
    this.#contacts.changed(peer)
  }

  /** The person lets texts go in clear, now and until they begin a private conversation. */
  async allowClear(peer: string): Promise<void> {
    const conversation = this.#client.conversation(peer)
    await conversation.setPolicy({ requireEncryption: false })
    await conversation.continueInPlaintext()
    this.#contacts.note(peer, 'in-clear-now')
  }

  /** Begins a private conversation. From now on nothing goes in clear again. */
  async startPrivately(peer: string): Promise<void> {
    const conversation = this.#client.conversation(peer)
    await conversation.setPolicy({ requireEncryption: undefined })
    await conversation.start()
    this.#contacts.changed(peer)
  }

  /** The person compared the key with the one that was shown to them, and it is the same. */
  async verifiedByWords(peer: string, fingerprint: string, version: 3 | 4): Promise<void> {
    await this.#client.conversation(peer).trust('verified', { fingerprint, version, how: 'manually' })
    this.#contacts.note(peer, 'words-verified')
  }

  /** The person accepts a new key, unverified. */
  async acceptKey(peer: string, fingerprint: string, version: 3 | 4): Promise<void> {
    await this.#client.conversation(peer).trust('seen', { fingerprint, version })
    this.#contacts.note(peer, 'key-accepted')
  }

  async verify(peer: string, secret: string, question: string): Promise<void> {
    this.#contacts.of(peer).verifying = true
    await this.#client.conversation(peer).verify(secret, question === '' ? {} : { question })
    this.#contacts.changed(peer)
  }

  async answer(peer: string, secret: string): Promise<void> {
    this.#contacts.of(peer).asked = undefined
    await this.#client.conversation(peer).answer(secret)
    this.#contacts.changed(peer)
  }

  async abort(peer: string): Promise<void> {
    Object.assign(this.#contacts.of(peer), { asked: undefined, verifying: false })
    await this.#client.conversation(peer).abort()
    this.#contacts.changed(peer)
  }

  async end(peer: string): Promise<void> {
    await this.#client.conversation(peer).end()
    this.#contacts.note(peer, 'ended')
  }

  /** The person has read that the version is lower than before. */
  dismissDowngrade(peer: string): void {
    this.#contacts.of(peer).downgraded = false
    this.#contacts.changed(peer)
  }

  /** The person decides whether what waits for somebody who is away is sent so that they can read it later. */
  async writeToAbsent(peer: string, yes: boolean, always: boolean): Promise<void> {
    this.#contacts.of(peer).away = false
    if (always) await this.changeSettings({ offline: yes ? 'yes' : 'no' })
    if (yes) this.#prekeys?.fetch(peer)
    this.#contacts.changed(peer)
  }

  async changeSettings(changes: Partial<Settings>): Promise<void> {
    this.#settings = { ...this.#settings, ...changes }
    await this.#kept.saveSettings(this.#settings)
    for (const peer of this.#contacts.peers) this.#contacts.changed(peer)
    await this.#contacts.shown()
    this.#tell({ type: 'settings', settings: this.#settings })
  }

  /** Forgets what was said with a correspondent; the conversation and the trust in their key stay. */
  async clearLog(peer: string): Promise<void> {
    const { log } = this.#contacts.of(peer)
    log.remove(({ state }) => state !== 'waits')
    log.unread = 0
    this.#hood.forget(peer)
    await this.#kept.saveLog(peer, undefined)
    this.#contacts.changed(peer)
  }

  /** Ends the connection, before the client is closed. */
  stop(): void {
    clearInterval(this.#timer)
    this.#prekeys?.close()
    this.files.close()
    this.#socket.close()
    this.#tell({ type: 'locked' })
  }

  #listen(): void {
    const client = this.#client
    client.on('send', ({ to, message }) => {
      this.#hood.sent(to, message)
      return this.#socket.send(to, message)
    })
    // What an event changed is kept before the library forgets the event: after a crash it comes again.
    const shown = (): Promise<void> => this.#contacts.shown()
    client.on('message', (event) => {
      this.#hood.event(event.from)
      this.#message(event)
      return shown()
    })
    client.on('state', (event) => {
      this.#hood.event(event.peer)
      this.#state(event)
      return shown()
    })
    client.on('smp', (event) => {
      this.#hood.event(event.peer)
      this.#smp(event)
      return shown()
    })
    client.on('outbox', (event) => {
      this.texts.outbox(event)
      return shown()
    })
    client.on('lost', (event) => {
      this.texts.lost(event)
      return shown()
    })
    client.on('notice', (event) => { this.#notice(event) })
    client.on('tlv', ({ peer, instance, tlvType, value }) => {
      this.#hood.event(peer)
      const id = idIn(value)
      if (id === undefined) return
      if (tlvType === TLV_ARRIVED) this.texts.arrived(peer, id)
      // The text was decrypted and authenticated: otherwise there is no such event.
      if (tlvType === TLV_TEXT_ID && this.#settings.receipts) this.#receipts.acknowledge(peer, instance, value)
    })
  }

  async #line({ from, text, id, waited }: { readonly from: string, readonly text: string, readonly id: string, readonly waited?: number }): Promise<void> {
    // Nobody writes as us, or as the prekey server: those would be taken for this program.
    if (!isRelayName(from) || from === this.#client.account) return
    if (this.#prekeys?.isServer(from) === true) {
      this.#prekeys.receive(from, text)
      return
    }
    if (!this.#contacts.reads(from)) return
    try {
      // What waited is old: an offer in it is not answered.
      await this.#hood.read(from, text, () => this.#client.receive(from, text, { id, ...waited !== undefined && { sentAt: Math.floor(Date.now() / 1000 - Math.min(waited, longestWait)) } }))
    } catch (error) {
      this.#report(error)
      throw error
    }
  }

  async #rejected(to: string, text: string): Promise<void> {
    if (this.#prekeys?.isServer(to) === true) return
    await this.#client.conversation(to).undelivered(text)
    this.#contacts.note(to, 'unknown-name')
  }

  #message({ from, text, encrypted, instance, version, unencrypted, contentType, id, offline, sentAt }: ClientMessageEvent): void {
    if (contentType === 'query') return
    const { log } = this.#contacts.of(from)
    const added = this.#contacts.add(from, {
      id: `e${id ?? this.#contacts.newId()}`, kind: 'theirs', at: sentAt === undefined ? Date.now() : sentAt * 1000, text,
      // Only the event says what is private, never the text.
      seal: sealOf(this.#client.conversation(from), { encrypted, ...instance !== undefined && { instance }, ...version !== undefined && { version } }),
      ...unencrypted === true && { warn: true as const }, ...offline === true && { offline },
    })
    if (!added) return
    log.unread++
    this.#tell({ type: 'arrived', peer: from })
  }

  #state({ peer, state, key }: ClientStateEvent): void {
    const last = this.#contacts.of(peer).log.entries.findLast(({ kind }) => kind === 'note')?.note
    if (state === 'encrypted') {
      this.#contacts.of(peer).away = false
      if (key === 'changed') this.#contacts.note(peer, 'began-new-key')
      else this.#contacts.note(peer, last === 'began' || last === 'renewed' ? 'renewed' : 'began')
    } else if (state === 'finished') {
      this.#contacts.note(peer, 'ended-by-them')
    } else {
      this.#contacts.changed(peer)
    }
  }

  #smp({ peer, event, question, trust }: ClientSmpEvent): void {
    const contact = this.#contacts.of(peer)
    contact.asked = event === 'asked' ? question ?? '' : undefined
    if (event !== 'in-progress') contact.verifying = false
    // Who answers a question has verified nobody: the other side chose it.
    if (event === 'succeeded') this.#contacts.note(peer, trust === 'verified' ? 'smp-verified' : 'smp-answered')
    else if (event === 'failed') this.#contacts.note(peer, 'smp-failed')
    else if (event === 'aborted' || event === 'cheated') this.#contacts.note(peer, 'smp-aborted')
    else this.#contacts.changed(peer)
  }

  #notice({ peer, code, beginning }: ClientNoticeEvent): void {
    if (peer === undefined) return
    if (code === 'downgrade' || code === 'version-2-over') this.#contacts.of(peer).downgraded = true
    // Of these another notice tells people.
    if (beginning === true || quiet.has(code)) this.#contacts.changed(peer)
    else this.#contacts.note(peer, code)
  }

  #away(peer: string): void {
    if (this.#settings.offline === 'yes') this.#prekeys?.fetch(peer)
    if (this.#settings.offline !== 'ask') return
    this.#contacts.of(peer).away = true
    this.#contacts.changed(peer)
  }

  #online(network: NetworkView): void {
    if (network.status === this.#network.status && network.why === this.#network.why && network.crowded === this.#network.crowded) return
    this.#network = network
    this.#tell({ type: 'network', network })
  }

  /** After a failed write nothing can be saved any more, so nothing is sent or taken: the relay keeps what comes until the account is opened again. */
  failed(error: unknown): void {
    if (!(error instanceof OtrError) || !error.code.startsWith('OTR_STORE_')) return
    this.#socket.close()
    this.#online({ status: 'waiting', why: 'not-saved' })
  }

  readonly #report = (error: unknown): void => {
    this.failed(error)
    this.#tell({ type: 'failed', code: error instanceof OtrError ? error.code : 'OTR_INTERNAL' })
  }
}
