import { expect } from 'chai'
import { encryptedPair, inVersion2Too, Network, snapshot, type Party } from '../support/network.js'

/** The tag for versions, spelled out: base, then 2, 3, 4, and a version nobody knows. */
const base = ' \t  \t\t\t\t \t \t \t  '
const spelled = { 1: ' \t \t  \t ', 2: '  \t\t  \t ', 3: '  \t\t  \t\t', 4: '  \t\t \t  ', x: ' \t\t\t\t   ' } as const

function sent(party: Party, line: string, from = 'bob'): string[] {
  return party.receive(from, line).filter((event) => event.type === 'send').map(({ message }) => message)
}

inVersion2Too('attacks on queries, tags, errors and policy', (version) => {
  // Version 2 has its own: version-2.test.ts.
  if (version === 3) it('Q1: with a policy of version 4 alone, a query reduced to version 3 gets no answer', () => {
    const alice = new Network().add('alice', { versions: '34', policy: { allowV3: false } })
    expect(sent(alice, '?OTRv3?')).to.deep.equal([])
    expect(alice.notices).to.deep.equal(['policy'])
    expect(sent(alice, '?OTRv34?')).to.have.length(1)
  })

  if (version === 3) it('Q1: a version below what the correspondent has spoken before is reported as a downgrade; it goes on, or not, as the policy says; trust is separate', () => {
    for (const allowDowngrade of [true, false]) {
      const network = new Network()
      const alice = network.add('alice', { versions: '34', policy: { allowDowngrade } })
      const bob = network.add('bob', { versions: '34' })
      bob.start('alice')
      network.run()
      expect(alice.core.conversation('bob').status.sessions[0]?.version).to.equal(4)
      alice.take(alice.core.conversation('bob').trust('verified'))
      alice.end('bob')
      network.run()
      network.fate = (packet) => [{ ...packet, line: packet.line.replace('?OTRv34?', '?OTRv3?') }]
      bob.start('alice')
      network.run()
      expect(alice.notices).to.include('downgrade')
      const encrypted = alice.core.conversation('bob').status.sessions.filter(({ state }) => state === 'encrypted')
      expect(encrypted.map(({ version, trust }) => [version, trust])).to.deep.equal(allowDowngrade ? [[3, 'changed']] : [])
    }
  })

  if (version === 3) it('Q2: queries that offer nothing above version 2 start nothing', () => {
    const alice = new Network().add('alice')
    for (const query of ['?OTR?', '?OTRv1?', '?OTRv2?', '?OTR?v2?', '?OTRv?', '?OTR?v?', '?OTRv12?']) {
      expect(sent(alice, query), query).to.deep.equal([])
      expect(alice.texts.at(-1), query).to.equal(query)
      expect(alice.events.findLast(({ type }) => type === 'message'), query).to.include({ contentType: 'query' })
    }
    expect(alice.core.conversation('bob').status.pending).to.equal(false)
  })

  it('Q3: a query while encrypted does not end the session', () => {
    const { network, alice, bob } = encryptedPair()
    const ssid = alice.ssid('bob')
    expect(sent(alice, `?OTRv${version}?`)).to.have.length(1)
    expect(alice.ssid('bob')).to.equal(ssid)
    network.queue.length = 0
    alice.send('bob', 'still private')
    bob.send('alice', 'indeed')
    network.run()
    expect([...bob.texts, ...alice.texts]).to.deep.equal(['still private', 'indeed'])
  })

  it('Q4: an error text that is not at the start is text; at the start it never changes the state of an encrypted session', () => {
    const { network, alice, bob } = encryptedPair()
    alice.core.setPolicy({ errorStartsAke: false })
    expect(sent(alice, 'he said ?OTR Error: no')).to.deep.equal([])
    expect(alice.texts).to.deep.equal(['he said ?OTR Error: no'])
    const before = snapshot(alice)
    for (const text of ['?OTR Error: x', '?OTR Error:', '?OTR Error: ERROR_1: Unreadable message', '?OTR Error: ERROR_2: x', '?OTR Error: ERROR_99: x']) {
      expect(sent(alice, text)).to.deep.equal([])
      expect(snapshot(alice)).to.equal(before)
    }
    alice.core.setPolicy({ errorStartsAke: true })
    const ssid = alice.ssid('bob')
    expect(sent(alice, '?OTR Error: ERROR_1: Unreadable message')).to.have.length(1)
    expect(alice.ssid('bob')).to.equal(ssid)
    network.queue.length = 0
    bob.send('alice', 'fine here')
    network.run()
    expect(alice.texts.at(-1)).to.equal('fine here')
  })

  it('Q5: markup and control characters in an error text are data, cut to a limit, and no message of the correspondent', () => {
    const alice = new Network().add('alice')
    const text = `<img src=x onerror=alert(1)>\u0007\u202e${'x'.repeat(100_000)}`
    alice.receive('bob', `?OTR Error: ${text}`)
    const [notice] = alice.all('notice')
    expect(notice?.code).to.equal('error-message')
    expect(notice?.detail).to.equal(text.slice(0, 1000))
    expect(alice.all('message')).to.deep.equal([])
  })

  it('Q6: a hundred garbage data messages in a second cause one error reply in the interval', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', 'x')
    const line = network.queue.shift()?.line ?? ''
    bob.end('alice')
    network.queue.length = 0
    const replies = (): number => network.lines('bob', 'alice').filter((text) => text.startsWith('?OTR Error')).length
    for (let i = 0; i < 100; i++) {
      bob.receive('alice', line)
      network.now += 0.01
    }
    expect(replies()).to.equal(1)
    network.now += bob.core.policy.errorReplyInterval
    bob.receive('alice', line)
    bob.receive('alice', line)
    expect(replies()).to.equal(2)
  })

  it('Q6: nobody replies to a reply, and two clients that cannot read each other come to rest', () => {
    const { network, alice, bob } = encryptedPair({ alice: { policy: { errorStartsAke: false } }, bob: { policy: { errorStartsAke: false } } })
    bob.end('alice')
    network.queue.length = 0
    alice.send('bob', 'one')
    alice.send('bob', 'two')
    network.run()
    expect(network.lines('bob', 'alice').filter((text) => text.startsWith('?OTR Error'))).to.have.length(1)
    expect(network.lines('alice', 'bob').filter((text) => text.startsWith('?OTR Error'))).to.have.length(0)
  })

  it('Q8: errors cause at most one query in the interval', () => {
    const network = new Network()
    const alice = network.add('alice', { policy: { errorStartsAke: true, errorStartInterval: 60 } })
    alice.receive('bob', '?OTR Error: what?')
    expect(network.log, 'where nothing private was begun nothing begins').to.deep.equal([])
    alice.start('bob')
    network.log.length = 0
    const queries = (): number => network.log.filter(({ line }) => line.startsWith('?OTRv')).length
    for (let i = 0; i < 50; i++) {
      alice.receive('bob', '?OTR Error: what?')
      network.now += 1
    }
    expect(queries()).to.equal(1)
    network.now += 60
    alice.receive('bob', '?OTR Error: what?')
    expect(queries()).to.equal(2)
  })

  it('Q9: a correspondent whom the application has not authorised gets not one byte, whatever they send', () => {
    const network = new Network()
    const asked: string[] = []
    const alice = network.add('alice', {
      policy: { answerStrangers: false, errorStartsAke: true },
      authorize: (peer) => {
        asked.push(peer)
        return false
      },
    })
    const bob = network.add('bob')
    bob.receive('alice', `?OTRv${version}?`)
    const commit = network.queue.shift()?.line ?? ''
    for (const line of [`?OTRv${version}?`, `hello${base}${spelled[version]}`, '?OTR Error: x', commit]) expect(sent(alice, line), line).to.deep.equal([])
    expect(alice.texts).to.deep.equal(['hello'])
    expect(new Set(asked)).to.deep.equal(new Set(['bob']))
    expect(alice.core.nextTimer()).to.equal(undefined)
  })

  it('Q9: a callback that throws means no; one that agrees lets the correspondent in; somebody whom the application writes to is no stranger', () => {
    for (const [authorize, answers] of [[() => { throw new Error('broken') }, 0], [() => true, 1]] as const) {
      const alice = new Network().add('alice', { policy: { answerStrangers: false }, authorize })
      expect(sent(alice, `?OTRv${version}?`)).to.have.length(answers)
    }
    const alice = new Network().add('alice', { policy: { answerStrangers: false } })
    alice.send('bob', 'hi')
    expect(sent(alice, `?OTRv${version}?`)).to.have.length(1)
  })

  it('Q10: the same query delivered again, also after a restart, produces no second answer', () => {
    const network = new Network()
    const alice = network.add('alice')
    const answers = (party: Party): number => party.take(party.core.receive('bob', `?OTRv${version}?`, { id: 'stanza-7' })).filter(({ type }) => type === 'send').length
    expect(answers(alice)).to.equal(1)
    expect(answers(alice)).to.equal(0)
    const again = network.add('alice', { key: 1, tag: alice.core.instanceTag, state: structuredClone(alice.core.exportState()) })
    expect(answers(again)).to.equal(0)
    expect(again.notices).to.deep.equal(['duplicate'])
  })

  it('Q10: what comes out of an archive is shown when it is text, and never answered', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', 'private')
    const data = network.queue.shift()?.line ?? ''
    const state = snapshot(bob)
    for (const line of [`?OTRv${version}?`, '?OTR Error: x', data]) {
      expect(bob.core.receive('alice', line, { archived: true }).map((event) => event.type === 'notice' ? event.code : event.type))
        .to.deep.equal(['duplicate'])
    }
    expect(snapshot(bob)).to.equal(state)
    const shown = bob.core.receive('alice', `old news${base}${spelled[version]}`, { archived: true })
    expect(shown.map((event) => event.type === 'message' ? event.text : event.type)).to.deep.equal(['old news', 'notice'])
  })

  for (const versions of version === 3 ? ['3', '4'] as const : ['2'] as const) {
    it(`Q10: what offers or begins a conversation of version ${versions} is not answered when the network had kept it, whole or in pieces, and the person is told`, () => {
      for (const maxMessageLength of [0, 200]) {
        const network = new Network()
        const alice = network.add('alice', { versions, policy: { maxMessageLength } })
        const bob = network.add('bob', { versions })
        bob.send('alice', 'I know her')
        network.run()
        if (versions !== '4') alice.receive('bob', `?OTRv${version}?`)
        else alice.take(alice.core.conversation('bob').start('identity'))
        const first = network.queue.splice(0).map(({ line }) => line)
        expect(first.length > 1).to.equal(maxMessageLength > 0)
        const before = snapshot(bob)
        const events = ['?OTRv34?', first].flat().flatMap((line) => bob.take(bob.core.receive('alice', line, { sentAt: network.now - 5 })))
        expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['old-offer', 'old-offer'])
        expect(snapshot(bob)).to.equal(before)
        // Of now it is answered.
        expect(first.flatMap((line) => sent(bob, line, 'alice'))).to.have.length(1)
      }
    })
  }

  it('Q10: kept text is shown with its time and its offer is not answered; kept data is read; a kept complaint begins nothing, and loses nothing', () => {
    const { network, alice, bob } = encryptedPair()
    const old = { sentAt: network.now - 50_000 }
    alice.send('bob', 'private')
    const data = network.queue.shift()?.line ?? ''
    const stranger = bob.take(bob.core.receive('carol', `old news${base}${spelled[version]}`, old))
    expect(stranger).to.have.length(1)
    expect(stranger[0]).to.include({ type: 'message', text: 'old news', ...old })
    bob.take(bob.core.receive('alice', data, old))
    expect(bob.texts).to.deep.equal(['old news', 'private'])
    bob.send('alice', 'unread')
    network.queue.splice(0)
    const told = bob.take(bob.core.receive('alice', '?OTR Error: I could not read that', old))
    expect(told.filter(({ type }) => type === 'send')).to.deep.equal([])
    expect(bob.all('lost').flatMap(({ messages }) => messages.map(({ text }) => text))).to.deep.equal(['unread'])
    expect(bob.isEncrypted('alice')).to.equal(true)
  })

  for (const versions of version === 3 ? ['3', '4'] as const : ['2'] as const) {
    it(`Q10: a kept answer to a key exchange of version ${versions} that we began goes on with it`, () => {
      const network = new Network()
      const alice = network.add('alice', { versions })
      network.add('bob', { versions })
      if (versions !== '4') alice.receive('bob', `?OTRv${version}?`)
      else alice.take(alice.core.conversation('bob').start('identity'))
      for (let packet = network.queue.shift(); packet !== undefined; packet = network.queue.shift()) {
        const kept = packet.to === 'alice' ? { sentAt: network.now - 5 } : {}
        for (const party of network.parties) if (party.address === packet.to) party.take(party.core.receive(packet.from, packet.line, kept))
      }
      expect(network.parties.map((party) => party.isEncrypted(party === alice ? 'bob' : 'alice'))).to.deep.equal([true, true])
    })
  }

  it('Q16: a query in the middle of a text starts nothing, and the text is shown whole', () => {
    const alice = new Network().add('alice', { versions: '34' })
    const texts = ['hello ?OTRv34? and more', '> ?OTRv34? I would like to talk', '<mallory> ?OTRv3?', 'type ?OTRv3? there']
    for (const text of texts) expect(sent(alice, text), text).to.deep.equal([])
    expect(alice.texts).to.deep.equal(texts)
    expect(alice.core.conversation('bob').status).to.include({ pending: false, sending: 'plaintext' })
    expect(sent(alice, '<html><body>?OTRv34? I would like to talk</body></html>')).to.have.length(1)
  })

  it('Q11: a whitespace tag in the middle, twice, with unknown versions or cut in half is read as the specification says and not shown', () => {
    const start = (): Party => new Network().add('alice')
    for (const [line, text, answers] of [
      [`one${base}${spelled[version]}two`, 'onetwo', 1],
      [`${base}${spelled[version]}one${base}${spelled[version]}`, 'one', 1],
      [`one${base}${spelled.x}${spelled[version]}`, 'one', 1],
      [`one${base}${spelled[1]}${spelled[5 - version as 2 | 3]}`, 'one', 0],
      [`one${base}${spelled[4]}`, 'one', 0],
      [`one${base}`, 'one', 0],
      [`one${base.slice(0, 9)}`, `one${base.slice(0, 9)}`, 0],
    ] as const) {
      const alice = start()
      expect(sent(alice, line), JSON.stringify(line)).to.have.length(answers)
      expect(alice.texts, JSON.stringify(line)).to.deep.equal([text])
    }
  })

  it('Q11: a row of tagged messages starts one key exchange', () => {
    const alice = new Network().add('alice')
    const answers = [1, 2, 3, 4].flatMap(() => sent(alice, `hello${base}${spelled[version]}`))
    expect(answers).to.have.length(1)
  })

  it('Q11: a tag is answered although a query of ours has had no answer', () => {
    const network = new Network()
    const alice = network.add('alice')
    alice.start('bob')
    network.queue.length = 0
    expect(sent(alice, `hello${base}${spelled[version]}`)).to.have.length(1)
  })

  it('Q12: text that looks like OTR is changed so that no program processes it as OTR, and arrives as text', () => {
    const network = new Network()
    const alice = network.add('alice')
    const bob = network.add('bob')
    for (const text of ['?OTRv4?', '?OTRv34? hi', 'look: ?OTR?', '?OTR:AAMC.', '?OTR|1|2,1,1,x,', '?OTR Error: gotcha', '?OTR,1,1,x,']) alice.send('bob', text)
    expect(network.log.every(({ line }) => !line.includes('?OTR'))).to.equal(true)
    network.run()
    expect(bob.texts.map((text) => text.replaceAll('\u200b', ''))).to.deep.equal([
      '?OTRv4?', '?OTRv34? hi', 'look: ?OTR?', '?OTR:AAMC.', '?OTR|1|2,1,1,x,', '?OTR Error: gotcha', '?OTR,1,1,x,',
    ])
    expect(network.log).to.have.length(7)
  })

  it('Q12: inside a private conversation the same text goes through as it is', () => {
    const { network, alice, bob } = encryptedPair()
    alice.send('bob', '?OTRv34? ?OTR:AAMC.')
    network.run()
    expect(bob.texts).to.deep.equal(['?OTRv34? ?OTR:AAMC.'])
    expect(bob.notices).to.deep.equal([])
  })
})
