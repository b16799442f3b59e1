import { errorCodes, noticeCodes, type CodeEntry } from '../../src/codes/index.js'

/** The contents of `docs/codes.md`: the catalogue in Markdown. */
export function codesPage(): string {
  return [
    '# Codes of errors and notices', '',
    'Written by `npm run build:codes` from `src/codes/`; in a program the same is `otr4/codes`. No code ever changes its meaning.',
    'The last column is what `sentence(code)` tells people; give it the sentences of another language to translate it.', '',
    '**Whose**: `peer` the correspondent, their program, or whoever speaks in their name; `network` what lies between, or a server; `application` the',
    'program around this library; `person` whoever sits in front of it; `library` a bug of ours; `nobody` things went as they should.', '',
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
