// The sentence map in spec/map/: the typed reader of its files.
import { readdirSync, readFileSync } from 'node:fs'

/** How strongly a specification asks for something; `step`: a numbered step, or a check in plain imperative. */
export type Level = 'must' | 'must not' | 'should' | 'should not' | 'step'

/** What is done about a sentence. */
export type State = 'done' | 'decided otherwise' | 'not applicable' | 'missing'

/** A test, by its file and its title as the source writes it ("…" for what the title computes). */
export interface TestName {
  readonly file: string
  readonly title: string
}

/** One sentence of a specification, in our words. */
export interface Row {
  /** The file's prefix, the section's anchor and the ordinal in it, joined by slashes. */
  readonly id: string
  readonly level: Level
  /** Our paraphrase: at most 20 words. */
  readonly says: string
  readonly state: State
  /** What does it: `file#name`, or `file#Class.member`. */
  readonly code: readonly string[]
  readonly tests: readonly TestName[]
  /** With `decided otherwise`: `file#number` of the decision. */
  readonly decision?: string
  /** With `not applicable`: why. With `missing`: what. With others: what a reader has to know besides. */
  readonly why?: string
}

/** The rows of one section. */
export interface Section {
  /** As the specification's page makes its anchors. */
  readonly anchor: string
  readonly heading: string
  readonly rows: readonly Row[]
}

/** One file of the map. */
export interface MapFile {
  /** The file's name without `.json`: that of the page, too. */
  readonly name: string
  /** The page's heading. */
  readonly title: string
  /** What the rows' ids begin with: the document. */
  readonly prefix: string
  /** Where the document is published. */
  readonly source: string
  /** The version that was read. */
  readonly version: string
  readonly sections: readonly Section[]
}

const levels: ReadonlySet<string> = new Set<Level>(['must', 'must not', 'should', 'should not', 'step'])
const states: ReadonlySet<string> = new Set<State>(['done', 'decided otherwise', 'not applicable', 'missing'])

const isLevel = (value: string): value is Level => levels.has(value)
const isState = (value: string): value is State => states.has(value)

/** A value of JSON with the place where it stands, for messages. */
class Place {
  constructor(readonly value: unknown, readonly where: string) {}

  fail(what: string): never {
    throw new Error(`${this.where}: ${what}`)
  }

  /** The members of an object, which may have no others than these. */
  members(...known: readonly string[]): (name: string) => Place {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('not an object')
    const members = new Map<string, unknown>(Object.entries(value))
    for (const name of members.keys()) if (!known.includes(name)) this.fail(`unknown member "${name}"`)
    return name => new Place(members.get(name), `${this.where}.${name}`)
  }

  list(): Place[] {
    const { value } = this
    if (!Array.isArray(value)) return this.fail('not a list')
    return value.map((one: unknown, at) => new Place(one, `${this.where}[${String(at)}]`))
  }

  text(): string {
    const { value } = this
    return typeof value === 'string' && value.trim() === value && value !== '' ? value : this.fail('not a text')
  }

  optionalText(): string | undefined {
    return this.value === undefined ? undefined : this.text()
  }

  optionalList(): Place[] {
    return this.value === undefined ? [] : this.list()
  }
}

function readTest(place: Place): TestName {
  const member = place.members('file', 'title')
  return { file: member('file').text(), title: member('title').text() }
}

function readRow(place: Place): Row {
  const member = place.members('id', 'level', 'says', 'state', 'code', 'tests', 'decision', 'why')
  const level = member('level').text()
  const state = member('state').text()
  if (!isLevel(level)) return member('level').fail(`"${level}" is no level`)
  if (!isState(state)) return member('state').fail(`"${state}" is no state`)
  const decision = member('decision').optionalText()
  const why = member('why').optionalText()
  return {
    id: member('id').text(), level, says: member('says').text(), state,
    code: member('code').optionalList().map((one) => one.text()),
    tests: member('tests').optionalList().map(readTest),
    ...decision !== undefined && { decision },
    ...why !== undefined && { why },
  }
}

function readSection(place: Place): Section {
  const member = place.members('anchor', 'heading', 'rows')
  return { anchor: member('anchor').text(), heading: member('heading').text(), rows: member('rows').list().map(readRow) }
}

/**
 * Reads one file of the map.
 *
 * @param name - the file's name without `.json`
 * @param json - what stands in it
 * @throws Error that names the place of what is not as it should be
 */
export function readMapFile(name: string, json: string): MapFile {
  const value: unknown = JSON.parse(json)
  const member = new Place(value, name).members('title', 'prefix', 'source', 'version', 'sections')
  return {
    name, title: member('title').text(), prefix: member('prefix').text(), source: member('source').text(), version: member('version').text(),
    sections: member('sections').list().map(readSection),
  }
}

/**
 * Reads the whole map.
 *
 * @param root - the repository's folder
 */
export function readMap(root: string): MapFile[] {
  const folder = `${root}/spec/map`
  return readdirSync(folder).filter((file) => file.endsWith('.json')).sort()
    .map((file) => readMapFile(file.slice(0, -5), readFileSync(`${folder}/${file}`, 'utf8')))
}
