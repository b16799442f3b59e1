// Checks whether this commit may be published: RELEASING.md, step 5. `npm publish` runs it first.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => readFileSync(`${root}${name}`, 'utf8')
const { version, repository, homepage, bugs } = JSON.parse(read('package.json'))
const problems = []

/** A placeholder: RFC 2606 reserves this name for examples, so no host has it. */
const placeholder = /\brepository\.example\b/
for (const [name, value] of Object.entries({ repository, homepage, bugs })) {
  if (value === undefined || placeholder.test(JSON.stringify(value))) problems.push(`package.json: ${name} is a placeholder: the maintainer says what it is`)
}
if (placeholder.test(read('.github/ISSUE_TEMPLATE/config.yml'))) problems.push('.github/ISSUE_TEMPLATE/config.yml has a placeholder')
if (!new RegExp(`^## ${version.replaceAll('.', '\\.')} - \\d{4}-\\d\\d-\\d\\d$`, 'm').test(read('CHANGELOG.md'))) problems.push(`CHANGELOG.md has no heading for ${version} with its day`)
if (git('status', '--porcelain') !== '') problems.push('the checkout has changes, or files that git does not know')
const tag = `v${version}`
if (git('rev-parse', '--verify', `${tag}^{commit}`) !== git('rev-parse', 'HEAD')) problems.push(`the tag ${tag} is not on this commit`)
else if (git('verify-tag', tag) === undefined) problems.push(`the tag ${tag} has no good signature`)

for (const problem of problems) console.error(problem)
if (problems.length === 0) console.log(`${version} may be published`)
process.exitCode = problems.length > 0 ? 1 : 0

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  } catch {
    return undefined
  }
}
