/** An encoded message, or one fragment of one, in a line of chat. */
export interface FoundUnit {
  readonly kind: 'message' | 'fragment'
  /** The OTR part of the line, still to be decoded strictly. When it is not at the start of the line, at least its beginning is well formed. */
  readonly unit: string
  /** The rest of the line, trimmed: a gateway's markup, a time, or words. Unauthenticated text in clear. */
  readonly around: string
}

const mark = '?OTR'

/**
 * What must follow `?OTR` when other text precedes it. A person may write about `?OTR:`, but not the base64 of a version, a type and two
 * tags, or the numbers of a fragment.
 */
const later: readonly (readonly [FoundUnit['kind'], RegExp])[] = [
  ['message', /:AA[EIMQ][A-Za-z0-9+/=]{12}/y],
  ['fragment', /\|[0-9a-f]{1,8}\|[0-9a-f]{1,8}(?:\|[0-9a-f]{1,8})?,[0-9]{1,5},[0-9]{1,5},/iy],
  // Without tags, as in version 2.
  ['fragment', /,[0-9]{1,5},[0-9]{1,5},[^,]*,/y],
]
/** What must follow `?OTR` at the beginning of a line. */
const first: readonly (readonly [FoundUnit['kind'], string])[] = [['message', ':'], ['fragment', '|']]

/** The head of a fragment, up to its piece. */
const fragmentHead = /\?OTR(?:\|[^,]*)?,[^,]*,[^,]*,/y

/**
 * Finds the first OTR message or fragment of a line, at any position: libotr accepts other text before and after it, and gateways add markup,
 * times and blanks. Linear time. Returns `undefined` when there is none.
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

/** Where the unit ends. A unit without its proper end extends to the end of the line, and the strict decoder refuses it. */
function endOf(line: string, at: number, kind: FoundUnit['kind']): number {
  switch (kind) {
    case 'message': return line.indexOf('.', at) + 1 || line.length
    case 'fragment': return endOfFragment(line, at)
  }
}

function endOfFragment(line: string, at: number): number {
  fragmentHead.lastIndex = at
  if (!fragmentHead.test(line)) return line.length
  const comma = line.indexOf(',', fragmentHead.lastIndex)
  // A comma at the very end belongs to a fragment. Its piece then holds another comma, and the decoder refuses it.
  return comma < 0 || line.endsWith(',') ? line.length : comma + 1
}

function join(before: string, behind: string): string {
  return `${before.trim()} ${behind.trim()}`.trim()
}

/** Markup, entities, and what is OTR again. */
const noWords = /<[^<>]*>|&[a-z]+;|&#\d+;|\?OTR[:|,]\S*/gi

/** The words that a person may have written around a unit; '' when there are only markup, times and punctuation. Unauthenticated text in clear, made inert. */
export function wordsAround(around = ''): string {
  const words = around.replace(noWords, ' ').trim()
  return /\p{L}/u.test(words) ? words : ''
}
