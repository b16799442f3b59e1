// Keeps a report of the public API of each entrance in api/, so that every change of the API shows in a diff. `npm run check:api` fails if the
// build differs from the reports; `npm run build:api` writes them anew. Both need `npm run build` first. Both also check the docstrings: each
// public member has one, it describes the bytes of each byte array, each @throws names codes (scripts/api-rules.mjs), and at the entrances that
// scripts/api-sections.mjs lists, each function links to its section of a specification.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { exportedNames } from './api-names.mjs'
import { missingSections, problemsOf } from './api-rules.mjs'
import { withoutSection } from './api-sections.mjs'
import { entrances } from './entrances.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const write = process.argv.includes('--write')
const temporary = `${root}node_modules/.cache/otr4/api`
const problems = new Set()
/** Messages that say nothing about the API. */
const chatter = /^console-(?!api-report-not-copied)/

mkdirSync(temporary, { recursive: true })
mkdirSync(`${root}api`, { recursive: true })
const isExported = exportedNames(root, entrances.map(({ source }) => `${root}${source}`))
/** The declarations of all entrances, read once. */
let compilerState
for (const { name, types, report } of entrances) {
  const model = `${temporary}/${report.replace(/md$/, 'json')}`
  const before = read(`${root}api/${report}`)
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root, mainEntryPointFilePath: `${root}${types}`, newlineKind: 'lf',
      compiler: { tsconfigFilePath: `${root}tsconfig.build.json` },
      apiReport: { enabled: true, reportFileName: report, reportFolder: `${root}api`, reportTempFolder: temporary },
      docModel: { enabled: true, apiJsonFilePath: model },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: 'warning' },
          // Everything that is not @internal is public.
          'ae-missing-release-tag': { logLevel: 'none' },
          // scripts/api-rules.mjs checks this.
          'ae-undocumented': { logLevel: 'none' },
        },
        compilerMessageReporting: { default: { logLevel: 'warning' } },
        tsdocMessageReporting: { default: { logLevel: 'warning' } },
      },
    },
    configObjectFullPath: undefined, packageJsonFullPath: `${root}package.json`,
  })
  compilerState ??= CompilerState.create(config, { additionalEntryPoints: entrances.map((entrance) => `${root}${entrance.types}`) })
  Extractor.invoke(config, {
    compilerState,
    localBuild: write,
    messageCallback: (message) => {
      message.handled = true
      const { messageId, logLevel, sourceFilePath = '', sourceFileLine, text } = message
      if (logLevel === 'none' || logLevel === 'verbose' || chatter.test(messageId)) return
      if (messageId === 'console-api-report-not-copied') return
      if (messageId === 'ae-forgotten-export') {
        const [, symbol] = /The symbol "([^"]+)"/.exec(text)
        if (isExported(symbol, sourceFilePath)) return
        problems.add(`${sourceFilePath.replace(root, '')}:${sourceFileLine}: ${name} uses ${symbol}, which no entrance exports: export its type, mark what uses it @internal, or write the type out`)
        return
      }
      problems.add(`${sourceFilePath.replace(root, '')}:${sourceFileLine}: ${text} (${messageId})`)
    },
  })
  if (!write && before !== read(`${temporary}/${report}`)) {
    problems.add(`api/${report} differs from the build: look at the difference after \`npm run build:api\`, and commit it if it is intended`)
  }
  const declared = JSON.parse(read(model) ?? '')
  const unlinked = name in withoutSection ? missingSections(declared, withoutSection[name]) : []
  for (const { where, what } of [...problemsOf(declared), ...unlinked]) problems.add(`${where}: ${what}`)
}
for (const file of readdirSync(`${root}api`)) if (!entrances.some(({ report }) => report === file)) problems.add(`api/${file} belongs to no entrance`)

for (const problem of problems) console.error(problem)
if (problems.size === 0) console.log(`${entrances.length} entrances match their reports, and every public member is documented`)
process.exitCode = problems.size > 0 ? 1 : 0

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
