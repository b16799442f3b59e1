import { expect } from 'chai'
import { fingerprintCode } from '../../src/cli/fingerprint-qr.js'
import { formatFingerprintUri, type Fingerprint } from '../../src/fingerprint/index.js'
import { modulesShown, scanned } from '../support/qr-reader.js'

const both: Fingerprint[] = [{ version: 3, fingerprint: '0123456789'.repeat(4) }, { version: 4, fingerprint: '89abcdef'.repeat(14) }]

/** A code in the middle of a dark terminal. */
function onDarkGround(rows: readonly string[]): boolean[][] {
  const modules = modulesShown(rows)
  const wide = (modules[0]?.length ?? 0) + 20
  const dark = Array.from({ length: 10 }, () => Array.from({ length: wide }, () => true))
  const side = Array.from({ length: 10 }, () => true)
  const padded = modules.map((row) => [...side, ...row, ...side])
  return [...dark, ...padded, ...dark, ...Array.from({ length: Math.max(0, wide - padded.length - 20) }, () => Array.from({ length: wide }, () => true))]
}

describe('fingerprints as a code on a screen', () => {
  for (const [address, columns, rows, whole] of [
    ['bob', 200, 60, true], ['bob', 80, 31, true], ['bob', 80, 26, true], ['bob', 80, 23, false], ['bob@example.org', 60, 24, false],
    ['somebody@jabber.example.org', 80, 24, false],
  ] as const) {
    it(`fit ${columns} columns and ${rows} rows for ${address}, and are read by a reader of another make`, () => {
      const code = fingerprintCode(address, both, { columns, rows, colours: false })
      if ('needs' in code) throw new Error(JSON.stringify(code))
      expect(code.rows.length).to.be.at.most(rows)
      for (const row of code.rows) expect(row.length).to.be.at.most(columns)
      expect(code.whole).to.equal(whole)
      expect(code.uri).to.equal(formatFingerprintUri({ address, fingerprints: whole ? both : both.slice(1) }))
      expect(scanned(onDarkGround(code.rows))).to.equal(code.uri)
    })
  }

  it('say how much room they need where there is too little', () => {
    const code = fingerprintCode('bob', both, { columns: 40, rows: 24, colours: false })
    expect(code).to.deep.equal({ needs: { columns: 43, rows: 22 } })
    expect(fingerprintCode('bob', both, { columns: 43, rows: 22, colours: false })).to.have.property('whole', false)
  })
})
