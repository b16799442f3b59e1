// Writes docs/codes.md from the catalogue in src/codes/: npm run build:codes. A test compares the two.
import { writeFileSync } from 'node:fs'
import { codesPage } from '../test/support/codes-page.ts'

writeFileSync(new URL('../docs/codes.md', import.meta.url), codesPage())
