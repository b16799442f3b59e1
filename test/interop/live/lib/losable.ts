/** An unmodified client that a test can kill and start again, and what its user reads. */
export interface Losable {
  readonly name: string
  /** How our side addresses it. */
  readonly address: string
  /** Its user types this into the conversation with our side. */
  say(text: string): Promise<void>
  /** Everything that its user has read since it was last started. */
  shown(): Promise<string>
  /** It ends without a word, as in a crash. */
  kill(): Promise<void>
  /** It is started again with what it had saved, and is ready to talk to our side. */
  reopen(): Promise<void>
}
