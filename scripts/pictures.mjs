// Draws docs/pictures/ from two clients that talk with seeded randomness: npm run build:pictures. A test compares: the same bytes, always.
import { mkdirSync, writeFileSync } from 'node:fs'
import { pictures } from '../test/support/pictures/runs.ts'

const folder = new URL('../docs/pictures/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, svg] of pictures()) writeFileSync(new URL(name, folder), svg)
