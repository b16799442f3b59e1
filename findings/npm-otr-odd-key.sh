#!/usr/bin/env bash
# npm package otr 0.2.16 (OTR version 3 in JavaScript): one of its key exchanges in sixteen fails with every other implementation.
#
# Expected: the D-H Commit message holds g^x encrypted with AES-128 under r, a key of 16 bytes, so that whoever is given r later can check it
#           against the hash beside it ("D-H Commit Message").
# Seen:     r is made into hexadecimal digits without leading zeros. Where their number is odd, the digits shift by one on their way to
#           bytes, and g^x is encrypted under another key than the r that is revealed. With an even number it is as expected.
# Asking again helps: the next r is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit --ignore-scripts otr@0.2.16 >/dev/null
cat >run.js <<'JS'
const { createDecipheriv, createHash } = require('node:crypto')
const { OTR, DSA } = require('otr')
const BigInt_ = require('otr/vendor/bigint.js')
const version = require('otr/package.json').version
const priv = new DSA()

/** Its D-H Commit message, and the r that it will reveal, in hexadecimal digits. */
function commit() {
  return new Promise((done) => {
    const one = new OTR({ priv, fragment_size: 0, send_interval: 0 })
    one.ALLOW_V2 = false
    one.on('error', () => undefined)
    one.on('io', (line) => {
      if (line.startsWith('?OTR:')) done({ line, r: BigInt_.bigInt2str(one.ake.r, 16).toLowerCase() })
    })
    one.receiveMsg('?OTRv3?')
  })
}

/** Whether g^x is encrypted under r. */
function isUnderR({ line, r }) {
  const bytes = Buffer.from(line.slice(5, -1), 'base64')
  // Version, type, two instance tags; then two byte strings, each with its length.
  let at = 11
  const data = () => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  const [encrypted, hash] = [data(), data()]
  const decipher = createDecipheriv('aes-128-ctr', Buffer.from(r.padStart(32, '0'), 'hex'), Buffer.alloc(16))
  return createHash('sha256').update(Buffer.concat([decipher.update(encrypted), decipher.final()])).digest().equals(hash)
}

;(async () => {
  const found = {}
  for (let turn = 0; turn < 400 && (found.odd === undefined || found.even === undefined); turn++) {
    const made = await commit()
    // A whole byte less is another case, once in 256 times.
    if (made.r.length >= 31) found[made.r.length % 2 === 1 ? 'odd' : 'even'] ??= isUnderR(made)
  }
  console.log(`otr ${version}: g^x is encrypted under r with 32 digits: ${found.even}, with 31 digits: ${found.odd}`)
  process.exit(0)
})()
JS
seen=$(node run.js)
echo "$seen"
[ "$seen" = 'otr 0.2.16: g^x is encrypted under r with 32 digits: true, with 31 digits: false' ]
