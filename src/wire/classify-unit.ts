/** An encoded message, or one fragment of one, as it stands in a line of chat. */
export interface FoundUnit {
  readonly kind: 'message' | 'fragment' | 'fragment-v2'
  /** What is meant as OTR, to be read strictly. A line that does not begin with the unit has one that at least begins rightly. */
  readonly unit: string
  /** What else the line holds, without blanks at its ends: a gateway's markup, a time, or words. Of nobody knows whom, in clear. */
  readonly around: string
}

const mark = '?OTR'

/**
 * What has to follow `?OTR` behind other text. A person may write of `?OTR:`; nobody writes the version, the type and two tags of a
 * message in base64, or the numbers of a fragment.
 */
const later: readonly (readonly [FoundUnit['kind'], RegExp])[] = [
  ['message', /:AA[EIMQ][A-Za-z0-9+/=]{12}/y],
  ['fragment', /\|[0-9a-f]{1,8}\|[0-9a-f]{1,8}(?:\|[0-9a-f]{1,8})?,[0-9]{1,5},[0-9]{1,5},/iy],
  ['fragment-v2', /,[0-9]{1,5},[0-9]{1,5},[^,]+,/y],
]
/** What it takes at the beginning of a line. */
const first: readonly (readonly [FoundUnit['kind'], string])[] = [['message', ':'], ['fragment', '|']]

/** As far as the piece of a fragment. */
const fragmentHead = /\?OTR\|[^,]*,[^,]*,[^,]*,/y

/**
 * The first OTR message or fragment of a line, wherever it stands. libotr reads them behind and in front of other text, and gateways
 * put markup, times and blanks there. Linear time. `undefined`: none.
 */
export function findUnit(line: string): FoundUnit | undefined {
  for (let at = line.indexOf(mark); at >= 0; at = line.indexOf(mark, at + 1)) {
    const kind = at === 0 ? kindAtStart(line) : kindAt(line, at)
    if (kind === undefined) continue
    const end = endOf(line, at, kind)
    return { kind, unit: line.slice(at, end), around: join(line.slice(0, at), line.slice(end)) }
  }
  return undefined
}

function kindAtStart(line: string): FoundUnit['kind'] | undefined {
  return first.find(([, next]) => line.startsWith(next, mark.length))?.[0] ?? kindAt(line, 0)
}

function kindAt(line: string, at: number): FoundUnit['kind'] | undefined {
  return later.find(([, form]) => matchesAt(form, line, at + mark.length))?.[0]
}

function matchesAt(form: RegExp, line: string, at: number): boolean {
  form.lastIndex = at
  return form.test(line)
}

/** Where the unit is over. What does not end as it should goes to the end of the line: it is read as a whole then, and refused. */
function endOf(line: string, at: number, kind: FoundUnit['kind']): number {
  switch (kind) {
    case 'message': return line.indexOf('.', at) + 1 || line.length
    case 'fragment': return endOfFragment(line, at)
    case 'fragment-v2': return line.length
  }
}

function endOfFragment(line: string, at: number): number {
  fragmentHead.lastIndex = at
  if (!fragmentHead.test(line)) return line.length
  const comma = line.indexOf(',', fragmentHead.lastIndex)
  // A comma at the very end belongs to a fragment: then one stands in its piece, which is refused.
  return comma < 0 || line.endsWith(',') ? line.length : comma + 1
}

function join(before: string, behind: string): string {
  return `${before.trim()} ${behind.trim()}`.trim()
}

/** Markup, entities, and what is OTR again. */
const noWords = /<[^<>]*>|&[a-z]+;|&#\d+;|\?OTR[:|,]\S*/gi

/** What a person may have written of what stood around a unit; '' where it is nothing but markup, times and marks. Inert text, in clear. */
export function wordsAround(around = ''): string {
  const words = around.replace(noWords, ' ').trim()
  return /\p{L}/u.test(words) ? words : ''
}
