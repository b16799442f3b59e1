// Builds the documentation site into docs/.dist, without a network: `npm run docs`. Its pages are the Markdown files that docs/README.md
// lists, and the API of every entrance of package.json. docs/README.md is the front page and defines the navigation. A broken link stops the
// build and is reported with file and line. The Markdown uses nothing that only this site understands, so that a forge shows it correctly, too.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Application, LogLevel } from 'typedoc'
import { entrances } from './entrances.mjs'
import { checkBuiltLinks, checkLinks } from './site/links.mjs'
import { linkNames } from './site/names.mjs'
import { readPages } from './site/pages.mjs'
import { SiteRouter, SiteTheme } from './site/theme.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}docs/.dist`
const packageJson = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

const pages = readPages(root)
const problems = [...pages.problems, ...checkLinks(root, pages)]
if (problems.length === 0) problems.push(...await build())
for (const problem of problems) console.error(problem)
if (problems.length > 0) {
  console.error(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}: the site was not built`)
  process.exitCode = 1
}

async function build() {
  rmSync(out, { recursive: true, force: true })
  const app = await Application.bootstrap({
    name: packageJson.name, includeVersion: true, tsconfig: `${root}tsconfig.build.json`,
    entryPoints: entrances.map(({ source }) => `${root}${source}`), alwaysCreateEntryPointModule: true,
    readme: `${root}${pages.front}`, projectDocuments: pages.list.map(({ file }) => `${root}${file}`),
    navigation: { includeFolders: false }, out, router: 'otr4', theme: 'otr4', customCss: `${root}scripts/site/site.css`, customJs: `${root}scripts/site/site.js`, favicon: `${root}scripts/site/icon.svg`,
    headings: { readme: false, document: false }, excludeInternal: true, sort: ['source-order'], sortEntryPoints: false, githubPages: false, hideGenerator: true, includeHierarchySummary: false,
    searchInDocuments: true, markdownLinkExternal: false, disableSources: true,
    logLevel: LogLevel.Warn, treatWarningsAsErrors: true,
    highlightLanguages: ['bash', 'c', 'console', 'css', 'html', 'javascript', 'js', 'json', 'jsonc', 'sh', 'ts', 'tsx', 'typescript', 'xml'],
    ignoredHighlightLanguages: ['text'],
    // Types that are referenced and not exported are the concern of `npm run check:api`.
    validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
  })
  app.renderer.defineRouter('otr4', SiteRouter)
  app.renderer.defineTheme('otr4', SiteTheme)
  const project = await app.convert()
  if (project === undefined) return ['the sources were not read']
  const names = name(project)
  if (names.length > 0) return names
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) return ['TypeDoc warned: see above']
  const { problems: broken, count } = checkBuiltLinks(out)
  console.log(`docs/.dist: ${count.pages} pages, ${count.links} links between them`)
  return broken
}

/** Gives pages and modules their names and addresses, and links names of the API. */
function name(project) {
  for (const document of project.documents ?? []) {
    const page = pages.list.find(({ file }) => project.files.getReflectionPath(document) === `${root}${file}`)
    document.name = page.title
    document.otr4Page = page
  }
  for (const [at, module] of (project.children ?? []).entries()) module.name = entrances[at].name
  shareComments(project)
  project.otr4Pages = pages
  project.files.registerReflectionPath(`${root}${pages.front}`, project)
  return linkNames(root, project, pages)
}

/** The asynchronous conversation is a mapped type: the handle with promises. The docstring of a command is written once, at the handle, and shown at both. */
function shareComments(project) {
  const otr4 = project.children?.find((module) => module.name === packageJson.name)
  const [handle, conversation] = ['ConversationHandle', 'ClientConversation'].map((one) => otr4?.getChildByName([one]))
  if (handle === undefined || conversation === undefined) throw new Error('otr4 has no ConversationHandle or no ClientConversation')
  for (const member of conversation.children ?? []) {
    const [said] = spokenParts(handle.getChildByName([member.name]))
    for (const part of spokenParts(member)) if (said?.comment !== undefined) part.comment ??= said.comment.clone()
  }
}

function spokenParts(member) {
  if (member === undefined) return []
  return member.signatures ?? [member.getSignature ?? member]
}

if (problems.length === 0 && !existsSync(`${out}/index.html`)) throw new Error('docs/.dist has no front page')
