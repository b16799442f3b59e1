/** The worlds that were seen, each as 64 bits of its digest, and the path by which each was first reached. */
export class Seen {
  #slots = 1 << 16
  #table = new Int32Array(3 * this.#slots).fill(0)
  #parents = new Int32Array(1 << 14)
  #moves = new Int32Array(1 << 14)
  #size = 0
  readonly #names: string[] = []
  readonly #numbers = new Map<string, number>()

  get size(): number {
    return this.#size
  }

  /** Records a world. Returns its number, and whether it is new. `parent`: the number of its predecessor. */
  add([high, low]: readonly [number, number], parent: number, move: string): { readonly number: number, readonly isNew: boolean } {
    let slot = (low >>> 0) % this.#slots
    for (;;) {
      const taken = this.#table[3 * slot + 2]
      if (taken === undefined || taken === 0) break
      if (this.#table[3 * slot] === high && this.#table[3 * slot + 1] === low) return { number: taken - 1, isNew: false }
      slot = (slot + 1) % this.#slots
    }
    const number = this.#size++
    this.#table.set([high, low, number + 1], 3 * slot)
    if (number >= this.#parents.length) {
      this.#parents = longer(this.#parents)
      this.#moves = longer(this.#moves)
    }
    this.#parents[number] = parent
    this.#moves[number] = this.#numberOf(move)
    if (this.#size * 2 > this.#slots) this.#grow()
    return { number, isNew: true }
  }

  /** The moves that led to a world, in order. */
  pathTo(number: number): string[] {
    return this.ancestry(number).slice(1).map((at) => this.moveTo(at))
  }

  /** The numbers of the worlds on the path to one: from the first world to itself. */
  ancestry(number: number): number[] {
    const way = [number]
    for (let at = number; at > 0;) way.push(at = this.#parents[at]!)
    return way.reverse()
  }

  /** The move that led to a world from the one before. */
  moveTo(number: number): string {
    return this.#names[this.#moves[number]!]!
  }

  #numberOf(move: string): number {
    let number = this.#numbers.get(move)
    if (number === undefined) {
      this.#numbers.set(move, number = this.#names.length)
      this.#names.push(move)
    }
    return number
  }

  #grow(): void {
    const old = this.#table
    this.#slots *= 2
    this.#table = new Int32Array(3 * this.#slots)
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] === 0) continue
      let slot = (old[at + 1]! >>> 0) % this.#slots
      while (this.#table[3 * slot + 2] !== 0) slot = (slot + 1) % this.#slots
      this.#table.set(old.subarray(at, at + 3), 3 * slot)
    }
  }
}

function longer(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const result = new Int32Array(2 * numbers.length)
  result.set(numbers)
  return result
}
