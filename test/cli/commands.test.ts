import { expect } from 'chai'
import { parseCommand } from '../../src/cli/chat/commands.js'
import { plainLine } from '../../src/cli/chat/plain-line.js'
import { parsePolicy } from '../../src/cli/chat/policy-option.js'

describe('what people type', () => {
  it('is text unless it begins with a slash', () => {
    expect(parseCommand('hello /otr start')).to.deep.equal({ do: 'say', text: 'hello /otr start' })
    expect(parseCommand('//etc/passwd')).to.deep.equal({ do: 'say', text: '/etc/passwd' })
    expect(parseCommand('  two spaces')).to.deep.equal({ do: 'say', text: '  two spaces' })
    expect(parseCommand('   ')).to.deep.equal({ do: 'nothing' })
    expect(parseCommand('/me  waves ')).to.deep.equal({ do: 'me', text: 'waves' })
  })

  it('a mistyped command is never sent as text', () => {
    for (const line of ['/ort start', '/start', '/otr strat', '/', '/otr instance x', '/otr cancel x', '/msg bob', '/with a b', '/me', '/otr smp "open']) {
      expect(parseCommand(line).do, line).to.equal('wrong')
    }
  })

  it('a secret is taken as it stands, a question stands in quotes', () => {
    expect(parseCommand('/otr smp  two  words ')).to.deep.equal({ do: 'smp', question: undefined, secret: 'two  words' })
    expect(parseCommand('/otr smp "Where did we meet?" in Paris')).to.deep.equal({ do: 'smp', question: 'Where did we meet?', secret: 'in Paris' })
    expect(parseCommand('/otr smp "Where?"')).to.deep.equal({ do: 'smp', question: 'Where?', secret: undefined })
    expect(parseCommand('/otr smp')).to.deep.equal({ do: 'smp', question: undefined, secret: undefined })
    expect(parseCommand('/OTR Answer in "Paris"')).to.deep.equal({ do: 'answer', secret: 'in "Paris"' })
  })

  it('policies are read by name and kind', () => {
    expect(parsePolicy('requireEncryption=true, heartbeatAfter=30,queryText=hello,outbox=reject')).to.deep.equal({
      requireEncryption: true, heartbeatAfter: 30, queryText: 'hello', outbox: 'reject',
    })
    expect(parsePolicy('requireEncryption')).to.deep.equal({ requireEncryption: true })
    for (const wrong of ['nosuch=1', 'requireEncryption=perhaps', 'heartbeatAfter=-1', 'heartbeatAfter=1e9', '__proto__=1', 'toString']) {
      expect(() => parsePolicy(wrong), wrong).to.throw().with.property('code', 'OTR_POLICY')
    }
  })
})

describe('the plain form for scripts', () => {
  it('is one line an event, fields in order, free text last', () => {
    expect(plainLine({ type: 'ready', account: 'alice', network: 'ws://x' })).to.equal('ready alice ws://x')
    expect(plainLine({ type: 'message', peer: 'bob', privacy: 'private', verified: true, text: 'hi there' })).to.equal('message bob private verified hi there')
    expect(plainLine({ type: 'state', peer: 'bob', state: 'private', version: 4, instance: 256, key: 'new', verified: false, fingerprint: 'ab' }))
      .to.equal('state bob private v4 256 new unverified ab')
    expect(plainLine({ type: 'state', peer: 'bob', state: 'ended' })).to.equal('state bob ended')
    expect(plainLine({ type: 'smp', peer: 'bob', event: 'asked', question: 'Where?' })).to.equal('smp bob asked Where?')
    expect(plainLine({ type: 'smp', peer: 'bob', event: 'succeeded', verified: true })).to.equal('smp bob succeeded verified')
    expect(plainLine({ type: 'notice', code: 'malformed' })).to.equal('notice - malformed')
    expect(plainLine({ type: 'bye' })).to.equal('bye')
  })

  it('H1: nobody can add a line or a field to it', () => {
    const text = 'a\nmessage bob private verified b\r\n\u001b[2J \\n'
    expect(plainLine({ type: 'message', peer: 'e ve\nil', privacy: 'clear', verified: false, text }))
      .to.equal('message e_ve\\nil clear unverified a\\nmessage bob private verified b\\n\u241b[2J \\\\n')
  })
})
