/** Other implementations can use keys that we made, and we can use theirs: people who change the program keep their fingerprint. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { deriveDsaPublicKey, dsaFingerprint, type DsaPrivateKey } from '../../src/crypto/index.js'
import { formatPrivateKeys } from '../../src/v3/libotr/index.js'
import { javaGroupKey, rfc6979Key } from '../support/dsa.js'
import { request } from '../../src/conformance/link.js'
import { testKey } from './lib/pair.js'
import { libotr, otr3, otr4, projectRoot, startPeer } from './lib/peers.js'
import { scenario } from './lib/scenarios/stage.js'

/** The libotr files that `otr4 keygen` writes, and the fingerprint that it prints. */
function keygen(): { readonly dsa: string; readonly tags: string; readonly fingerprint: string } {
  const state = mkdtempSync(join(tmpdir(), 'otr4-keys-'))
  try {
    const args = ['--import', 'tsx', `${projectRoot}src/cli/main.ts`, 'keygen', '--state', state, '--account', 'alice@example.org', '--protocol', 'prpl-jabber', '--json']
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: projectRoot })
    return {
      dsa: readFileSync(join(state, 'otr.private_key'), 'utf8'),
      tags: readFileSync(join(state, 'otr.instance_tags'), 'utf8'),
      fingerprint: /"fingerprint3": ?"([0-9a-fA-F]{40})"/.exec(output)?.[1]?.toLowerCase() ?? '',
    }
  } finally {
    rmSync(state, { recursive: true })
  }
}

/** Keys that nobody draws by chance: numbers that are short, and so written with zeros in front by some, and a group from elsewhere. */
const oddKeys: readonly (readonly [string, DsaPrivateKey])[] = [
  ['a short x', { ...deriveDsaPublicKey(rfc6979Key, Uint8Array.of(2)), x: Uint8Array.of(2) }],
  ['a short y', shortY()],
  ['the group of Java\'s keys', javaGroupKey],
]

/** The smallest x whose y has a zero in front. */
function shortY(): DsaPrivateKey {
  for (let i = 2; ; i++) {
    const x = Uint8Array.of(7, i >> 8, i & 0xff)
    const key = deriveDsaPublicKey(rfc6979Key, x)
    if (key.y.length < key.p.length) return { ...key, x }
  }
}

/** As some programs write numbers: with three zeros in front. */
function withZeros(file: string): string {
  return file.replace(/\((p|q|g|y|x) #/g, '($1 #000000')
}

describe('odd version 3 keys', () => {
  for (const their of [libotr, otr3]) {
    for (const [name, key] of oddKeys) {
      for (const side of ['ours', 'theirs'] as const) {
        // libotr finds a key by its account, otr3 takes the first.
        const dsa = withZeros(formatPrivateKeys([{ account: side === 'ours' ? 'alice@example.org' : 'bob@example.org', protocol: 'test', key }]))
        const account = side === 'ours' ? { ourAccount: { dsa } } : { theirAccount: { dsa } }
        scenario({ our: otr4, their, version: 3 }, `${side === 'ours' ? 'ours' : `${their.name}'s`} with ${name}, zeros in front in its file: it signs, and ${their.name} has our fingerprint of it`, account, async (pair) => {
          const fingerprint = Buffer.from(dsaFingerprint(key)).toString('hex')
          expect(side === 'ours' ? pair.ourFingerprint : pair.theirFingerprint).to.equal(fingerprint)
          for (const starter of [pair.ours, pair.theirs]) {
            const { ours, theirs } = await pair.establish(starter)
            expect(side === 'ours' ? theirs.fingerprint : ours.fingerprint).to.equal(fingerprint)
            await pair.end(pair.ours)
            await pair.end(pair.theirs)
          }
        })
      }
    }
  }
})

describe('keys made by us', () => {
  let made: ReturnType<typeof keygen>
  before(() => { made = keygen() })

  for (const kind of [libotr, otr3]) {
    scenario({ our: otr4, their: kind, version: 3 }, `${kind.name} has the fingerprint that we print, and we talk with it`, {}, async (pair) => {
      // A third peer with our key, in the implementation that is tested.
      const other = startPeer(kind)
      try {
        const tag = Number.parseInt(/\t([0-9a-f]{8})\s*$/m.exec(made.tags)?.[1] ?? '', 16)
        const account = await request(other, 'account', { account: 'alice@example.org', versions: '3', dsa: made.dsa, tag })
        expect(made.fingerprint).to.match(/^[0-9a-f]{40}$/)
        expect(account['fingerprint3']).to.equal(made.fingerprint)
        expect(account['tag']).to.equal(tag)
        // It signs with the key, and our side verifies that.
        let waiting = [...(await request(other, 'start', { to: pair.ours.address })).out]
        for (let round = 0; round < 10 && waiting.length > 0; round++) {
          const answers = []
          for (const event of waiting) {
            if (event.type !== 'send') continue
            const { out } = await request(pair.ours.link, 'receive', { from: 'carol@example.org', message: event.message })
            for (const reply of out) {
              if (reply.type === 'send') answers.push(...(await request(other, 'receive', { from: pair.ours.address, message: reply.message })).out)
            }
          }
          waiting = answers
        }
        const { sessions } = await request(pair.ours.link, 'status', { of: 'carol@example.org' }) as unknown as { sessions: { state: string; fingerprint: string }[] }
        expect(sessions.map(({ state, fingerprint }) => [state, fingerprint])).to.deep.equal([['encrypted', made.fingerprint]])
      } finally {
        await other.close()
      }
    })
  }

  scenario({ our: otr4, their: libotr, version: 3 }, 'we take libotr\'s keys and have libotr\'s fingerprint', {}, async (pair) => {
    const twin = startPeer(libotr)
    try {
      const account = await request(twin, 'account', { account: 'x', versions: '3', dsa: testKey('alice') })
      expect(account['fingerprint3']).to.equal(pair.ourFingerprint)
    } finally {
      await twin.close()
    }
  })
})
