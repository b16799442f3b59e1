#!/usr/bin/env bash
# npm package otr 0.2.16 (OTR version 3 in JavaScript): a whitespace tag with a version that it does not know stays in the text.
#
# Expected: the tag is invisible: a client that offers versions 3 and 4 by whitespace is read as if it had sent the words alone, and of the
#           versions the one that both have is used. The specification of version 3 leaves room for further groups of eight.
# Seen:     the groups of versions that it knows are taken out; those of version 4, eight blanks and tabs, are left in the text that people get,
#           in front of the words that follow the tag. With no other group than that of version 4 it keeps all eight, too.
# A client that offers version 4 by whitespace puts the tag at the end of the text, where nobody sees what is left.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit --ignore-scripts otr@0.2.16 >/dev/null
cat >run.js <<'JS'
const { OTR, DSA } = require('otr')
const base = ' \t  \t\t\t\t \t \t \t  '
const group = { 2: '  \t\t  \t ', 3: '  \t\t  \t\t', 4: '  \t\t \t  ' }
const key = new DSA()
const read = (versions) => new Promise((resolve) => {
  const one = new OTR({ priv: key })
  one.on('error', () => undefined)
  one.on('ui', (text) => resolve(JSON.stringify(text)))
  one.receiveMsg(`before${base}${versions.map((version) => group[version]).join('')}after`)
})
;(async () => {
  for (const versions of [[3], [2, 3], [3, 4], [4]]) console.log(versions.join(), await read(versions))
  process.exit(0)
})()
setTimeout(() => process.exit(3), 120000).unref()
JS
seen=$(node run.js)
echo "$seen"
[ "$seen" = "$(printf '%s\n' '3 "beforeafter"' '2,3 "beforeafter"' '3,4 "before  \\t\\t \\t  after"' '4 "before  \\t\\t \\t  after"')" ]
