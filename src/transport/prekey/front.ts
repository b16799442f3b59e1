/**
 * A front carries strings between a prekey server and those who ask it; it knows nothing of what they say. What the fronts have in
 * common: the server as they see it, and what they tell of themselves.
 */

/**
 * The server: everything that one sender's text makes it answer, in order. It never rejects for anything received; when it does, it
 * is the server's own trouble, and the sender hears nothing.
 *
 * @param from - who sent it, as the network vouches for it: on XMPP the bare JID
 */
export type Answerer = (from: string, text: string) => Promise<readonly string[]>

/** What a front tells. Nothing in it names anybody, or says what was said. */
export type FrontEvent =
  | { readonly event: 'online' | 'offline' | 'refused', readonly front: FrontName, readonly detail?: string }
  /** Something came that is no message, or too much. */
  | { readonly event: 'dropped', readonly front: FrontName, readonly detail: string }
  /** An answer could not be given. */
  | { readonly event: 'unanswered', readonly front: FrontName, readonly detail: string }

/** How a prekey server is reached. */
export type FrontName = 'tcp' | 'xmpp' | 'relay'

/** Code of the host that hears what a front tells. */
export type FrontListener = (event: FrontEvent) => void

/** A front that is open. */
export interface PrekeyFront {
  /** How the server is reached here. */
  readonly front: FrontName
  /** Where it is reached, for people. */
  readonly where: string
  /** Tells somebody something that they did not ask for, if this front can; whether it arrives is not known. */
  notify(to: string, text: string): void
  /** Takes nothing more, lets what is under way end for some seconds, and closes. */
  close(): Promise<void>
}

/** Asks the server, and never rejects. */
export async function answersOf(answer: Answerer, from: string, text: string, front: FrontName, tell: FrontListener): Promise<readonly string[]> {
  try {
    return await answer(from, text)
  } catch (error) {
    // Only its code: a message of another's making might quote what it was given.
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
    tell({ event: 'unanswered', front, detail: `the server failed: ${code}` })
    return []
  }
}

/** What is under way: counted, and waited for at the end. */
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
