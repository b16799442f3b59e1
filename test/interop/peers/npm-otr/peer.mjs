/** The peer protocol over npm's `otr`, an implementation of OTR versions 2 and 3 in JavaScript: one JSON request a line in, one JSON response a line out. */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)
const { OTR, DSA } = require('otr')
const { version } = require('otr/package.json')
const { CONST } = OTR

const states = { [CONST.MSGSTATE_PLAINTEXT]: 'plaintext', [CONST.MSGSTATE_ENCRYPTED]: 'encrypted', [CONST.MSGSTATE_FINISHED]: 'finished' }
const policies = {
  allowV2: 'ALLOW_V2', allowV3: 'ALLOW_V3', requireEncryption: 'REQUIRE_ENCRYPTION', sendWhitespaceTag: 'SEND_WHITESPACE_TAG', whitespaceStartsAke: 'WHITESPACE_START_AKE',
}
/** The option `fragment_size` is the length of a piece: what else may stand in its line, with the tags of version 3. */
const fragmentHead = '?OTR|01234567|01234567,12345,12345,,'.length

let account
let out = []
const conversations = new Map()

class Refusal extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

const bytes = (latin1) => Buffer.from(latin1, 'latin1')
const versionOf = (otr) => bytes(otr.ake.otr_version).readUInt16BE(0)

/** What a private session is called; nothing while it is renewed. */
function session(otr) {
  if (otr.ssid === null) return {}
  const v = versionOf(otr)
  return { version: v, ssid: bytes(otr.ssid).toString('hex'), fingerprint: otr.their_priv_pk.fingerprint(), ...v === 3 && { instance: bytes(otr.their_instance_tag).readUInt32BE(0) } }
}

function open(peer) {
  const otr = new OTR({ priv: account.key, fragment_size: account.fragmentSize })
  Object.assign(otr, account.policy)
  otr.on('io', (message) => out.push({ type: 'send', to: peer, message }))
  otr.on('ui', (text, encrypted) => out.push({ type: 'message', from: peer, text, encrypted, ...encrypted && { version: versionOf(otr) } }))
  otr.on('error', (detail, severity) => out.push({ type: 'notice', peer, code: severity === 'warn' ? 'warning' : 'error', detail: String(detail) }))
  otr.on('status', (status) => {
    const state = states[otr.msgstate]
    if (status === CONST.STATUS_AKE_SUCCESS) out.push({ type: 'state', peer, state, ...session(otr) })
    else if (status === CONST.STATUS_END_OTR) out.push({ type: 'state', peer, state })
  })
  otr.on('smp', (type, data) => {
    if (type === 'question') out.push({ type: 'smp', peer, event: 'asked', ...data && { question: data } })
    else out.push({ type: 'smp', peer, event: type === 'abort' ? 'aborted' : data ? 'succeeded' : 'failed' })
  })
  return otr
}

function conversation(peer) {
  if (account === undefined) throw new Refusal('OTR_STATE', 'no account')
  if (!conversations.has(peer)) conversations.set(peer, open(peer))
  return conversations.get(peer)
}

function inPrivate(peer) {
  const otr = conversation(peer)
  if (otr.msgstate !== CONST.MSGSTATE_ENCRYPTED) throw new Refusal('OTR_STATE', 'no encrypted session')
  return otr
}

const commands = {
  hello: () => ({ name: "npm's otr", version, protocol: 1, features: ['v2', 'v3', 'smp', 'fragments', 'reset'] }),
  account({ versions = '23', dsa, ed448 }) {
    if (account !== undefined) throw new Refusal('OTR_STATE', 'there is an account already')
    if (!/[23]/.test(versions) || ed448 !== undefined) throw new Refusal('UNSUPPORTED', "npm's otr speaks versions 2 and 3")
    const key = new DSA(dsa === undefined ? undefined : { ...DSA.parsePrivate(dsa, true), type: '\0\0' })
    account = { key, fragmentSize: 0, policy: { ALLOW_V2: versions.includes('2'), ALLOW_V3: versions.includes('3') } }
    return { fingerprint3: key.fingerprint() }
  },
  policy({ peer, maxMessageLength, ...rest }) {
    if (peer !== undefined) throw new Refusal('UNSUPPORTED', 'a policy for one correspondent')
    for (const [name, value] of Object.entries(rest)) {
      if (Object.hasOwn(policies, name)) account.policy[policies[name]] = value
      else if (name !== 'allowV4' || value) throw new Refusal('UNSUPPORTED', name)
    }
    if (maxMessageLength !== undefined) account.fragmentSize = Math.max(1, maxMessageLength - fragmentHead)
    for (const otr of conversations.values()) Object.assign(otr, account.policy, { fragment_size: account.fragmentSize })
  },
  start({ to, how = 'query' }) {
    if (how !== 'query') throw new Refusal('UNSUPPORTED', 'how')
    conversation(to).sendQueryMsg()
  },
  receive({ from, message }) {
    try {
      conversation(from).receiveMsg(message)
    } catch (error) {
      if (error instanceof Refusal) throw error
      out.push({ type: 'notice', peer: from, code: 'malformed', detail: String(error) })
    }
  },
  send({ to, text, tlvs = [] }) {
    if (tlvs.length > 0) throw new Refusal('UNSUPPORTED', 'TLVs')
    const otr = conversation(to)
    // It would keep the text and send it when a new session stands.
    if (otr.msgstate === CONST.MSGSTATE_FINISHED) throw new Refusal('OTR_STATE', 'the session is over')
    otr.sendMsg(text)
  },
  'smp-start': ({ to, secret, question }) => { inPrivate(to).smpSecret(secret, question) },
  'smp-answer': ({ to, secret }) => { inPrivate(to).smpSecret(secret) },
  'smp-abort'({ to }) {
    const otr = inPrivate(to)
    // Its own person's abort is no news to that person.
    const before = out.length
    otr.sm?.abort()
    out.splice(before)
  },
  end: ({ to }) => { conversation(to).endOtr() },
  status({ of }) {
    const otr = conversations.get(of)
    if (otr === undefined) return { sessions: [] }
    const state = states[otr.msgstate]
    if (state !== 'encrypted') return { sessions: [{ state, offline: false }] }
    const first = otr.transmittedRS === true
    return { sessions: [{ ...session(otr), state, offline: false, ssidBold: first ? 'first' : 'second', initiator: first, trust: 'unknown' }] }
  },
  reset() {
    account = undefined
    conversations.clear()
  },
  bye: () => ({}),
}

/** What each command cannot do without. */
const needed = {
  account: ['account'], start: ['to'], receive: ['from', 'message'], send: ['to', 'text'], 'smp-start': ['to', 'secret'], 'smp-answer': ['to', 'secret'], 'smp-abort': ['to'], end: ['to'], status: ['of'],
}

/** It sends by timers, one line after the other: an answer waits until there is nothing left. */
async function sent() {
  while ([...conversations.values()].some(({ outgoing }) => outgoing.length > 0)) await new Promise((resolve) => { setTimeout(resolve, 0) })
}

async function answer(line) {
  out = []
  let id = null
  try {
    const { cmd, ...request } = JSON.parse(line)
    id = request.id ?? null
    delete request.id
    if (!Object.hasOwn(commands, cmd)) throw new Refusal('UNSUPPORTED', 'no such command')
    if (account === undefined && !['hello', 'account', 'reset', 'bye'].includes(cmd)) throw new Refusal('OTR_STATE', 'no account')
    for (const name of needed[cmd] ?? []) if (typeof request[name] !== 'string') throw new Refusal('OTR_REQUEST', `needs ${name}`)
    const results = commands[cmd](request)
    await sent()
    return { id, ok: true, out, ...results }
  } catch (error) {
    const { code } = error
    return { id, ok: false, out, error: { code: error instanceof Refusal ? code : 'OTR_REQUEST', message: String(error.message) } }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const response = await answer(line)
  process.stdout.write(`${JSON.stringify(response)}\n`)
  if (response.ok && JSON.parse(line).cmd === 'bye') break
}
// Its timers would keep the program alive.
process.exitCode = 0
process.stdout.write('', () => { process.exit() })
