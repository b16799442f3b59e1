import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCodes, noticeCodes } from '../../src/codes/index.js'
import { GuideProject, readGuide } from '../support/guide.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md') && !file.startsWith('.dist'))

describe('the code in docs/', () => {
  it('compiles: every file that a page shows, strictly, against the declarations of the package', () => {
    const folder = mkdtempSync(join(tmpdir(), 'otr4-docs-'))
    try {
      mkdirSync(join(folder, 'node_modules'))
      symlinkSync(root, join(folder, 'node_modules/otr4'))
      const files: string[] = []
      for (const page of pages) {
        const guide = readGuide(page)
        for (const name of [...guide.packages, '@types']) {
          const link = join(folder, 'node_modules', name)
          mkdirSync(dirname(link), { recursive: true })
          rmSync(link, { force: true })
          symlinkSync(join(root, 'node_modules', name), link)
        }
        for (const [name, text] of guide.files) {
          const file = join(page.replaceAll('/', '-').replace('.md', ''), name)
          mkdirSync(join(folder, dirname(file)), { recursive: true })
          writeFileSync(join(folder, file), text)
          if (/\.m?[jt]s$/.test(name)) files.push(file)
        }
      }
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
      expect(files.length).to.be.greaterThan(5)
      const { stdout } = spawnSync(process.execPath, [
        join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--allowJs', '--checkJs', '--strict', '--noImplicitAny', 'false', '--module', 'nodenext', '--target', 'es2022',
        '--lib', 'es2023,dom,dom.iterable', '--types', 'node', '--skipLibCheck', ...files,
      ], { cwd: folder, encoding: 'utf8' })
      expect(stdout).to.equal('')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }).timeout(120_000)

  it('names codes that exist', () => {
    for (const page of pages) {
      const text = readFileSync(join(root, 'docs', page), 'utf8')
      for (const [code] of text.matchAll(/\bOTR_[A-Z0-9_]*[A-Z0-9]\b/g)) if (!/^OTR_(STORE|TRANSPORT)$/.test(code)) expect(errorCodes, page).to.have.property(code)
      for (const [, codes = ''] of text.matchAll(/\bnotices? ((?:`[a-z0-9-]+`(?:, | and | or )?)+)/g)) {
        for (const [, code = ''] of codes.matchAll(/`([^`]+)`/g)) expect(noticeCodes, page).to.have.property(code)
      }
    }
  })

  it('is not believed when it does not say what it promises', async () => {
    const guide = { ...readGuide('guides/testing.md'), terminals: ['look $ npx otr4 inspect \'?OTRv34?\'', 'look | OTR Query Message', 'look |   Versions offered  4'] }
    const project = await GuideProject.create(guide, [])
    try {
      const failure = await project.play().then(() => '', (error: unknown) => error instanceof Error ? error.message : '')
      expect(failure).to.include('Versions offered  3, 4').and.include('where the guide promises')
    } finally {
      project.remove()
    }
  }).timeout(60_000)
})
