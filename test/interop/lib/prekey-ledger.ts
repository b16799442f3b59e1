import type { Ensemble } from '../../../src/wire/index.js'

interface Publication {
  readonly owner: string
  readonly identifiers: readonly number[]
  /** The server said Success; otherwise nobody knows. */
  readonly acknowledged: boolean
}

/** What was published and what was handed out, as those outside saw it; says what must not be. */
export class PrekeyLedger {
  readonly #publications: Publication[] = []
  readonly #handedOut = new Set<string>()
  /** Fetches without an answer: each may have taken one prekey message that nobody got. */
  readonly #unanswered = new Map<string, number>()
  readonly twice: string[] = []
  fetches = 0

  published(owner: string, identifiers: readonly number[], acknowledged: boolean): void {
    if (identifiers.length > 0) this.#publications.push({ owner, identifiers, acknowledged })
  }

  handedOut(owner: string, ensembles: readonly Ensemble[]): void {
    this.fetches++
    for (const { prekeyMessage } of ensembles) {
      const name = `${owner}/${prekeyMessage.identifier}`
      if (this.#handedOut.has(name)) this.twice.push(name)
      this.#handedOut.add(name)
    }
  }

  unanswered(owner: string): void {
    this.#unanswered.set(owner, (this.#unanswered.get(owner) ?? 0) + 1)
  }

  get owners(): string[] {
    return [...new Set(this.#publications.map(({ owner }) => owner))]
  }

  /** Once everything that was left was fetched too: what is missing and cannot have been taken by a fetch without an answer. */
  settle(): { lost: string[], half: string[], counts: Readonly<Record<string, number>> } {
    const lost: string[] = []
    const half: string[] = []
    const counts = { acknowledged: 0, unknown: 0, unknownStored: 0, prekeys: this.#handedOut.size, takenByNobody: 0, unanswered: 0 }
    for (const owner of this.owners) {
      const allowance = this.#unanswered.get(owner) ?? 0
      counts.unanswered += allowance
      let missing = 0
      for (const { identifiers, acknowledged } of this.#publications.filter((one) => one.owner === owner)) {
        const absent = identifiers.filter((identifier) => !this.#handedOut.has(`${owner}/${identifier}`)).length
        counts[acknowledged ? 'acknowledged' : 'unknown']++
        // One that was not acknowledged may be stored as a whole, or not at all.
        if (!acknowledged && absent === identifiers.length) continue
        if (!acknowledged) counts.unknownStored++
        missing += absent
        if (absent > allowance) (acknowledged ? lost : half).push(`${owner}: ${absent} of ${identifiers.length}`)
      }
      counts.takenByNobody += missing
      if (missing > allowance) lost.push(`${owner}: ${missing} missing, ${allowance} fetches without an answer`)
    }
    return { lost, half, counts }
  }
}
