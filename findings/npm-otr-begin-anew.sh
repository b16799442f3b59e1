#!/usr/bin/env bash
# npm package otr 0.2.16 (OTR versions 2 and 3 in JavaScript): two of them that have talked for a while and begin anew read nothing any more.
#
# Expected: somebody asks again within a conversation, for instance because their program was restarted. A key exchange renews the session, and both
#           go on talking ("The protocol state machine").
# Seen:     the key exchange succeeds, and says a key id of the time when its object was made; the session goes on counting from its own. After no turn
#           both are the same and it works; after three turns of each side, neither reads what the other writes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit --ignore-scripts otr@0.2.16 >/dev/null
cat >run.js <<'JS'
const { OTR, DSA } = require('otr')
const version = require('otr/package.json').version
const keys = [new DSA(), new DSA()]

/** How many of two texts arrive after a renewal that follows so many turns. */
async function renewed(turns) {
  let last = Date.now()
  const read = []
  const people = keys.map((priv) => new OTR({ priv, fragment_size: 0, send_interval: 0 }))
  for (const [n, one] of people.entries()) {
    one.ALLOW_V2 = false
    one.on('error', () => undefined)
    one.on('ui', (text) => { read.push(text) })
    one.on('io', (line) => {
      last = Date.now()
      setTimeout(() => { people[1 - n].receiveMsg(line) }, 0)
    })
  }
  /** Until nobody has sent anything for a second. */
  const quiet = async () => {
    last = Date.now()
    while (Date.now() - last < 1000) await new Promise((done) => { setTimeout(done, 20) })
  }
  const say = async (who, text) => {
    people[who].sendMsg(text)
    await quiet()
  }
  people[0].sendQueryMsg()
  await quiet()
  for (let turn = 0; turn < turns; turn++) for (const who of [0, 1]) await say(who, `turn ${turn}`)
  if (read.length !== 2 * turns) throw new Error('the first session does not work')
  people[0].sendQueryMsg()
  await quiet()
  read.length = 0
  for (const who of [0, 1]) await say(who, `after it, ${who}`)
  return read.length
}

;(async () => {
  console.log(`otr ${version}: after a renewal, texts read of 2: ${await renewed(0)} without a turn before it, ${await renewed(3)} after three turns`)
  process.exit(0)
})()
JS
seen=$(node run.js)
echo "$seen"
[ "$seen" = 'otr 0.2.16: after a renewal, texts read of 2: 2 without a turn before it, 0 after three turns' ]
