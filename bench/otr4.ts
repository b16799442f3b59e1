import { setArithmetic } from '../src/crypto/index.js'
import { nobleArithmetic } from '../src/crypto/noble/index.js'
import { accountsOf } from './accounts.js'
import { measure, type Result } from './measure.js'
import { rowsOf, type RowMaker } from './rows.js'

/** All rows of this library on Node. */
export const otr4Rows = rowsOf(accountsOf)

/** Measures one row with the current arithmetic (`otr4`) or with noble's (`otr4-noble`). */
export function measureOtr4(maker: RowMaker, implementation: 'otr4' | 'otr4-noble'): Result {
  if (implementation === 'otr4') return measure(maker(implementation))
  const before = setArithmetic(nobleArithmetic)
  try {
    return measure(maker(implementation))
  } finally {
    setArithmetic(before)
  }
}
