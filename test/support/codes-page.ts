import { errorCodes, noticeCodes, type CodeEntry } from '../../src/codes/index.js'

/** The contents of `docs/codes.md`: the catalogue in Markdown. */
export function codesPage(): string {
  return [
    '# Codes of errors and notices', '',
    'Written by `npm run build:codes` from `src/codes/`; programs import the same texts from `otr4/codes`. No code ever changes its meaning.',
    'The last column is the text of `sentence(code)`, for people; pass it the sentences of another language to translate it.', '',
    '**Whose**: where the cause lies. `peer`: the correspondent, their program, or somebody who writes in their name; `network`: the network or a server; `application`:',
    'the program that uses this library; `person`: its user; `library`: a bug of ours; `nobody`: nothing went wrong.', '',
    '## Errors', '',
    'The `code` of an `OtrError`. A call that throws or rejects with one has changed nothing, unless the table says otherwise.', '',
    ...table(errorCodes), '',
    '## Notices', '',
    'The `code` of a `notice` event. What comes from the network never throws: it becomes one of these.', '',
    ...table(noticeCodes), '',
  ].join('\n')
}

function table(catalogue: Readonly<Record<string, CodeEntry>>): string[] {
  const rows = Object.entries(catalogue).map(([code, { meaning, fault, next, say }]) => `| \`${code}\` | ${[meaning, fault, next, say].map(cell).join(' | ')} |`)
  return ['| code | what happened | whose | what to do next | for people |', '|---|---|---|---|---|', ...rows]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('{peer}', '*NAME*')
}
