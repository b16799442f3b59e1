import type { Fields, Group } from './define.js'

const begin = '<!-- fields: written by npm run vectors -->'
const end = '<!-- end of fields -->'

/** The README with its chapters on the files written anew: every operation and every field, from their declarations. */
export function fieldTables(readme: string, groups: readonly Group[]): string {
  const [before, rest] = readme.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`README.md needs the lines ${begin} and ${end}`)
  return `${before}${begin}\n\n${groups.map(chapter).join('\n')}\n${end}${after}`
}

function chapter({ name, title, about, operations, cases }: Group): string {
  const parts = Object.entries(operations).map(([operation, { about: what, section, given, expected }]) => {
    const all = cases.filter((one) => one.operation === operation)
    const invalid = all.filter(({ result }) => result === 'invalid').length
    const table = [...rows('given', given), ...rows('expected', expected)]
    return [
      `**\`${operation}\`**: ${what} (${section}). ${all.length} cases${invalid === 0 ? '' : `, ${invalid} of them invalid`}.`, '',
      '| field | contents |', '|---|---|', ...table, ...Object.keys(expected).length === 0 ? ['| `expected` | empty: it is accepted |'] : [], '',
    ].join('\n')
  })
  return `### ${title}: \`data/${name}.json\`\n\n${about}\n\n${parts.join('\n')}`
}

function rows(where: string, fields: Fields): string[] {
  return Object.entries(fields).map(([name, { about, optional }]) => `| \`${where}.${name}\` | ${about.replaceAll('|', '\\|')}${optional === true ? '; may be absent' : ''} |`)
}
