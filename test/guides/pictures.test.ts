import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { pictures } from '../support/pictures/runs.js'

const folder = new URL('../../docs/pictures/', import.meta.url)

describe('the pictures of docs/', () => {
  it('are what a run with the same random numbers draws: npm run build:pictures', () => {
    const drawn = pictures()
    expect(readdirSync(folder).filter((name) => name.endsWith('.svg')).sort()).to.deep.equal([...drawn.keys()].sort())
    for (const [name, svg] of drawn) expect(readFileSync(new URL(name, folder), 'utf8'), name).to.equal(svg)
  })

  it('hold no secret: no run of hexadecimal digits that is longer than the short name of a public key, or half a session id', () => {
    for (const [name, svg] of pictures()) expect(svg.replace(/#[0-9a-f]{6}/g, ''), name).not.to.match(/[0-9a-f]{9}/)
  })
})
