import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, rm, stat, unlink, type FileHandle } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { OtrError } from '../../errors.js'
import { offerFile, readFileOffer, type FileProgress, type IncomingFile, type OutgoingFile } from '../../file/index.js'
import type { ClientExtraKeyEvent } from '../../index.js'
import { messageOf } from '../error-text.js'
import type { ChatEvent } from './chat-event.js'
import type { ChatContext, Correspondents } from './correspondents.js'

/** A file that comes. */
interface Incoming {
  readonly incoming: IncomingFile
  wanted?: string
  part?: string
  /** What was opened and could not be written, because the disk was full for instance: it does not come again. */
  rest?: { readonly at: number, readonly content: Uint8Array }
}

/** A file that goes or comes. */
interface Transfer {
  readonly number: number
  peer: string
  readonly name: string
  readonly bytes: number
  /** Whether the key was verified with which it is offered. */
  readonly verified: boolean
  readonly file: { readonly outgoing: OutgoingFile, readonly path: string } | Incoming
  /** Ends what is running. */
  ending?: AbortController
  ended: boolean
}

type FileEvent = Extract<ChatEvent, { type: 'file' }>['event']

/** So many files may be open at a time: a correspondent could offer any number. */
const MAX_OPEN = 64
/** How often progress is shown, in milliseconds. */
const shownEveryMs = 500

/** Sends and receives files: `/send`, `/get`, `/refuse`, `/stop`, `/resume`, `/files`. */
export class ChatFiles {
  readonly #context: ChatContext
  readonly #transfers = new Map<number, Transfer>()
  #next = 1

  constructor(context: ChatContext, correspondents: Correspondents) {
    this.#context = context
    correspondents.onMoved((from, to) => {
      for (const one of this.#transfers.values()) if (one.peer === from) one.peer = to
    })
  }

  /**
   * Offers a file, and sends it while the person goes on.
   *
   * @throws OtrError `OTR_FILE_CARRIER` where no files are carried, `OTR_ARGUMENT` for what is no file
   */
  async send(peer: string, typed: string): Promise<void> {
    const { client, transport } = this.#context
    if (transport.files === undefined) throw new OtrError('OTR_FILE_CARRIER', 'this network carries no files; over the relay, its operator starts it with --files')
    const path = typed.startsWith('~/') ? join(homedir(), typed.slice(2)) : typed
    const found = await stat(path).catch((error: unknown) => { throw new OtrError('OTR_ARGUMENT', `${typed} cannot be read: ${messageOf(error)}`) })
    if (!found.isFile()) throw new OtrError('OTR_ARGUMENT', `${typed} is no file`)
    const conversation = client.conversation(peer)
    const outgoing = await offerFile({ extraKey: (context, data, options) => conversation.extraKey(context, data, options) }, { name: basename(path), length: found.size }, transport.files)
    const verified = conversation.status.key?.trust === 'verified'
    this.#run(this.#add({ peer, name: outgoing.header.name, bytes: found.size, verified, file: { outgoing, path } }))
  }

  /** The correspondent uses the extra symmetric key: for a file, perhaps. */
  offered(event: ClientExtraKeyEvent): void {
    const { peer, instance, version } = event
    const incoming = readFileOffer(event, { reuseMemory: true })
    if (incoming === undefined) return
    if (incoming === 'unreadable') {
      this.#context.show({ type: 'error', about: peer, text: `${peer} offers a file in a form that is not known here` })
      return
    }
    if ([...this.#transfers.values()].filter(({ ended }) => !ended).length >= MAX_OPEN) {
      incoming.refuse()
      this.#context.show({ type: 'error', about: peer, text: `${peer} offers a file, but too many are open: /files` })
      return
    }
    const verified = this.#context.client.conversation(peer).status.sessions.some((session) => session.state === 'encrypted'
      && session.instance === instance && session.version === version && session.trust === 'verified')
    this.#tell(this.#add({ peer, name: incoming.header.name, bytes: incoming.header.length, verified, file: { incoming } }), 'offered')
  }

  /** Receives a file. `wanted`: where it is put, a folder or a new file; the present folder by default. */
  get(number: number | undefined, wanted: string | undefined): void {
    const transfer = this.#found(number, (one) => 'incoming' in one.file && one.file.incoming.state === 'offered')
    if ('incoming' in transfer.file && wanted !== undefined) transfer.file.wanted = wanted.startsWith('~/') ? join(homedir(), wanted.slice(2)) : wanted
    this.#run(transfer)
  }

  /** Goes on with a file that was stopped or has failed. */
  resume(number: number | undefined): void {
    this.#run(this.#found(number, (one) => one.ending === undefined))
  }

  /** Stops a file for now. */
  stop(number: number | undefined): void {
    this.#found(number, (one) => one.ending !== undefined).ending?.abort(new OtrError('OTR_FILE_CARRIER', 'stopped'))
  }

  /** Refuses a file, or gives one up. */
  async refuse(number: number | undefined): Promise<void> {
    const transfer = this.#found(number, () => true)
    await this.#giveUp(transfer)
    this.#tell(transfer, 'refused')
  }

  /** What there is, in words. */
  get list(): string {
    const open = [...this.#transfers.values()].filter(({ ended }) => !ended)
    if (open.length === 0) return 'no files; /send FILE sends one'
    return open.map((one) => `${one.number}: ${one.name}, ${one.bytes} bytes, ${'outgoing' in one.file ? 'to' : 'from'} ${one.peer}, ${one.ending === undefined ? 'waits' : 'is running'}`).join('\n')
  }

  /** Gives up what is not complete: its keys are not kept. */
  async close(): Promise<void> {
    for (const transfer of this.#transfers.values()) await this.#giveUp(transfer).catch(() => undefined)
  }

  #add(of: Pick<Transfer, 'peer' | 'name' | 'bytes' | 'verified' | 'file'>): Transfer {
    const transfer: Transfer = { ...of, number: this.#next++, ended: false }
    this.#transfers.set(transfer.number, transfer)
    return transfer
  }

  #found(number: number | undefined, fits: (transfer: Transfer) => boolean): Transfer {
    const open = [...this.#transfers.values()].filter((one) => !one.ended && fits(one) && (number === undefined || one.number === number))
    const [first] = open
    if (first === undefined || open.length > 1) throw new OtrError('OTR_ARGUMENT', first === undefined ? 'there is no such file; /files shows them' : 'which one? /files shows the numbers')
    return first
  }

  #run(transfer: Transfer): void {
    if (transfer.ending !== undefined) throw new OtrError('OTR_ARGUMENT', 'it is running already')
    const ending = transfer.ending = new AbortController()
    const { file } = transfer
    const direction = 'outgoing' in file ? 'sending' : 'receiving'
    const options = { signal: ending.signal, onProgress: this.#progress(transfer, direction) }
    this.#tell(transfer, direction)
    const work = 'outgoing' in file ? file.outgoing.upload((from) => contentOf(file.path, from), options).then(() => undefined) : this.#receive(file, options)
    work.then((path) => {
      transfer.ended = true
      this.#tell(transfer, direction === 'sending' ? 'sent' : 'received', path)
    }, (error: unknown) => {
      if (!transfer.ended) this.#tell(transfer, ending.signal.aborted ? 'stopped' : 'failed', ending.signal.aborted ? undefined : messageOf(error))
    }).finally(() => { delete transfer.ending })
  }

  /** Receives into a file that nobody takes for the whole one, and resolves to where the whole one is. */
  async #receive(file: Incoming, options: { readonly signal: AbortSignal, readonly onProgress: (progress: FileProgress) => void }): Promise<string> {
    const { files } = this.#context.transport
    if (files === undefined) throw new OtrError('OTR_FILE_CARRIER', 'this network carries no files')
    const { incoming } = file
    const target = await targetOf(file.wanted, incoming.header.name)
    const isNew = file.part === undefined
    const part = file.part ??= `${target.path}.${randomBytes(4).toString('hex')}.part`
    const handle = await open(part, isNew ? constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL : constants.O_WRONLY | constants.O_NOFOLLOW, 0o600)
    try {
      let at = file.rest?.at ?? incoming.received
      await handle.truncate(at)
      const keep = async (content: Uint8Array): Promise<void> => {
        try {
          await writeAll(handle, content, at)
        } catch (error) {
          // A copy: the memory of a piece is used again.
          file.rest = { at, content: Buffer.from(content) }
          throw error
        }
        delete file.rest
        at += content.length
      }
      if (file.rest !== undefined) await keep(file.rest.content)
      for await (const content of incoming.download(files, options)) await keep(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    const path = await moved(part, target)
    delete file.part
    return path
  }

  async #giveUp(transfer: Transfer): Promise<void> {
    if (transfer.ended) return
    transfer.ended = true
    transfer.ending?.abort(new OtrError('OTR_FILE_CARRIER', 'given up'))
    if ('outgoing' in transfer.file) {
      await transfer.file.outgoing.withdraw()
      return
    }
    transfer.file.incoming.refuse()
    if (transfer.file.part !== undefined) await rm(transfer.file.part, { force: true })
  }

  #tell({ number, peer, name, bytes, verified }: Transfer, event: FileEvent, detail?: string): void {
    this.#context.show({ type: 'file', peer, event, number, bytes, verified, name, ...detail !== undefined && { detail } })
  }

  #progress(transfer: Transfer, direction: 'sending' | 'receiving'): (progress: FileProgress) => void {
    const begun = performance.now()
    let shown = 0
    let first: number | undefined
    return ({ done, of }) => {
      const now = performance.now()
      first ??= done
      if (done < of && now - shown < shownEveryMs) return
      shown = now
      const secondsLeft = done <= first ? 0 : Math.round((of - done) * (now - begun) / (done - first) / 1000)
      this.#context.show({ type: 'progress', peer: transfer.peer, direction, done, of, secondsLeft, file: transfer.name })
    }
  }
}

async function* contentOf(path: string, from: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r')
  // Sealing copies what it is given.
  const buffer = Buffer.allocUnsafe(65_536)
  try {
    for (let at = from; ;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, from: number): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, from + at)).bytesWritten
}

/** Where a file is put. `exact`: the person named the file, so it gets no other name. */
interface Target {
  readonly path: string
  readonly exact: boolean
}

async function targetOf(wanted: string | undefined, name: string): Promise<Target> {
  if (wanted === undefined) return { path: join(process.cwd(), name), exact: false }
  const found = await stat(wanted).catch(() => undefined)
  if (found?.isDirectory() === true) return { path: join(wanted, name), exact: false }
  if (found !== undefined) throw new OtrError('OTR_ARGUMENT', `${wanted} exists already; nothing is overwritten`)
  return { path: wanted, exact: true }
}

/** Gives the received file its name; a link fails where there is a file already, so nothing is ever overwritten. */
async function moved(part: string, { path, exact }: Target): Promise<string> {
  const ending = extname(path)
  for (let n = 1; ; n++) {
    const to = n === 1 ? path : join(dirname(path), `${basename(path, ending)} (${n})${ending}`)
    try {
      await link(part, to)
    } catch (error) {
      if (!exact && n < 1000 && (error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    await unlink(part)
    return to
  }
}
