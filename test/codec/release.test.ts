import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)
const packageJson = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly version: string, readonly repository: { readonly url: string } }

describe('what may be published', () => {
  it('is nothing with a placeholder of the maintainer in it, without a signed tag, or without its entry in the change log', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['scripts/check-release.mjs'], { cwd: root, encoding: 'utf8' })
    // True until the first release: then this test is the first to say so.
    expect(packageJson.repository.url).to.include('repository.example')
    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' })
    for (const field of ['repository', 'homepage', 'bugs']) expect(stderr).to.include(`package.json: ${field} is a placeholder`)
    expect(stderr).to.include(`CHANGELOG.md has no heading for ${packageJson.version}`).and.include(`the tag v${packageJson.version} is not on this commit`)
  })

  it('is said honestly: README.md tells that no registry has it, and how to install it all the same', () => {
    const readme = readFileSync(new URL('README.md', root), 'utf8')
    expect(readme).to.include('It is on no registry yet').and.include(`otr4-${packageJson.version}.tgz`)
  })
})
