import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { en, type Words } from '../words/en.js'

export const WordsContext = createContext<Words>(en)
export const useWords = (): Words => useContext(WordsContext)

/** Loads a language: English is there, others are files of their own. */
export async function loadWords(language: string): Promise<Words> {
  return language === 'de' ? (await import('../words/de.js')).de : en
}

/** What to say of an error. */
export function errorText(words: Words, error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'OTR_INTERNAL'
  return Object.hasOwn(words.errors, code) ? words.errors[code] ?? words.error(code) : words.error(code)
}
