import { expect } from 'chai'
import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { docstrings, specificationLink } from '../../scripts/lint/docstrings.mjs'
import { sections } from '../../scripts/lint/sections.mjs'

const linter = new Linter()

/** What the rule finds in a source file. */
function found(rule: string, source: string): readonly string[] {
  const messages = linter.verify(source, { languageOptions: { parser: tseslint.parser }, plugins: { docstrings }, rules: { [`docstrings/${rule}`]: 'error' } })
  return messages.map(({ message }) => message)
}

describe('the lint rules for docstrings', () => {
  const good = specificationLink('OTRv4', 'Auth-R Message')

  it('make the links to sections as GitHub makes their anchors', () => {
    expect(good).to.equal('[OTRv4, "Auth-R Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#auth-r-message)')
    expect(specificationLink('OTRv4', 'Public keys, Shared Prekeys, Forging keys and Fingerprints'))
      .to.match(/#public-keys-shared-prekeys-forging-keys-and-fingerprints\)$/)
    expect(specificationLink('OTRv3', 'Data Message')).to.equal('[OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)')
  })

  it('accept a link to a known section, over two lines too', () => {
    expect(found('specification-links', `/**\n * A message.\n *\n * @see ${good}\n */\nexport const a = 1`)).to.deep.equal([])
    expect(Object.values(sections).flat()).to.include('Auth-R Message')
  })

  it('refuse a section without a link, an unknown section, another anchor and another place', () => {
    const anchors = good.replace('#auth-r-message', '#auth-r')
    const elsewhere = good.replace('/blob/master/', '/blob/main/')
    const unknown = specificationLink('OTRv4', 'Nothing')
    expect(found('specification-links', '/** A message (v4 "Auth-R Message"). */\nexport const a = 1')[0]).to.match(/^"v4 "A" names a section without a link/)
    expect(found('specification-links', '/** otrv4.md, "HashToScalar". */\nexport const a = 1')[0]).to.match(/^"otrv4.md" names a section without a link/)
    expect(found('specification-links', `/** @see ${unknown} */\nexport const a = 1`)[0]).to.match(/^OTRv4 has no section "Nothing"/)
    expect(found('specification-links', `/** @see ${anchors} */\nexport const a = 1`)).to.deep.equal([`the link is ${good}`])
    expect(found('specification-links', `/** @see ${elsewhere} */\nexport const a = 1`)).to.deep.equal([`the link is ${good}`])
    expect(found('specification-links', '/** See https://github.com/otrv4/otrv4 */\nexport const a = 1')[0]).to.match(/^a specification is linked as/)
  })

  it('refuse a heading that is quoted without a link', () => {
    expect(found('quoted-sections', '/** Makes it ("Auth-R Message"). */\nexport const a = 1')).to.deep.equal([`"Auth-R Message" is a section: link it by @see ${good}`])
    expect(found('quoted-sections', '/** Makes it, as "Query\n * Messages" says. */\nexport const a = 1')).to.have.length(1)
    const both = (['OTRv2', 'OTRv3'] as const).map((name) => specificationLink(name, 'Expected Message')).join(' or ')
    expect(found('quoted-sections', '/** Waits ("Expected Message"). */\nexport const a = 1')).to.deep.equal([`"Expected Message" is a section: link it by @see ${both}`])
    expect(found('quoted-sections', `/** Makes it. @see ${good} */\nexport const a = 1`)).to.deep.equal([])
    expect(found('quoted-sections', '/** Says "hello". */\nexport const a = 1')).to.deep.equal([])
  })

  it('refuse an error that a sentence names instead of a tag', () => {
    for (const sentence of ['Throws `OTR_POLICY`.', 'Fails with `OTR_POLICY`.', 'Sends; rejects with `OTR_POLICY` if it may not.']) {
      expect(found('throws-tags', `/** ${sentence} */\nexport const a = 1`), sentence).to.have.length(1)
    }
    expect(found('throws-tags', '/** Sends. @throws OtrError `OTR_POLICY` */\nexport const a = 1')).to.deep.equal([])
  })

  it('ask the docstring of an exported function for every code that it throws', () => {
    const thrower = (doc: string, code = 'OTR_ARGUMENT'): string => `${doc}export function f() { if (1) throw new OtrError('${code}', 'no') }`
    expect(found('thrown-codes', thrower('/** Does it. @throws OtrError `OTR_ARGUMENT` */\n'))).to.deep.equal([])
    expect(found('thrown-codes', thrower('/** Does it. @throws OtrError `OTR_POLICY` */\n'))).to.deep.equal(['throws OTR_ARGUMENT, which its docstring does not name'])
    expect(found('thrown-codes', thrower(''))).to.deep.equal(['throws OTR_ARGUMENT, which its docstring does not name'])
    // Of a bug, everything may.
    expect(found('thrown-codes', thrower('/** Does it. */\n', 'OTR_INTERNAL'))).to.deep.equal([])
    expect(found('thrown-codes', '/** Reads. */\nexport function f() { throw new MalformedError("a", 0, "b") }')).to.have.length(1)
    expect(found('thrown-codes', '/** Waits. */\nexport function f() { return Promise.reject(new OtrError("OTR_CLOSED", "b")) }')).to.have.length(1)
  })

  it('ask those of methods of exported classes, unless they are private or have the docstring of another declaration', () => {
    const method = (doc: string, name = 'm'): string => `export class A { ${doc} ${name}() { throw new OtrError('OTR_CLOSED', 'no') } }`
    expect(found('thrown-codes', method('/** Does it. */'))).to.deep.equal(['throws OTR_CLOSED, which its docstring does not name'])
    expect(found('thrown-codes', method('/** Does it. @throws OtrError `OTR_CLOSED` */'))).to.deep.equal([])
    expect(found('thrown-codes', method('/** Does it. */', '#m'))).to.deep.equal([])
    expect(found('thrown-codes', method(''))).to.deep.equal([])
  })
})
