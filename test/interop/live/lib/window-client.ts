import type { Losable } from './losable.js'

/** An unmodified client with windows, and what its user reads there. */
export interface WindowClient extends Losable {
  /** The texts of our side that the conversation shows, each to its end. */
  heard(): Promise<string[]>
}

/** The texts in what a conversation shows, where `beginning` stands in front of those of our side and `others` in front of everything else. */
export function textsBehind(screen: string, beginning: RegExp, others: RegExp): string[] {
  return screen.split(new RegExp(`^(?=(?:${beginning.source}|${others.source}))`, 'm'))
    .flatMap((part) => {
      const [found] = new RegExp(`^(?:${beginning.source})`).exec(part) ?? []
      return found === undefined ? [] : [part.slice(found.length).replace(/\n+$/, '')]
    })
}
