import { expect } from 'chai'
import fc from 'fast-check'
import { htmlToText } from '../../src/index.js'

describe('text of clients that write HTML', () => {
  for (const [html, text] of [
    ['a &lt; b &amp;&amp; &quot;c&quot;', 'a < b && "c"'],
    ['one<br>two<BR/>three', 'one\ntwo\nthree'],
    ['&lt;3', '<3'],
    ['<3', '<3'],
    ['hello <foo> bar', 'hello <foo> bar'],
    ['hello &lt;foo&gt; bar', 'hello <foo> bar'],
    ['a < b && c > d', 'a < b && c > d'],
    ['<b>bold</b> <FONT color="red">x</FONT>', 'bold x'],
    ['<A HREF="http://example.org/?a=1&amp;b=2">http://example.org/?a=1&amp;b=2</A>', 'http://example.org/?a=1&b=2'],
    ['see <a href="http://example.org/">here</a>!', 'see here (http://example.org/)!'],
    ['<SPAN style="direction:rtl;text-align:right;">\u05d0</SPAN>', '\u05d0'],
    ['&#39;&apos;&nbsp;&#x1f600;', '\'\'\u00a0\u{1f600}'],
    ['&amp;lt;', '&lt;'],
    ['&unknown; &constructor; &#0; &#xd800; &#x110000;', '&unknown; &constructor; &#0; &#xd800; &#x110000;'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['<img src=x onerror=y>', '<img src=x onerror=y>'],
    ['<b', '<b'],
    ['<a href="', '<a href="'],
  ] as const) it(`reads ${JSON.stringify(html)}`, () => { expect(htmlToText(html)).to.equal(text) })

  it('reads what such a client writes of any text', () => {
    const escaped = (text: string): string =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\n', '<br>')
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => { expect(htmlToText(escaped(text))).to.equal(text) }))
  })

  it('loses no letter of a text that is none', () => {
    const letters = (text: string): string => text.replaceAll(/[^A-Za-z]/g, '')
    const words = fc.array(fc.constantFrom('<', '>', '&', ';', 'foo', ' ', 'x<y', '<3', '/'), { maxLength: 40 }).map((parts) => parts.join(''))
    fc.assert(fc.property(words, (text) => { expect(letters(htmlToText(text))).to.equal(letters(text)) }))
  })

  it('takes steps in proportion to the length, whatever comes', () => {
    for (const piece of ['<', '&', '<a ', '<a href="', '&#1234567', '<b><b>', '</a>', '<a href="x">']) {
      const text = piece.repeat(100_000 / piece.length)
      expect(htmlToText(text).length).to.be.at.most(text.length + 100)
    }
  })
})
