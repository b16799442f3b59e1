/**
 * Where the cause lies, as far as this side can know. `peer`: the correspondent, their program, or somebody who writes in their name;
 * `network`: the network or a server; `application`: the program that uses this library; `person`: its user; `library`: a bug of ours;
 * `nobody`: nothing went wrong.
 */
export type Fault = 'peer' | 'network' | 'application' | 'person' | 'library' | 'nobody'

/** The description of one code. */
export interface CodeEntry {
  /** What happened, for developers. */
  readonly meaning: string
  /** Where the cause lies. */
  readonly fault: Fault
  /** What the application, or the person through it, does next. */
  readonly next: string
  /**
   * One or two English sentences for people. Those of notices may contain `{peer}`; those of errors contain no placeholder. For other
   * languages see `sentence`.
   */
  readonly say: string
}
