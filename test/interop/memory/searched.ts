import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findInMemory, piecesIn, piecesOf } from './search.js'

/** What is equal to a key that the account still has. */
const longTerm = /^long-term$/

/** What is wiped out of caution, or because a buffer is used again, and is public. */
const harmless: readonly (readonly [RegExp, string])[] = [
  [/^store\/(message-pack|record):|^store\/keys:\S*seal/, 'whole records, whose secrets are looked for one by one; the rest is public'],
  [/provenScrypt|givesTheSame/, 'a trial of scrypt or of a cipher, with what stands in its source'],
  [/^crypto\/noble\/hash-engine:/, 'results of HMAC, which its callers wipe where they are secret'],
  // JavaScriptCore leaves out who called last.
  [/^wire\/base64:.*(prekeyTextBytes|prekey\/(server|client):)/, 'lines of the prekey protocol'],
  [/platform-power:padded/, 'a power as OpenSSL gave it: looked for under the name of whoever asked for the power, and wiped its copy'],
  [/power.*prekey\/proofs:/, 'powers in the proofs of a publication, which everybody computes who checks it'],
  [/^wire\/writer:/, 'lines that are being encoded: they go out'],
  [/^crypto\/dsa-encoding:/, 'a public key in the working memory of SHA-1'],
  [/^crypto\/wasm\/modp:\S*powerModulo/, 'bases of DSA: public numbers of a key or signature, or blinded by a number that is wiped'],
]

/** What the other side was told in an encrypted message: text, and the values of SMP. */
const toldInPrivate = /^v[34]\/data-message:/

/** What the program itself overwrites at the end. */
const ofProgram = /^store\/passphrase:/

/** In use until the store is closed: its keys. JavaScriptCore does not name the class of a method, so `wipe` of the keys looks as the other does. */
const ofOpenStore = /^store\/(header:newStore|keys:(StoreKeys\.)?wipe|open:make)|^store\/store:(SealedStore\.)?close/

/** Copies of what is published, for the proofs. The profile, and prekeys that nobody has used, are in use after that. */
const ofPublication = /^prekey\/publish:|ed448KeyPair < \S*generateEd448KeyPair/

/** Drawn together with a store's master key: 16 bytes, which stand in its header. */
const storeIds = /^store\/header:newStore|^drawn, 48 bytes/

/** Their life ends with the verification, whatever goes on. */
const ofVerification = /smp/

/** The numbers of version 3's SMP that are no exponents. OpenSSL raises them to powers and frees its copies as they are; without the exponents they are of no use. */
const bases = ({ kind, bytes }: Value): boolean => kind.startsWith('smp/exchange:wipeSmp') && bytes.length === 192

/** Bytes that were secret, and who drew or wiped them. */
export interface Value {
  readonly kind: string
  readonly bytes: Buffer
}

/** A row of the report: how many values of a kind were looked for, and how many were there. */
export interface Row {
  wiped: number
  found: number
  /** Where the first few of them are. */
  readonly places: string[]
}

/** A program that talks somewhere, and stops at its moments while its memory is searched. */
export abstract class Searched {
  /** Where it writes what was secret. */
  readonly folder: string

  protected constructor(folder: string) {
    this.folder = folder
  }

  /** Waits until it says that a moment has come. */
  abstract at(moment: string): Promise<void>

  abstract goOn(): void

  /** The processes in which it is. */
  protected abstract pids(): readonly number[]

  /** What was secret until now, and what of it stands in its memory. `more`: what is secret besides what was wiped, and over. */
  search(moment: string, more: readonly Value[], registers?: Buffer): Map<string, Row> {
    const stored = readFileSync(join(this.folder, 'secrets'))
    const index = JSON.parse(readFileSync(join(this.folder, 'secrets.json'), 'utf8')) as readonly (readonly [string, number, number])[]
    const values: Value[] = index.map(([kind, at, length]) => ({ kind, bytes: stored.subarray(at, at + length) }))
    const { lines, fingerprints } = JSON.parse(readFileSync(join(this.folder, 'told.json'), 'utf8')) as Record<'lines' | 'fingerprints', readonly string[]>
    const told = Buffer.concat([
      Buffer.from('the words of both'),
      ...fingerprints.map((one) => Buffer.from(one, 'hex')),
      ...lines.map((line) => Buffer.from(/^(?:\?OTR:|(?=AAQ))([^.]*)/.exec(line)?.[1] ?? '', 'base64')),
      ...values.filter(({ kind }) => storeIds.test(kind)).map(({ bytes }) => bytes.subarray(32)),
      ...values.filter(({ kind }) => toldInPrivate.test(kind) || longTerm.test(kind)).map(({ bytes }) => bytes),
    ])
    const settled = JSON.parse(readFileSync(join(this.folder, 'settled.json'), 'utf8')) as number
    const isShut = moment === 'shut' || moment === 'closed'
    const isKept = (kind: string): boolean => moment === 'read' && ofPublication.test(kind)
    const isOver = ({ kind }: Value, n: number): boolean => (n < settled && (isShut || !ofOpenStore.test(kind)) && !isKept(kind) && (moment === 'closed' || !ofProgram.test(kind))) || ofVerification.test(kind) || kind.startsWith('control')
    const isPublic = (value: Value): boolean => [toldInPrivate, longTerm, ...harmless.map(([pattern]) => pattern)].some((pattern) => pattern.test(value.kind)) || bases(value)
    const candidates = [...values.filter((value, n) => isOver(value, n) && !isPublic(value)), ...more]
      .map(({ kind, bytes }) => ({ kind, pieces: piecesOf(bytes).filter((piece) => new Set(piece).size > 5) }))
    const known = piecesIn([told], new Set(candidates.flatMap(({ pieces }) => pieces.map((piece) => piece.toString('latin1')))))
    const secrets = candidates.map(({ kind, pieces }) => ({ kind, bytes: Buffer.concat(pieces.filter((piece) => !known.has(piece.toString('latin1')))) }))
      .filter(({ bytes }) => bytes.length > 0)
    const found = findInMemory(this.pids(), secrets.map(({ bytes }) => bytes), registers)
    const rows = new Map<string, Row>()
    secrets.forEach(({ kind }, n) => {
      const row = rows.get(kind) ?? { wiped: 0, found: 0, places: [] }
      rows.set(kind, row)
      row.wiped++
      const places = found.get(n)
      if (places === undefined) return
      row.found++
      if (row.places.length < 8) row.places.push(...places.slice(0, 4))
    })
    return rows
  }

  end(): void | Promise<void> {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
