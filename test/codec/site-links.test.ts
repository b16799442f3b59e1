import { expect } from 'chai'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkBuiltLinks, checkLinks } from '../../scripts/site/links.mjs'
import { readPages } from '../../scripts/site/pages.mjs'
import { temporaryFolder } from '../support/cli.js'

describe('the links of the documentation', () => {
  const folder = temporaryFolder()
  const write = (file: string, text: string): void => {
    const path = join(folder.path, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const check = (): string[] => {
    const pages = readPages(folder.path)
    return [...pages.problems, ...checkLinks(folder.path, pages)]
  }

  beforeEach(() => {
    for (const file of ['docs/README.md', 'docs/guide.md', 'spec/README.md']) write(file, '# Nothing\n')
    write('docs/README.md', '# Front\n\n## Guides\n\n| page | what |\n|---|---|\n| [One](guide.md) | first |\n\n## Rest\n\n- [Spec](../spec/README.md): more\n')
  })

  after(() => { folder.remove() })

  it('reads the navigation from the front page', () => {
    expect(readPages(folder.path).sections).to.deep.equal([
      { title: 'Guides', pages: [{ file: 'docs/guide.md', title: 'One', url: 'guide' }] },
      { title: 'Rest', pages: [{ file: 'spec/README.md', title: 'Spec', url: 'spec/overview' }] },
    ])
    expect(check()).to.deep.equal([])
  })

  it('names file and line of a link that leads nowhere, in a paragraph, a table and a picture', () => {
    write('docs/guide.md', '# One\n\nfirst line,\nthen [a file](gone.md)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | [x](also-gone.ts) |\n\n![drawing](no.svg)\n')
    expect(check()).to.deep.equal([
      'docs/guide.md:4: the link gone.md leads nowhere', 'docs/guide.md:9: the link also-gone.ts leads nowhere', 'docs/guide.md:11: the link no.svg leads nowhere',
    ])
  })

  it('knows the anchors of a page as forges make them', () => {
    write('spec/README.md', '# What `send` does: all of it\n\n## Twice\n\n## Twice\n')
    write('docs/guide.md', '[a](../spec/README.md#what-send-does-all-of-it) [b](../spec/README.md#twice-1)\n\n[c](../spec/README.md#thrice) [d](#here)\n\n# Here\n')
    expect(check()).to.have.length(1)
    expect(check()[0]).to.match(/^docs\/guide\.md:3: the link \.\.\/spec\/README\.md#thrice names an anchor/)
  })

  it('refuses a page that nobody lists, Markdown that is no page, and a way out of the repository; says nothing of what is in code', () => {
    write('docs/lost.md', '# Lost\n')
    write('NOTES.md', '# Notes\n')
    write('docs/guide.md', '`[x](gone.md)` [n](../NOTES.md) [o](../../out.md)\n\n```\n[y](gone.md)\n```\n')
    expect(check()).to.deep.equal([
      'docs/lost.md:1: no section of docs/README.md lists this page', 'docs/guide.md:1: the link ../NOTES.md leads to Markdown that is no page: list it in docs/README.md',
      'docs/guide.md:1: the link ../../out.md leaves the repository',
    ])
  })

  it('checks what was built once more', () => {
    write('built/index.html', '<a href="api/x.html#a&amp;b"></a><a href="api/x.html#no"></a><a href="https://elsewhere.example/"></a><img src="api/no.svg">')
    write('built/api/x.html', '<p id="a&amp;b"></p><a href="../index.html">')
    expect(checkBuiltLinks(join(folder.path, 'built'))).to.deep.equal({
      problems: ['docs/.dist/index.html: the link api/x.html#no names no anchor of api/x.html', 'docs/.dist/index.html: the link api/no.svg leads nowhere'],
      count: { pages: 2, links: 4 },
    })
  })
})
