import type { CodeRoom } from '../fingerprint-qr.js'
import type { ChatEvent } from './chat-event.js'
import type { Indicator } from './indicator.js'

/** A line that the person typed. */
export interface TypedLine {
  readonly text: string
  /** The correspondent or channel in front of the person when they pressed return: a line never goes anywhere else. */
  readonly to: string | undefined
  /** It was pasted: text, whatever it looks like. */
  readonly pasted: boolean
}

/** The person pressed a key that leaves the program, which is pressed easily. */
export interface Leaving {
  readonly leave: true
}

/** Something that a command wants to know. */
export interface Question {
  /** About whom or what, and what for: a sentence. May hold text of others. */
  readonly title: string
  /** One or two words in front of the line. */
  readonly label: string
  /** Must not be seen, remembered or completed. */
  readonly secret: boolean
}

/** What a view knows of names. */
export interface Names {
  /** How people write one. */
  readonly spelling: (name: string) => string
  /** It is one of a channel, and of no correspondent. */
  readonly isChannel: (name: string) => boolean
}

/** Where the chat program shows things and reads what the person types. */
export interface View {
  /** The network has let us in: from here on the view has the terminal. */
  open(names: Names): Promise<void>
  show(event: ChatEvent): void
  /** What becomes of a text to this correspondent. */
  indicate(peer: string, indicator: Indicator): void
  /** The correspondent or channel in front of the person, to whom what they type goes. */
  readonly current: string | undefined
  /** Puts somebody else in front. */
  turnTo(name: string | undefined): void
  /** As `turnTo`, by the number of a window; undefined: the first, which is nobody's. */
  turnToNumber(number: number | undefined): void
  /** The same correspondents are found under other keys now: as `renamed`, without a word. */
  follow(key: (name: string) => string): void
  /** Takes somebody off the screen; what was shown of them is forgotten. */
  forget(name: string): void
  /** What the person typed, until the end of input. */
  lines(): AsyncIterable<TypedLine | Leaving>
  /** Asks. Undefined when there is nobody to ask or they leave the question. */
  ask(question: Question): Promise<string | undefined>
  /** Asks for a yes. */
  confirm(question: string): Promise<boolean>
  /** How much room there is for `showWhole`; undefined where there is no screen. */
  wholeScreen(): CodeRoom | undefined
  /** Shows rows of our own making on the whole screen, until a key is pressed. */
  showWhole(rows: readonly string[]): Promise<void>
  /** Names that may be completed. */
  know(names: readonly string[]): void
  /** Empties the screen, where there is one. */
  clear(): void
  close(): Promise<void>
}
