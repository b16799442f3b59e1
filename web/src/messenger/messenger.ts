import { OtrError, type Client, type ClientMessageEvent, type ClientNoticeEvent, type ClientSmpEvent, type ClientStateEvent, type Ensemble } from 'otr4'
import { isRelayName } from '../../../src/transport/relay/frames.js'
import type { Entry, NetworkView, NoteCode, Settings, Snapshot, Told } from '../view.js'
import { contactView, lookOf, type ContactState } from './contact-view.js'
import { Kept } from './kept.js'
import { Log } from './log.js'
import { Prekeys } from './prekeys.js'
import { idIn, idTlv, newTextId, TLV_ARRIVED, TLV_TEXT_ID } from './receipts.js'
import { RelaySocket } from './relay-socket.js'

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

/** One account at work: the client, its connection, what was said. It runs in the worker; the pages show what it tells them. */
export class Messenger {
  readonly #client: Client
  readonly #tell: (message: Told) => void
  readonly #socket: RelaySocket
  readonly #prekeys: Prekeys | undefined
  readonly #kept: Kept
  readonly #contacts = new Map<string, ContactState>()
  readonly #timer: ReturnType<typeof setInterval>
  #settings: Settings
  #network: NetworkView = { status: 'waiting' }
  #stored: number | undefined
  /** Numbers notes and our texts: unlike the ids of events, these live as long as the worker, so they begin with its start. */
  #next = 0
  readonly #run = newTextId()

  constructor(client: Client, network: Network, tell: (message: Told) => void) {
    this.#client = client
    this.#tell = tell
    this.#kept = new Kept(client)
    this.#settings = this.#kept.settings()
    this.#socket = new RelaySocket(network.relay, client.account, {
      line: (line) => this.#line(line),
      status: (status) => {
        this.#network = status
        tell({ type: 'network', network: status })
        if (status.status === 'online') this.#prekeys?.tick()
      },
      rejected: (to, text) => { this.#rejected(to, text).catch(this.#report) },
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
        none: (peer) => { this.#note(peer, 'no-prekeys') },
        ensembles: (peer, ensembles) => this.#writeOffline(peer, ensembles),
      })
    }
    for (const peer of new Set([...this.#kept.contacts(), ...client.peers()])) {
      const { entries, unread } = this.#kept.log(peer)
      this.#contacts.set(peer, newContact(new Log(entries, unread)))
    }
    // What waited when the worker ended is in the library's outbox, whether history is kept or not.
    for (const [peer, { log }] of this.#contacts) {
      for (const { id, text, since } of client.conversation(peer).outbox) {
        if (!log.change((entry) => entry.held === id && entry.state === 'waits', (entry) => entry)) log.add({ id: this.#id(), kind: 'ours', at: since * 1000, text, state: 'waits', held: id })
        this.#prekeys?.waits(peer)
      }
    }
    this.#listen()
    this.#socket.start()
    this.#timer = setInterval(() => {
      if (this.#network.status === 'online') this.#prekeys?.tick()
    }, 1000)
  }

  /** Everything that a page shows. */
  snapshot(): Snapshot {
    return {
      contacts: [...this.#contacts.keys()].map((peer) => this.#view(peer)), settings: this.#settings, network: this.#network,
      ...this.#stored !== undefined && { prekeys: this.#stored },
    }
  }

  /** Adds a correspondent. Returns the name as it is written, or `undefined` if it cannot be one. */
  async addContact(name: string): Promise<string | undefined> {
    const peer = name.trim().normalize('NFC').toLowerCase()
    if (!isRelayName(peer) || peer === this.#client.account || this.#prekeys?.isServer(peer) === true) return undefined
    this.#contact(peer)
    this.#changed(peer)
    await this.#kept.saveContacts([...this.#contacts.keys()])
    return peer
  }

  /** Sends a text, or lets it wait until the conversation is private. */
  async send(peer: string, text: string): Promise<void> {
    const conversation = this.#client.conversation(peer)
    const id = newTextId()
    const isPlain = conversation.status.sending === 'plaintext'
    const outcome = await conversation.send(text, isPlain ? {} : { tlvs: [idTlv(TLV_TEXT_ID, id)] })
    const common = { id, kind: 'ours', at: Date.now(), text } as const
    if ('held' in outcome) {
      this.#add(peer, { ...common, state: 'waits', held: outcome.held })
      this.#prekeys?.waits(peer)
    } else {
      const isVerified = outcome.sent === 'encrypted' && outcome.to.length > 0 && outcome.to.every(({ trust }) => trust === 'verified')
      this.#add(peer, { ...common, state: 'sending', seal: outcome.sent === 'plaintext' ? 'clear' : isVerified ? 'verified' : 'private' })
      this.#sentWhenTaken(peer, id)
    }
  }

  /** Takes back a text that waits. */
  async cancel(peer: string, held: number): Promise<void> {
    await this.#client.conversation(peer).cancel(held)
  }

  /** Sends a text again that was lost. */
  async again(peer: string, entry: string): Promise<void> {
    const lost = this.#contact(peer).log.entries.find(({ id }) => id === entry)
    if (lost === undefined) return
    const conversation = this.#client.conversation(peer)
    // Before it leaves: its receipt may come at once.
    const seal = lookOf(conversation)
    this.#change(peer, ({ id }) => id === entry, (found) => ({ ...without(found, 'handle'), state: 'sending', ...seal !== 'waits' && { seal } }))
    try {
      if (lost.handle !== undefined) await conversation.resend(lost.handle)
    } catch (error) {
      this.#change(peer, ({ id }) => id === entry, () => lost)
      throw error
    }
    this.#sentWhenTaken(peer, entry)
  }

  /** The person saw the conversation. */
  seen(peer: string): void {
    const { log } = this.#contact(peer)
    if (log.unread === 0) return
    log.unread = 0
    this.#changed(peer)
  }

  /** The person lets texts go in clear, now and until they begin a private conversation. */
  async allowClear(peer: string): Promise<void> {
    const conversation = this.#client.conversation(peer)
    await conversation.setPolicy({ requireEncryption: false })
    await conversation.continueInPlaintext()
    this.#note(peer, 'in-clear-now')
  }

  /** Begins a private conversation. From now on nothing goes in clear again. */
  async startPrivately(peer: string): Promise<void> {
    const conversation = this.#client.conversation(peer)
    await conversation.setPolicy({ requireEncryption: undefined })
    await conversation.start()
    this.#changed(peer)
  }

  /** The person compared the key with the one that was shown to them, and it is the same. */
  async verifiedByWords(peer: string, fingerprint: string, version: 3 | 4): Promise<void> {
    await this.#client.conversation(peer).trust('verified', { fingerprint, version, how: 'manually' })
    this.#note(peer, 'words-verified')
  }

  /** The person accepts a new key, unverified. */
  async acceptKey(peer: string, fingerprint: string, version: 3 | 4): Promise<void> {
    await this.#client.conversation(peer).trust('seen', { fingerprint, version })
    this.#note(peer, 'key-accepted')
  }

  async verify(peer: string, secret: string, question: string): Promise<void> {
    this.#contact(peer).verifying = true
    await this.#client.conversation(peer).verify(secret, question === '' ? {} : { question })
    this.#changed(peer)
  }

  async answer(peer: string, secret: string): Promise<void> {
    this.#contact(peer).asked = undefined
    await this.#client.conversation(peer).answer(secret)
    this.#changed(peer)
  }

  async abort(peer: string): Promise<void> {
    Object.assign(this.#contact(peer), { asked: undefined, verifying: false })
    await this.#client.conversation(peer).abort()
    this.#changed(peer)
  }

  async end(peer: string): Promise<void> {
    await this.#client.conversation(peer).end()
    this.#note(peer, 'ended')
  }

  /** The person has read that the version is lower than before. */
  dismissDowngrade(peer: string): void {
    this.#contact(peer).downgraded = false
    this.#changed(peer)
  }

  /** The person decides whether what waits for somebody who is away is sent so that they can read it later. */
  async writeToAbsent(peer: string, yes: boolean, always: boolean): Promise<void> {
    this.#contact(peer).away = false
    if (always) await this.changeSettings({ offline: yes ? 'yes' : 'no' })
    if (yes) this.#prekeys?.fetch(peer)
    this.#changed(peer)
  }

  async changeSettings(changes: Partial<Settings>): Promise<void> {
    this.#settings = { ...this.#settings, ...changes }
    await this.#kept.saveSettings(this.#settings)
    for (const peer of this.#contacts.keys()) this.#keep(peer)
    this.#tell({ type: 'settings', settings: this.#settings })
  }

  /** Forgets what was said with a correspondent; the conversation and the trust in their key stay. */
  async clearLog(peer: string): Promise<void> {
    const { log } = this.#contact(peer)
    log.remove(({ state }) => state !== 'waits')
    log.unread = 0
    await this.#kept.saveLog(peer, undefined)
    this.#changed(peer)
  }

  /** Ends the connection, before the client is closed. */
  stop(): void {
    clearInterval(this.#timer)
    this.#prekeys?.close()
    this.#socket.close()
    this.#tell({ type: 'locked' })
  }

  #listen(): void {
    const client = this.#client
    client.on('send', ({ to, message }) => this.#socket.send(to, message))
    client.on('message', (event) => { this.#message(event) })
    client.on('state', (event) => { this.#state(event) })
    client.on('smp', (event) => { this.#smp(event) })
    client.on('outbox', ({ peer, event, held }) => {
      const seal = lookOf(client.conversation(peer))
      if (event === 'released') {
        this.#change(peer, (entry) => entry.held === held && entry.state === 'waits', (entry) => {
          this.#sentWhenTaken(peer, entry.id)
          return { ...without(entry, 'held'), state: 'sending', ...seal !== 'waits' && { seal } }
        })
      }
      if (event === 'cancelled') this.#change(peer, (entry) => entry.held === held && entry.state === 'waits', (entry) => ({ ...without(entry, 'held'), state: 'cancelled' }))
    })
    client.on('lost', ({ peer, messages }) => {
      for (const { handle, text, sentAt } of messages) {
        const isLost = this.#change(peer, (entry) => entry.kind === 'ours' && entry.text === text && entry.state !== 'delivered', (entry) => ({ ...entry, state: 'lost', handle }))
        if (!isLost) this.#add(peer, { id: this.#id(), kind: 'ours', at: sentAt * 1000, text, state: 'lost', handle })
      }
    })
    client.on('notice', (event) => { this.#notice(event) })
    client.on('tlv', ({ peer, instance, tlvType, value }) => {
      const id = idIn(value)
      if (id === undefined) return
      if (tlvType === TLV_ARRIVED) this.#change(peer, (entry) => entry.id === id && entry.kind === 'ours', (entry) => ({ ...without(entry, 'handle'), state: 'delivered' }))
      // The text was decrypted and authenticated: otherwise there is no such event.
      if (tlvType === TLV_TEXT_ID && this.#settings.receipts) client.conversation(peer).sendTlvs([{ type: TLV_ARRIVED, value }], { to: instance }).catch(() => undefined)
    })
  }

  async #line({ from, text, id, waited }: { readonly from: string, readonly text: string, readonly id: string, readonly waited?: number }): Promise<void> {
    if (!isRelayName(from) || this.#prekeys?.receive(from, text) === true) return
    // What waited is old: an offer in it is not answered.
    await this.#client.receive(from, text, { id, ...waited !== undefined && { sentAt: Math.floor(Date.now() / 1000) - waited } })
  }

  async #rejected(to: string, text: string): Promise<void> {
    if (this.#prekeys?.isServer(to) === true) return
    await this.#client.conversation(to).undelivered(text)
    this.#note(to, 'unknown-name')
  }

  #message({ from, text, encrypted, unencrypted, contentType, id, offline, sentAt }: ClientMessageEvent): void {
    if (contentType === 'query') return
    const { log } = this.#contact(from)
    const look = lookOf(this.#client.conversation(from))
    const added = log.add({
      id: `e${id ?? this.#id()}`, kind: 'theirs', at: sentAt === undefined ? Date.now() : sentAt * 1000, text,
      // Only the event says what is private, never the text.
      seal: !encrypted ? 'clear' : look === 'verified' ? 'verified' : 'private',
      ...unencrypted === true && { warn: true as const }, ...offline === true && { offline },
    })
    if (!added) return
    log.unread++
    this.#changed(from)
    this.#tell({ type: 'arrived', peer: from })
  }

  #state({ peer, state, key }: ClientStateEvent): void {
    const last = this.#contact(peer).log.entries.findLast(({ kind }) => kind === 'note')?.note
    if (state === 'encrypted') {
      this.#contact(peer).away = false
      if (key === 'changed') this.#note(peer, 'began-new-key')
      else this.#note(peer, last === 'began' || last === 'renewed' ? 'renewed' : 'began')
    } else if (state === 'finished') {
      this.#note(peer, 'ended-by-them')
    } else {
      this.#changed(peer)
    }
  }

  #smp({ peer, event, question, trust }: ClientSmpEvent): void {
    const contact = this.#contact(peer)
    contact.asked = event === 'asked' ? question ?? '' : undefined
    if (event !== 'in-progress') contact.verifying = false
    // Who answers a question has verified nobody: the other side chose it.
    if (event === 'succeeded') this.#note(peer, trust === 'verified' ? 'smp-verified' : 'smp-answered')
    else if (event === 'failed') this.#note(peer, 'smp-failed')
    else if (event === 'aborted' || event === 'cheated') this.#note(peer, 'smp-aborted')
    else this.#changed(peer)
  }

  #notice({ peer, code, beginning }: ClientNoticeEvent): void {
    if (peer === undefined) return
    if (code === 'downgrade' || code === 'version-2-over') this.#contact(peer).downgraded = true
    // Of these another notice tells people.
    if (beginning === true || quiet.has(code)) this.#changed(peer)
    else this.#note(peer, code)
  }

  #away(peer: string): void {
    if (this.#settings.offline === 'yes') this.#prekeys?.fetch(peer)
    if (this.#settings.offline !== 'ask') return
    this.#contact(peer).away = true
    this.#changed(peer)
  }

  /** Sends what waits to somebody who is away. The first text makes the session; the others in the outbox follow by themselves. */
  async #writeOffline(peer: string, ensembles: readonly Ensemble[]): Promise<void> {
    const conversation = this.#client.conversation(peer)
    const [first] = conversation.outbox
    if (first === undefined || conversation.status.sending === 'encrypted') return
    await conversation.cancel(first.id)
    const ids = first.tlvs.map(({ value }) => idIn(value))
    const isOurs = (entry: Entry): boolean => entry.kind === 'ours' && entry.state === 'cancelled' && (ids.includes(entry.id) || entry.text === first.text)
    try {
      await conversation.sendOffline(ensembles, first.text, { tlvs: first.tlvs })
    } catch (error) {
      // It waits again, behind the others; it never goes in clear.
      const outcome = await conversation.send(first.text, { tlvs: first.tlvs, to: conversation.policy.sendTo })
      this.#change(peer, isOurs, (entry) => ({ ...entry, state: 'held' in outcome ? 'waits' : 'sending', ...'held' in outcome && { held: outcome.held } }))
      throw error
    }
    this.#change(peer, isOurs, (entry) => {
      this.#sentWhenTaken(peer, entry.id)
      return { ...entry, state: 'sending', seal: 'private', offline: true }
    })
    this.#note(peer, 'written-offline')
  }

  #sentWhenTaken(peer: string, id: string): void {
    void this.#socket.flushed().then(() => {
      this.#change(peer, (entry) => entry.id === id && entry.state === 'sending', (entry) => ({ ...entry, state: 'sent' }))
    })
  }

  #contact(peer: string): ContactState {
    const known = this.#contacts.get(peer)
    if (known !== undefined) return known
    const made = newContact(new Log())
    this.#contacts.set(peer, made)
    return made
  }

  #view(peer: string): ReturnType<typeof contactView> {
    return contactView(this.#client.conversation(peer), this.#contact(peer))
  }

  #note(peer: string, note: NoteCode): void {
    this.#add(peer, { id: this.#id(), kind: 'note', at: Date.now(), text: '', note })
  }

  #add(peer: string, entry: Entry): void {
    this.#contact(peer).log.add(entry)
    this.#changed(peer)
  }

  #change(peer: string, fits: (entry: Entry) => boolean, to: (entry: Entry) => Entry): boolean {
    const isChanged = this.#contact(peer).log.change(fits, to)
    if (isChanged) this.#changed(peer)
    return isChanged
  }

  #changed(peer: string): void {
    this.#tell({ type: 'contact', contact: this.#view(peer) })
    this.#keep(peer)
  }

  /** Keeps what was said if the person chose so, and removes it if they did not. */
  #keep(peer: string): void {
    const { log } = this.#contact(peer)
    this.#kept.saveLog(peer, this.#settings.history ? { unread: log.unread, entries: log.entries } : undefined).catch(this.#report)
  }

  #id(): string {
    return `${this.#run}-${this.#next++}`
  }

  readonly #report = (error: unknown): void => {
    this.#tell({ type: 'failed', code: error instanceof OtrError ? error.code : 'OTR_INTERNAL' })
  }
}

function newContact(log: Log): ContactState {
  return { log, verifying: false, away: false, downgraded: false }
}

/** An entry without a number that is no longer valid. */
function without(entry: Entry, field: 'held' | 'handle'): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== field)) as unknown as Entry
}
