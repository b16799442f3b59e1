// Draws docs/pictures/ from a conversation of two clients with seeded randomness: npm run build:pictures. The bytes are always the same; a test compares them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { pictures } from '../test/support/pictures/runs.ts'

const folder = new URL('../docs/pictures/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, svg] of pictures()) writeFileSync(new URL(name, folder), svg)
