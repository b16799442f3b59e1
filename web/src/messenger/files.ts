import { OtrError, type Client, type ClientExtraKeyEvent } from 'otr4'
import { offerFile, readFileOffer, type FileCarrier, type IncomingFile, type OutgoingFile, type TransferOptions } from 'otr4/file'
import type { FileState, FileView, NoteCode } from '../view.js'

/** So many files are open at the same time: whoever is offered more refuses them unread. */
const mostOpen = 16
/** What was opened goes into a blob in such pieces: the browser puts large ones where it has room. */
const pieceBytes = 1 << 20
const shownEveryMs = 500

interface Transfer {
  readonly peer: string
  readonly number: number
  readonly view: Omit<FileView, 'number' | 'state' | 'done'>
  readonly file: { readonly outgoing: OutgoingFile, readonly content: Blob } | { readonly incoming: IncomingFile, readonly parts: Blob[] }
  state: FileState
  done: number
  shownAt: number
  ending?: AbortController | undefined
}

/** What files need of the messenger. */
export interface FilesContext {
  readonly client: Client
  readonly carrier: FileCarrier
  /** Something of the files with a correspondent has changed. */
  readonly changed: (peer: string) => void
  readonly note: (peer: string, note: NoteCode) => void
}

/**
 * The files that go to and come from correspondents. Nothing is fetched before the person says so, because whoever keeps the file sees who fetches it. Keys live
 * in this worker alone, so what is not complete when the account is locked is given up.
 */
export class Files {
  readonly #context: FilesContext
  readonly #transfers = new Map<number, Transfer>()
  #next = 1

  constructor(context: FilesContext) {
    this.#context = context
    context.client.on('extra-key', (event) => { this.#offered(event) })
  }

  /** What a page shows of the files with a correspondent. */
  of(peer: string): readonly FileView[] {
    return [...this.#transfers.values()].filter((one) => one.peer === peer).map(({ number, view, state, done }) => ({ ...view, number, state, done }))
  }

  /** Offers a file inside the private conversation, and begins to store it. */
  async send(peer: string, content: File): Promise<void> {
    if (this.#open >= mostOpen) throw new OtrError('OTR_FILE_CARRIER', 'too many files are open')
    const conversation = this.#context.client.conversation(peer)
    if (conversation.status.sending !== 'encrypted') throw new OtrError('OTR_NOT_ENCRYPTED', 'a file goes only into a private conversation')
    const outgoing = await offerFile(conversation, { name: content.name, type: content.type, length: content.size }, this.#context.carrier)
    const verified = conversation.status.key?.trust === 'verified'
    this.#run(this.#add(peer, { direction: 'ours', verified, ...outgoing.header }, { outgoing, content }))
  }

  /** Fetches a file that was offered, or goes on with one that was stopped or broke. */
  goOn(peer: string, number: number): void {
    const one = this.#find(peer, number)
    if (one !== undefined && one.ending === undefined && one.state !== 'done') this.#run(one)
  }

  /** Stops a file for now. */
  halt(peer: string, number: number): void {
    this.#find(peer, number)?.ending?.abort(new OtrError('OTR_FILE_CARRIER', 'stopped'))
  }

  /** Refuses a file, gives it up or takes it back: it leaves the list, and its key is wiped. */
  async drop(peer: string, number: number): Promise<void> {
    const one = this.#find(peer, number)
    if (one === undefined) return
    this.#transfers.delete(number)
    this.#context.changed(peer)
    await giveUp(one)
  }

  /** The whole file, of a type that no browser shows or runs. `undefined` if there is none. */
  take(peer: string, number: number): Blob | undefined {
    const one = this.#find(peer, number)
    return one?.state === 'done' && 'parts' in one.file ? new Blob(one.file.parts, { type: 'application/octet-stream' }) : undefined
  }

  /** The account is being locked. Files that were stored stay for whom they are for. */
  close(): void {
    for (const one of this.#transfers.values()) if (one.state !== 'done') giveUp(one).catch(() => undefined)
    this.#transfers.clear()
  }

  get #open(): number {
    return [...this.#transfers.values()].filter(({ state }) => state !== 'done').length
  }

  #offered(event: ClientExtraKeyEvent): void {
    const { client, note } = this.#context
    const { peer } = event
    const incoming = readFileOffer(event, { reuseMemory: true })
    // Somebody else's use of the key: this program has none.
    if (incoming === undefined) event.key.fill(0)
    else if (incoming === 'unreadable') note(peer, 'file-unreadable')
    else if (this.#open >= mostOpen) {
      incoming.refuse()
      note(peer, 'limit')
    } else {
      const { sessions } = client.conversation(peer).status
      const verified = sessions.some(({ instance, trust }) => instance === event.instance && trust === 'verified')
      this.#add(peer, { direction: 'theirs', verified, ...incoming.header }, { incoming, parts: [] })
      note(peer, 'file-coming')
    }
  }

  #add(peer: string, view: Transfer['view'], file: Transfer['file']): Transfer {
    const transfer: Transfer = { peer, number: this.#next++, view, file, state: 'offered', done: 0, shownAt: 0 }
    this.#transfers.set(transfer.number, transfer)
    return transfer
  }

  #find(peer: string, number: number): Transfer | undefined {
    const found = this.#transfers.get(number)
    return found?.peer === peer ? found : undefined
  }

  #run(one: Transfer): void {
    const ending = one.ending = new AbortController()
    const options: TransferOptions = {
      signal: ending.signal,
      onProgress: ({ done, of }) => {
        one.done = of === 0 ? 1 : done / of
        if (performance.now() - one.shownAt < shownEveryMs) return
        one.shownAt = performance.now()
        this.#context.changed(one.peer)
      },
    }
    const become = (state: FileState): void => {
      one.state = state
      this.#context.changed(one.peer)
    }
    become('running')
    const { file } = one
    const work = 'outgoing' in file ? file.outgoing.upload((from) => contentOf(file.content, from), options) : receive(file.incoming, file.parts, this.#context.carrier, options)
    work.then(() => 'done' as const, (error: unknown) => ending.signal.aborted ? 'stopped' : isBroken(error) ? 'broken' : 'failed').then((state) => {
      one.ending = undefined
      become(state)
    }).catch(() => undefined)
  }
}

async function giveUp({ file, ending, state }: Transfer): Promise<void> {
  ending?.abort(new OtrError('OTR_FILE_CARRIER', 'given up'))
  if ('outgoing' in file) await file.outgoing.withdraw()
  else if (state !== 'done') file.incoming.refuse()
}

function isBroken(error: unknown): boolean {
  return error instanceof OtrError && (error.code === 'OTR_FILE_BROKEN' || error.code === 'OTR_FILE_LENGTH')
}

async function* contentOf(content: Blob, from: number): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = content.slice(from).stream().getReader()
  try {
    for (;;) {
      const { value } = await reader.read()
      if (value === undefined) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Fetches and opens. What was given before a break stays in `parts`: the next call goes on behind it. */
async function receive(incoming: IncomingFile, parts: Blob[], carrier: FileCarrier, options: TransferOptions): Promise<void> {
  const memory = new Uint8Array(new ArrayBuffer(pieceBytes))
  let filled = 0
  const put = (): void => {
    if (filled > 0) parts.push(new Blob([memory.subarray(0, filled)]))
    filled = 0
  }
  try {
    for await (const piece of incoming.download(carrier, options)) {
      if (filled + piece.length > memory.length) put()
      memory.set(piece, filled)
      filled += piece.length
    }
  } finally {
    put()
    memory.fill(0)
  }
}
