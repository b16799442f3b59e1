import type { CodeRoom } from '../fingerprint-qr.js'
import type { ChatEvent } from './chat-event.js'
import type { Indicator } from './indicator.js'

/** A line that the person typed. */
export interface TypedLine {
  readonly text: string
  /** The correspondent or channel that was in front of the person when they pressed return. The line goes nowhere else. */
  readonly to: string | undefined
  /** It was pasted: it is text, even if it looks like a command. */
  readonly pasted: boolean
}

/** The person pressed the key that leaves the program. It is easily pressed by mistake. */
export interface Leaving {
  readonly leave: true
}

/** A question of a command to the person. */
export interface Question {
  /** One sentence that says about whom or what the question is, and what the answer is used for. It may contain text of others. */
  readonly title: string
  /** One or two words in front of the line in which they answer. */
  readonly label: string
  /** The answer must not be shown, remembered or completed. */
  readonly secret: boolean
}

/** What a view may ask about names. */
export interface Names {
  /** How people write one. */
  readonly spelling: (name: string) => string
  /** Whether it is a channel's. */
  readonly isChannel: (name: string) => boolean
}

/** Where the chat program shows things and reads what the person types. */
export interface View {
  /** The network has let us in. From here on the view uses the terminal. */
  open(names: Names): Promise<void>
  show(event: ChatEvent): void
  /** Shows how private the conversation with this correspondent is. */
  indicate(peer: string, indicator: Indicator): void
  /** The correspondent or channel in front of the person. What they type goes there. */
  readonly current: string | undefined
  /** Puts a correspondent or channel in front. Undefined: nobody. */
  turnTo(name: string | undefined): void
  /** Puts the window of this number in front. Undefined: the first one, which belongs to nobody. */
  turnToNumber(number: number | undefined): void
  /** Correspondents have other keys now. As an event `renamed` for each, but nothing is shown. */
  follow(key: (name: string) => string): void
  /** Closes the window of a correspondent or channel, and forgets what was shown in it. */
  forget(name: string): void
  /** The lines that the person types, until the end of input. */
  lines(): AsyncIterable<TypedLine | Leaving>
  /** Asks the person. Undefined if nobody can be asked, or if they leave the question without an answer. */
  ask(question: Question): Promise<string | undefined>
  /** Asks the person to say yes or no. */
  confirm(question: string): Promise<boolean>
  /** The room that `showWhole` has; undefined where there is no screen. */
  wholeScreen(): CodeRoom | undefined
  /** Shows rows on the whole screen until a key is pressed. No text of others may be in them. */
  showWhole(rows: readonly string[]): Promise<void>
  /** Adds names for completion. */
  know(names: readonly string[]): void
  /** Empties the screen, where there is one. */
  clear(): void
  close(): Promise<void>
}
