import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const folder = join(import.meta.dirname, '../../vectors')
const reader = join(folder, 'reader/verify.py')

/** What the reader prints about a folder, and how it ends. */
function read(where: string): { readonly output: string, readonly status: number } {
  try {
    return { output: execFileSync('python3', [reader, where], { encoding: 'utf8', maxBuffer: 1 << 24 }), status: 0 }
  } catch (error) {
    const { stdout, status } = error as { readonly stdout: string, readonly status: number }
    return { output: stdout, status }
  }
}

describe('the reader of the vector kit, in Python', function () {
  this.timeout(600_000)

  it('verifies at least a third of all cases', () => {
    const { output, status } = read(folder)
    const [, verified, total, different] = /^(\d+) of (\d+) cases verified, (\d+) different$/m.exec(output) ?? []
    expect({ status, different }, output).to.deep.equal({ status: 0, different: '0' })
    expect(Number(verified)).to.be.at.least(Number(total) / 3)
  })

  it('finds a value that was changed, and an invalid case that is called valid', () => {
    const copy = mkdtempSync(join(tmpdir(), 'vectors-'))
    try {
      cpSync(join(folder, 'schemas'), join(copy, 'schemas'), { recursive: true })
      const file = JSON.parse(readFileSync(join(folder, 'data/v4-kdf.json'), 'utf8')) as { cases: { expected: { output: string } }[] }
      file.cases[0]!.expected.output = `00${file.cases[0]!.expected.output.slice(2)}`
      const points = JSON.parse(readFileSync(join(folder, 'data/v4-points.json'), 'utf8')) as { cases: { id: string, operation: string, result: string, expected?: object }[] }
      const bad = points.cases.find(({ operation, result }) => operation === 'point' && result === 'invalid')!
      bad.result = 'valid'
      bad.expected = {}
      cpSync(join(folder, 'data/fingerprints.json'), join(copy, 'data/fingerprints.json'))
      writeFileSync(join(copy, 'data/v4-kdf.json'), JSON.stringify(file))
      writeFileSync(join(copy, 'data/v4-points.json'), JSON.stringify(points))
      const { output, status } = read(copy)
      expect(status).to.equal(1)
      expect(output).to.contain('DIFFERENT v4-kdf/kdf/1').and.contain(`DIFFERENT ${bad.id}`).and.contain('2 different')
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  })
})
