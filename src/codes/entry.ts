/**
 * At whose side the cause lies, so far as this side can know. `peer`: the correspondent, their program, or whoever speaks in their name;
 * `network`: what lies between, or a server; `application`: the program around this library; `person`: whoever sits in front of it; `library`: a
 * bug of ours; `nobody`: things went as they should.
 */
export type Fault = 'peer' | 'network' | 'application' | 'person' | 'library' | 'nobody'

/** What there is to know of a code. */
export interface CodeEntry {
  /** What happened, for developers. */
  readonly meaning: string
  /** At whose side the cause lies. */
  readonly fault: Fault
  /** What the application, or the person through it, does next. */
  readonly next: string
  /**
   * A whole sentence or two for people, in English. Those of notices may hold `{peer}`, those of errors hold no placeholder. See `sentence`
   * for other languages.
   */
  readonly say: string
}
