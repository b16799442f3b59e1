#!/usr/bin/env bash
# npm package otr 0.2.16 (OTR version 3 in JavaScript): the option `fragment_size` limits the piece, not the line.
#
# Expected: with fragment_size 140 no line is longer than 140 characters; networks with short lines are what it is for.
# Seen:     140 is the length of the piece of the message that a line carries; the line is that and its header, up to 177 characters.
# Whoever talks with it over IRC must not give it the line limit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit --ignore-scripts otr@0.2.16 >/dev/null
cat >run.js <<'JS'
const { OTR, DSA } = require('otr')
const version = require('otr/package.json').version
const longest = { alice: 0, bob: 0 }
let piece = 0
const make = (name) => {
  const one = new OTR({ fragment_size: 140, send_interval: 0, priv: new DSA() })
  one.ALLOW_V2 = false
  one.on('error', () => undefined)
  return one
}
const people = { alice: make('alice'), bob: make('bob') }
for (const [name, other] of [['alice', 'bob'], ['bob', 'alice']]) {
  people[name].on('io', (line) => {
    if (line.startsWith('?OTR|')) {
      longest[name] = Math.max(longest[name], line.length)
      piece = Math.max(piece, line.split(',')[3].length)
    }
    setTimeout(() => people[other].receiveMsg(line), 0)
  })
}
people.alice.sendQueryMsg()
// Its own exchange fails once in sixteen times; its fragments have been sent by then all the same.
const end = setInterval(() => {
  if (longest.alice === 0 || longest.bob === 0) return
  clearInterval(end)
  const line = Math.max(longest.alice, longest.bob)
  console.log(`otr ${version}: with fragment_size 140 the longest piece has ${piece} characters, its line ${line > 140 ? 'more' : 'no more'} than 140`)
  process.exit(0)
}, 200)
setTimeout(() => process.exit(3), 120000).unref()
JS
seen=$(node run.js)
echo "$seen"
[ "$seen" = 'otr 0.2.16: with fragment_size 140 the longest piece has 140 characters, its line more than 140' ]
