import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import markdownIt from 'markdown-it'

const parser = markdownIt({ html: true })
const outside = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i

/**
 * Checks that every link of every page leads to a page, an anchor in it, or a file of the repository. Links out of the repository are not
 * checked, because the site is built without a network.
 * @returns problems, each with file and line
 */
export function checkLinks(root, { front, list }) {
  const problems = []
  const files = new Set([front, ...list.map(({ file }) => file)])
  const anchors = new Map()
  const anchorsOf = (file) => {
    if (!anchors.has(file)) anchors.set(file, readAnchors(readFileSync(join(root, file), 'utf8')))
    return anchors.get(file)
  }
  for (const file of files) {
    if (!existsSync(join(root, file))) {
      problems.push(`${front}: ${file} does not exist`)
      continue
    }
    for (const { target, line } of readLinks(readFileSync(join(root, file), 'utf8'))) {
      if (outside.test(target)) continue
      const [path, anchor] = target.split('#')
      const to = path === '' ? file : posix.normalize(posix.join(dirname(file), decodeURI(path)))
      const say = (what) => problems.push(`${file}:${line}: the link ${target} ${what}`)
      if (to.startsWith('../') || to.startsWith('/')) say('leaves the repository')
      else if (!existsSync(join(root, to))) say('leads nowhere')
      else if (anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).has(anchor)) {
        say(`names an anchor that ${to} does not have; it has ${[...anchorsOf(to)].map((one) => `#${one}`).join(' ')}`)
      } else if (to.endsWith('.md') && !files.has(to) && !to.startsWith('api/')) say(`leads to Markdown that is no page: list it in ${front}`)
    }
  }
  return problems
}

/** The links and pictures of a Markdown text, each with its line. */
export function readLinks(text) {
  const lines = text.split('\n')
  const links = []
  // The parser gives the lines of a table's row, but not those of its cells.
  let map = [0, lines.length]
  for (const token of parser.parse(text, {})) {
    const { type, children } = token
    map = token.map ?? map
    if (type !== 'inline') continue
    let from = map[0]
    for (const child of children ?? []) {
      const target = child.type === 'link_open' ? child.attrGet('href') : child.type === 'image' ? child.attrGet('src') : null
      if (target === null) continue
      // The parser gives only the lines of the paragraph. The link is in the next of them that contains the target.
      const found = lines.slice(from, map[1]).findIndex((line) => line.includes(decodeURI(target)))
      if (found >= 0) from += found
      links.push({ target, line: from + 1 })
    }
  }
  return links
}

/** The anchors of a page's headings, as forges and TypeDoc make them. */
function readAnchors(text) {
  const tokens = parser.parse(text, {})
  const anchors = new Set()
  tokens.forEach(({ type }, at) => {
    if (type !== 'heading_open') return
    const title = tokens[at + 1].children.filter(({ type: kind }) => kind === 'text' || kind === 'code_inline').map(({ content }) => content).join('')
    const base = title.toLowerCase().replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '').replaceAll(' ', '-')
    let anchor = base
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`
    anchors.add(anchor)
  })
  return anchors
}

/** Checks the links of the built site in the same way: TypeDoc's own, and ours in their final form. */
export function checkBuiltLinks(out) {
  const problems = []
  const pages = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))
  const html = new Map(pages.map((file) => [file, readFileSync(join(out, file), 'utf8')]))
  const ids = new Map([...html].map(([file, text]) => [file, new Set(Array.from(text.matchAll(/\sid="([^"]+)"/g), ([, id]) => unescape(id)))]))
  const there = new Map()
  const exists = (file) => {
    if (!there.has(file)) there.set(file, existsSync(join(out, file)))
    return there.get(file)
  }
  let links = 0
  for (const [file, text] of html) {
    for (const [, raw] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      const target = unescape(raw)
      if (outside.test(target)) continue
      links++
      const [path, anchor] = target.split('#')
      const to = path === '' ? file : posix.normalize(posix.join(dirname(file), decodeURI(path.split('?')[0])))
      const page = to === '.' || to.endsWith('/') ? posix.join(to, 'index.html') : to
      if (!exists(page)) problems.push(`docs/.dist/${file}: the link ${target} leads nowhere`)
      else if (anchor !== undefined && anchor !== '' && ids.has(page) && !ids.get(page).has(decodeURIComponent(anchor))) {
        problems.push(`docs/.dist/${file}: the link ${target} names no anchor of ${page}`)
      }
    }
  }
  return { problems, count: { pages: pages.length, links } }
}

function unescape(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', '\'').replaceAll('&amp;', '&')
}
