import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The front page. Its sections are the navigation: each is a heading with a list or a table, in which the first link of a row is a page. */
const front = 'docs/README.md'

/**
 * Reads the table of contents.
 * @returns `front`; `sections`, each with `title` and `pages`; `list`: all pages, with `file`, `title` and `url` (no extension);
 *   `problems`: pages that are listed and missing, or present and not listed
 */
export function readPages(root) {
  const sections = []
  const problems = []
  readFileSync(join(root, front), 'utf8').split('\n').forEach((line, at) => {
    const heading = /^## (.+)$/.exec(line)?.[1]
    if (heading !== undefined) sections.push({ title: heading, pages: [] })
    // A list item or a table row that begins with a link.
    const [, title, target] = /^(?:[-*|]|\d+\.) \[([^\]]+)\]\(([^)#]+\.md)\)/.exec(line) ?? []
    if (target === undefined) return
    const file = posix.normalize(posix.join('docs', target))
    if (sections.length === 0) problems.push(`${front}:${at + 1}: a page before the first section`)
    else sections.at(-1).pages.push({ file, title, url: address(file) })
  })
  for (const { pages } of sections) if (pages.some(({ file }) => file === 'examples/README.md')) pages.push(...examples(root))
  const filled = sections.filter(({ pages }) => pages.length > 0)
  const list = filled.flatMap(({ pages }) => pages)
  const listed = new Set(list.map(({ file }) => file))
  if (listed.size < list.length) problems.push(`${front}: a page is listed twice`)
  for (const folder of ['docs', 'spec']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const file = posix.join(folder, entry)
      if (file.endsWith('.md') && file !== front && !file.startsWith('docs/.dist/') && !listed.has(file)) {
        problems.push(`${file}:1: no section of ${front} lists this page`)
      }
    }
  }
  return { front, sections: filled, list, problems }
}

/** The page of each example, with its title. These pages follow the page that lists them. */
function examples(root) {
  return readdirSync(join(root, 'examples')).sort().map((name) => `examples/${name}/README.md`).filter((file) => existsSync(join(root, file))).map((file) => ({
    file, title: /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? file, url: address(file),
  }))
}

function address(file) {
  return file.replace(/^docs\//, '').replace(/\.md$/, '').replace(/README$/, 'overview')
}
