/**
 * A front passes strings between a prekey server and its clients, and does not look into them. This file has what all fronts have in common: the server
 * as they see it, and their events.
 */

/**
 * The server: takes one sender's text, and resolves to its answers, in order. It never rejects because of the text. If it rejects, the server itself
 * failed, and the sender gets no answer.
 *
 * @param from - who sent it, as the network vouches for it: on XMPP the bare JID
 */
export type Answerer = (from: string, text: string) => Promise<readonly string[]>

/** An event of a front. It never contains a name or a text. */
export type FrontEvent =
  | { readonly event: 'online' | 'offline' | 'refused', readonly front: FrontName, readonly detail?: string }
  /** A connection sent something that is not a message, or too much. */
  | { readonly event: 'dropped', readonly front: FrontName, readonly detail: string }
  /** A request got no answer. */
  | { readonly event: 'unanswered', readonly front: FrontName, readonly detail: string }

/** How a prekey server is reached. */
export type FrontName = 'tcp' | 'xmpp' | 'relay'

/** The application's function that is called with each event. */
export type FrontListener = (event: FrontEvent) => void

/** A front that is open. */
export interface PrekeyFront {
  /** How the server is reached here. */
  readonly front: FrontName
  /** Where it is reached, for people. */
  readonly where: string
  /** Sends somebody a text that is no answer, where this front can. Whether it arrives is not known. */
  notify(to: string, text: string): void
  /** Stops reading, waits some seconds for the answers under way, and closes. */
  close(): Promise<void>
}

/** Asks the server, and never rejects. */
export async function answersOf(answer: Answerer, from: string, text: string, front: FrontName, tell: FrontListener): Promise<readonly string[]> {
  try {
    return await answer(from, text)
  } catch (error) {
    // Only the code: an error's message might quote the sender's text.
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
    tell({ event: 'unanswered', front, detail: `the server failed: ${code}` })
    return []
  }
}

/** Counts the work under way, and waits for it at the end. */
export class UnderWay {
  readonly #work = new Set<Promise<void>>()

  get count(): number {
    return this.#work.size
  }

  add(work: Promise<void>): void {
    const counted = work.catch(() => undefined).finally(() => { this.#work.delete(counted) })
    this.#work.add(counted)
  }

  /** Resolves when all of it is done, or after so many seconds. */
  async settled(seconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const given = new Promise<void>((resolve) => { timer = setTimeout(resolve, seconds * 1000) })
    await Promise.race([Promise.all(this.#work), given])
    clearTimeout(timer)
  }
}
