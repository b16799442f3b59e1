import { existsSync, readFileSync } from 'node:fs'
import type { MapFile, Row } from './map.js'
import { declarationsOf, testTitlesOf } from './sources.js'

/** How many words a paraphrase has at most. */
export const LONGEST_PARAPHRASE = 20

/** Remembers what was parsed: many rows name the same files. */
function remembering<Value>(root: string, read: (path: string) => Value): (file: string) => Value | undefined {
  const known = new Map<string, Value | undefined>()
  return (file) => {
    if (!known.has(file)) known.set(file, existsSync(`${root}/${file}`) ? read(`${root}/${file}`) : undefined)
    return known.get(file)
  }
}

/** The numbers of a Markdown file's list of decisions: its lines that begin with a number and a full stop. */
function decisionsOf(path: string): ReadonlySet<string> {
  return new Set(readFileSync(path, 'utf8').split('\n').flatMap((line) => /^(\d+)\. /.exec(line)?.[1] ?? []))
}

/** What each state asks of a row. */
function faultsOfState({ state, code, tests, decision, why }: Row): string[] {
  const proven = [...code.length === 0 ? ['names no function'] : [], ...tests.length === 0 ? ['names no test'] : []]
  const decided = decision === undefined ? [] : ['names a decision, and is not decided otherwise']
  switch (state) {
    case 'done':
      return [...proven, ...decided]
    case 'decided otherwise':
      return [...decision === undefined ? ['names no decision'] : [], ...proven]
    case 'not applicable':
    case 'missing':
      return [...why === undefined ? ['does not say why'] : [], ...decided]
  }
}

/**
 * What is wrong with the map: ids that are not those of their place or that are twice, paraphrases that are too long, functions, tests and
 * decisions that do not exist, and rows that say less than their state asks for.
 *
 * @param files - the map
 * @param root - the repository's folder
 * @returns a sentence for each fault, with the id of its row
 */
export function faultsOf(files: readonly MapFile[], root: string): string[] {
  const declarations = remembering(root, declarationsOf)
  const titles = remembering(root, testTitlesOf)
  const decisions = remembering(root, decisionsOf)
  const seen = new Set<string>()
  const faults: string[] = []

  const checkCode = (named: string): string[] => {
    const [file = '', name = ''] = named.split('#')
    if (!/^(src|assembly|scripts)\//.test(file)) return [`${named} is not in src/`]
    const names = declarations(file)
    if (names === undefined) return [`there is no file ${file}`]
    return names.has(name) ? [] : [`${file} declares no "${name}"`]
  }
  const checkTest = ({ file, title }: Row['tests'][number]): string[] => {
    const known = file.startsWith('test/') ? titles(file) : undefined
    if (known === undefined) return [`there is no test file ${file}`]
    return known.has(title) ? [] : [`${file} has no test "${title}"`]
  }
  const checkDecision = (decision: string | undefined): string[] => {
    if (decision === undefined) return []
    const [file = '', number = ''] = decision.split('#')
    return decisions(file)?.has(number) === true ? [] : [`there is no decision ${decision}`]
  }

  for (const { name, prefix, sections } of files) {
    for (const { anchor, rows } of sections) {
      for (const [at, row] of rows.entries()) {
        const expected = `${prefix}/${anchor}/${String(at + 1)}`
        const words = row.says.split(/\s+/).length
        const found = [
          ...row.id === expected ? [] : [`its place is ${expected}`],
          ...seen.has(row.id) ? ['the id is there twice'] : [],
          ...words > LONGEST_PARAPHRASE ? [`the paraphrase has ${String(words)} words`] : [],
          ...faultsOfState(row), ...row.code.flatMap(checkCode), ...row.tests.flatMap(checkTest), ...checkDecision(row.decision),
        ]
        seen.add(row.id)
        faults.push(...found.map((fault) => `spec/map/${name}.json: ${row.id}: ${fault}`))
      }
    }
  }
  return faults
}
