/** An unmodified client on the other side, with whatever its user can do and see. Each method that waits is bounded in time. */
export interface Correspondent {
  readonly name: string
  /** How it is addressed by our chat. */
  readonly address: string
  /** Its user says something to our chat. */
  say(text: string): Promise<void>
  /** Waits until its user reads this from our chat. */
  hears(text: string): Promise<void>
  /** Its user asks for a private conversation. */
  start(): Promise<void>
  /** Waits until it has told its user of private conversations so many times. */
  isPrivate(times: number): Promise<void>
  /** Its own fingerprint as it shows it: 40 hex digits. */
  fingerprint(): Promise<string>
  /** Whether it can ask a question with the secret. */
  readonly asksQuestions: boolean
  /** Its user asks to verify our chat. */
  verify(secret: string, question?: string): Promise<void>
  /** Waits until its user is asked, with the question if there is one. */
  isAsked(question?: string): Promise<void>
  answer(secret: string): Promise<void>
  /** Waits until it has told of verifications so many times. */
  succeeds(times: number): Promise<void>
  fails(times: number): Promise<void>
  end(): Promise<void>
  /** Waits until its user is told that our chat has ended the conversation. */
  isEnded(): Promise<void>
}
