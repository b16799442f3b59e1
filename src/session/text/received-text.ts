import { readHtml, type HtmlReading } from './html-text.js'
import type { TextFormat } from './text-format.js'

/** A private text as it came. It is read as HTML once, and only if somebody asks. */
export class ReceivedText {
  readonly raw: string
  #reading: HtmlReading | undefined

  constructor(raw: string) {
    this.raw = raw
  }

  /** What it reveals about the program that wrote it; see `HtmlReading`. */
  get sign(): HtmlReading['sign'] {
    return this.#html.sign
  }

  /** What the person typed in the other program. It is plain text: never show it as HTML. */
  as(format: TextFormat | undefined): string {
    return format === 'html' ? this.#html.text : this.raw
  }

  get #html(): HtmlReading {
    return this.#reading ??= readHtml(this.raw)
  }
}
