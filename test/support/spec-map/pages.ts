import type { MapFile, Row, State } from './map.js'

const folder = 'docs/sentences'

/** The path of a file's page. */
export function pageOf({ name }: MapFile): string {
  return `${folder}/${name}.md`
}

const allStates: readonly State[] = ['done', 'decided otherwise', 'not applicable', 'missing']

/** How many rows of a file have each state. */
function countOf(file: MapFile): ReadonlyMap<State, number> {
  const rows = file.sections.flatMap((section) => section.rows)
  return new Map(allStates.map((state) => [state, rows.filter((row) => row.state === state).length]))
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('*', '\\*').replaceAll('_', '\\_')

// In code nothing has a meaning but the pipe of the table.
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

function decisionOf(decision: string): string {
  const [file = '', number = ''] = decision.split('#')
  return `decision ${number} of [${file}](../../${file})`
}

function stateOf({ state, decision, why }: Row): string {
  const said = [state === 'done' ? '' : `**${state}**`, decision === undefined ? '' : decisionOf(decision), why === undefined ? '' : cell(why)]
  return said.filter((part) => part !== '').join(': ') || 'done'
}

function rowOf(row: Row): string {
  const tests = row.tests.map(({ file, title }) => `${code(file)}: ${cell(title)}`)
  const ordinal = row.id.slice(row.id.lastIndexOf('/') + 1)
  return `| ${[ordinal, row.level, cell(row.says), row.code.map(code).join('<br>'), tests.join('<br>'), stateOf(row)].join(' | ')} |`
}

/** The page of one file of the map, in Markdown. */
export function pageTextOf(file: MapFile): string {
  const count = countOf(file)
  const shown = file.sections.filter(({ rows }) => rows.length > 0)
  return [
    `# ${file.title}`, '',
    `Written by \`npm run build:spec\` from [spec/map/${file.name}.json](../../spec/map/${file.name}.json): every sentence of`,
    `[the specification](${file.source}) (${file.version}) that asks for something, in our words, with what does it and what shows it.`,
    `A row's id is \`${file.prefix}/\`, the section's anchor, \`/\` and its number. [What the columns mean](README.md)`, '',
    allStates.map((state) => `${state}: ${String(count.get(state))}`).join(' · '), '',
    ...shown.flatMap(({ anchor, heading, rows }) => [
      `## ${heading}`, '', `\`${file.prefix}/${anchor}\``, '', '| | asks | for | done by | shown by | state |', '|---|---|---|---|---|---|', ...rows.map(rowOf), '',
    ]),
  ].join('\n')
}

/** The page that lists the others, and every row that is missing. */
export function indexText(files: readonly MapFile[]): string {
  const total = (state: State): number => files.reduce((sum, file) => sum + (countOf(file).get(state) ?? 0), 0)
  const missing = files.flatMap((file) => file.sections.flatMap(({ rows }) => rows.filter(({ state }) => state === 'missing')))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    '# Every sentence of the specifications', '',
    'What otrv4.md, its modes, the prekey server\'s document and OTRv3 ask for, sentence by sentence: each *must*, *must not*, *should*, *should not*,',
    'numbered step and check. The paraphrases are ours and have at most 20 words; the specifications\' own words count. The data is in `spec/map/`; `npm run check:spec`',
    'compares every function, test and decision that it names with the sources, and these pages (written by `npm run build:spec`) with the data.', '',
    '- **done**: the function does it, and the test would fail if it did not.',
    '- **decided otherwise**: we do something else, on purpose; the decision says why.',
    '- **not applicable**: there is nothing to do for this library; the row says why.',
    '- **missing**: not there yet; the row says what.', '',
    line(['page', ...allStates]), line(['---', ...allStates.map(() => '---:')]),
    ...files.map((file) => line([`[${file.title}](${file.name}.md)`, ...allStates.map((state) => String(countOf(file).get(state)))])),
    line(['together', ...allStates.map((state) => String(total(state)))]), '',
    '## What is missing', '',
    ...missing.length === 0 ? ['Nothing.'] : [
      line(['id', 'asks for', 'what is missing']), line(['---', '---', '---']),
      ...missing.map(({ id, says, why = '' }) => line([`\`${id}\``, cell(says), cell(why)])),
    ], '',
  ].join('\n')
}

/** Every page of the map, with its path. */
export function pages(files: readonly MapFile[]): ReadonlyMap<string, string> {
  return new Map([[`${folder}/README.md`, indexText(files)], ...files.map((file): [string, string] => [pageOf(file), pageTextOf(file)])])
}
