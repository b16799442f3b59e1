import { systemRandom } from '../src/crypto/index.js'
import { forgeTalk, type ForgedTalk, type Wish } from './forge-talk.js'
import { openTalk, type Talk } from './open-talk.js'

/** What takes time. */
export interface Tasks {
  readonly open: { readonly given: string, readonly result: Talk }
  readonly forge: { readonly given: Wish, readonly result: ForgedTalk }
}

interface Question {
  readonly id: number
  readonly task: keyof Tasks
  readonly given: string | Wish
}

type Answer = { readonly id: number } & ({ readonly result: Talk | ForgedTalk } | { readonly failed: string })

function answer({ id, task, given }: Question): Answer {
  try {
    return { id, result: task === 'open' ? openTalk(given as string) : forgeTalk(given as Wish, systemRandom, Math.floor(Date.now() / 1000)) }
  } catch (error) {
    return { id, failed: error instanceof Error ? error.message : String(error) }
  }
}

/** The other end of `Workshop`, in its worker. */
export function serve(worker: { onmessage: ((event: MessageEvent<Question>) => void) | null, postMessage: (answer: Answer) => void }): void {
  worker.onmessage = ({ data }) => { worker.postMessage(answer(data)) }
}

/**
 * Does the work in a worker, so that a page with a long transcript stays usable. The worker is made of the page's own script: nothing is loaded.
 * In a browser that allows none, the page does the work itself.
 */
export class Workshop {
  #worker: Worker | undefined
  readonly #waiting = new Map<number, { readonly question: Question, readonly done: (answer: Answer) => void }>()
  #last = 0

  constructor(script: string) {
    try {
      const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })))
      worker.onmessage = ({ data }: MessageEvent<Answer>) => { this.#answered(data) }
      worker.onerror = (event) => {
        event.preventDefault()
        this.#worker = undefined
        for (const { question } of this.#waiting.values()) this.#answered(answer(question))
      }
      this.#worker = worker
    } catch {
      // Then without.
    }
  }

  /** Rejects with a sentence for people. */
  async do<Task extends keyof Tasks>(task: Task, given: Tasks[Task]['given']): Promise<Tasks[Task]['result']> {
    const question = { id: ++this.#last, task, given }
    const answered = await new Promise<Answer>((done) => {
      this.#waiting.set(question.id, { question, done })
      if (this.#worker !== undefined) this.#worker.postMessage(question)
      // After the page has shown that it is at work.
      else setTimeout(() => { this.#answered(answer(question)) }, 50)
    })
    if ('failed' in answered) throw new Error(answered.failed)
    return answered.result
  }

  #answered(given: Answer): void {
    const waiting = this.#waiting.get(given.id)
    this.#waiting.delete(given.id)
    waiting?.done(given)
  }
}
