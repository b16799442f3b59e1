import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What `npm run walk -- --json` prints of each path. */
interface Path {
  readonly version: 3 | 4
  /** Whether it is the first text since we wrote. */
  readonly turn: boolean
  readonly files: readonly { readonly file: string, readonly times: number }[]
}

describe('the path of a received text', () => {
  let paths: readonly Path[]

  before(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/walk.mjs', '--json'], { cwd: root, encoding: 'utf8' })
    paths = JSON.parse(stdout) as readonly Path[]
  })

  it('enters at most 25 files besides those of wire and crypto', () => {
    expect(paths.map(({ version, turn }) => `${version} ${turn}`)).to.deep.equal(['4 false', '4 true', '3 false', '3 true'])
    for (const { version, turn, files } of paths) {
      expect(files[0]?.file).to.equal('session/client/client-core.ts')
      expect(files.map(({ file }) => file)).to.include(`v${version}/receive-data.ts`)
      expect(files.length, `version ${version}, ${turn ? 'new keys' : 'in a row'}`).to.be.at.most(25)
    }
  })

  it('is described in CONTRIBUTING.md, with every file by its name', () => {
    const text = readFileSync(`${root}CONTRIBUTING.md`, 'utf8')
    const described = text.slice(text.indexOf('The path of a received text'), text.indexOf('`api/` has a report'))
    for (const { version, files } of paths) {
      if (version === 4) for (const { file } of files) expect(described).to.include(file.slice(file.lastIndexOf('/') + 1))
    }
  })
})
