/** What people type, of all recorded cases. */
import { readFileSync } from 'node:fs'

interface TextCases {
  /** `in` is what a program put into its private message when its user had typed `read`; `source` names the program. */
  readonly receive: readonly { readonly in: string, readonly read: string, readonly source: string }[]
  readonly send: readonly { readonly typed: string }[]
}

export const textCases = JSON.parse(readFileSync(new URL('../../../vectors/data/text-cases.json', import.meta.url), 'utf8')) as TextCases

export const typedTexts: readonly string[] = [...new Set([
  ...textCases.receive.map(({ read }) => read), ...textCases.send.map(({ typed }) => typed), '<3', '& & &amp;', 'a "quoted" <word>',
])]
