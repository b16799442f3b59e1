import { expect } from 'chai'
import { Peer } from '../../src/cli/peer/peer.js'
import { decodeClientProfile, decodePrekeyProfile } from '../../src/wire/index.js'

type Json = Record<string, unknown>
interface Answer extends Json { readonly ok: boolean, readonly out: Json[], readonly error: { readonly code: string } }

const NOW = 1_700_000_000

async function peer(account: string, options: Json = {}): Promise<(cmd: string, fields?: Json) => Promise<Answer>> {
  const one = new Peer({ log: (line) => { throw new Error(line) } })
  const ask = async (cmd: string, fields: Json = {}): Promise<Answer> => JSON.parse((await one.answer(JSON.stringify({ cmd, ...fields }))).line) as Answer
  await ask('clock', { now: NOW })
  await ask('account', { account, versions: '4', ...options })
  return ask
}

const bytes = (base64: unknown): Uint8Array => new Uint8Array(Buffer.from(base64 as string, 'base64'))

describe('otr4 peer, offline messages', () => {
  it('hands out ensembles, writes to one, and reads what was written to it', async () => {
    const [alice, bob] = [await peer('alice'), await peer('bob')]
    expect((await alice('hello'))['features']).to.include('offline')
    const { ensembles } = await bob('ensemble', { count: 2 }) as unknown as { ensembles: Json[] }
    expect(ensembles).to.have.length(2)
    const { out } = await alice('send-offline', { to: 'bob', ensemble: ensembles[0], text: 'hello' })
    expect(out.map(({ type }) => type)).to.deep.equal(['send', 'state', 'notice', 'send'])
    expect(out[1]).to.include({ state: 'encrypted', offline: true })
    expect(out[2]).to.include({ code: 'offline', peer: 'bob' })
    const read: Json[] = []
    for (const { type, message } of out) if (type === 'send') read.push(...(await bob('receive', { from: 'alice', message })).out)
    expect(read.find(({ type }) => type === 'message')).to.deep.include({ from: 'alice', text: 'hello', encrypted: true, offline: true, version: 4 })
    const { sessions } = await bob('status', { of: 'alice' }) as unknown as { sessions: Json[] }
    expect(sessions[0]).to.include({ state: 'encrypted', offline: true, initiator: false, ssidBold: 'second' })
  })

  it('shows its profiles from the start, and lets a driver say when they end', async () => {
    const one = new Peer({ log: (line) => { throw new Error(line) } })
    await one.answer(JSON.stringify({ cmd: 'clock', now: NOW }))
    const { line } = await one.answer(JSON.stringify({ cmd: 'account', account: 'bob', versions: '4', tag: 0x1234, profileExpires: NOW + 200, prekeyProfileExpires: NOW + 100 }))
    const answer = JSON.parse(line) as Json
    expect(decodeClientProfile(bytes(answer['clientProfile']))).to.include({ instanceTag: 0x1234, expiration: NOW + 200 })
    expect(decodePrekeyProfile(bytes(answer['prekeyProfile']))).to.include({ instanceTag: 0x1234, expiration: NOW + 100 })
    const { line: second } = await one.answer(JSON.stringify({ cmd: 'ensemble' }))
    const [ensemble] = (JSON.parse(second) as { ensembles: Json[] }).ensembles
    expect(ensemble!['prekeyProfile']).to.equal(answer['prekeyProfile'])
    const alice = await peer('alice')
    await alice('clock', { now: NOW + 150 })
    expect((await alice('send-offline', { to: 'bob', ensemble, text: 'x' })).error.code).to.equal('OTR_NO_ENSEMBLE')
  })

  it('refuses with a code what makes no sense, and what the mode forbids', async () => {
    const [alice, bob] = [await peer('alice'), await peer('bob')]
    const { ensembles } = await bob('ensemble') as unknown as { ensembles: [Json] }
    const codes = async (fields: Json): Promise<string> => (await alice('send-offline', { to: 'bob', text: 'x', ...fields })).error.code
    expect(await codes({})).to.equal('OTR_FIELD')
    expect(await codes({ ensemble: 'x' })).to.equal('OTR_FIELD')
    expect(await codes({ ensemble: { ...ensembles[0], more: 1 } })).to.equal('OTR_FIELD')
    expect(await codes({ ensemble: { ...ensembles[0], prekeyMessage: 'AAAA' } })).to.equal('OTR_NO_ENSEMBLE')
    for (const count of [0, 256, 1.5, '1']) expect((await bob('ensemble', { count })).error.code).to.equal('OTR_FIELD')
    const strict = await peer('strict', { mode: 'interactive-only' })
    expect((await strict('ensemble')).error.code).to.equal('OTR_POLICY')
    expect((await strict('send-offline', { to: 'bob', ensemble: ensembles[0], text: 'x' })).error.code).to.equal('OTR_POLICY')
    const { out } = await alice('send-offline', { to: 'bob', ensemble: ensembles[0], text: 'x' })
    const [message] = out.flatMap((event) => event['type'] === 'send' ? [event['message']] : [])
    expect((await strict('receive', { from: 'alice', message })).out[0]).to.include({ type: 'notice' })
  })

  it('in the modes of version 4: standalone takes offline messages, compatible too', async () => {
    for (const mode of ['standalone', 'compatible']) {
      const [alice, bob] = [await peer('alice', { mode }), await peer('bob', { mode })]
      const { ensembles } = await bob('ensemble') as unknown as { ensembles: [Json] }
      const { out } = await alice('send-offline', { to: 'bob', ensemble: ensembles[0], text: 'hello' })
      const read: Json[] = []
      for (const { type, message } of out) if (type === 'send') read.push(...(await bob('receive', { from: 'alice', message })).out)
      expect(read.filter(({ type }) => type === 'message').map(({ text }) => text)).to.deep.equal(['hello'])
    }
  })
})
