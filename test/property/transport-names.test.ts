import { expect } from 'chai'
import fc from 'fast-check'
import { generateDsaKey, generateEd448Keys, generateInstanceTag, systemRandom, type AccountKeys } from '../../src/index.js'
import { foldCase, IrcTransport, NickBook, type CaseMapping } from '../../src/transport/irc/index.js'
import { canonicalName } from '../../src/transport/canonical-name.js'
import { canonicalJid } from '../../src/transport/xmpp/index.js'
import { Person } from '../support/chat-person.js'
import { IrcServer } from '../support/irc-server.js'
import { until } from '../support/transport-events.js'

const mappings: readonly CaseMapping[] = ['ascii', 'rfc1459', 'strict-rfc1459', 'unicode']
const pairs: Readonly<Record<CaseMapping, string>> = { 'ascii': '', 'rfc1459': '[]\\^{}|~', 'strict-rfc1459': '[]\\{}|', 'unicode': '' }

/** The other letter that a server takes for this one. */
function twin(letter: string, mapping: CaseMapping): string {
  const signs = pairs[mapping]
  const at = signs.indexOf(letter)
  if (at >= 0) return signs[(at + signs.length / 2) % signs.length] ?? letter
  return /[a-z]/.test(letter) ? letter.toUpperCase() : /[A-Z]/.test(letter) ? letter.toLowerCase() : letter
}

const nick = fc.stringMatching(/^[A-Za-z[\]\\^{}|~_][A-Za-z0-9[\]\\^{}|~_-]{2,7}$/)
/** Which letters of a name are typed as their twins. */
const turns = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 })
const respell = (name: string, mapping: CaseMapping, turned: readonly boolean[]): string =>
  Array.from(name, (letter, at) => turned[at] === true ? twin(letter, mapping) : letter).join('')

describe('names: one correspondent is one conversation', () => {
  it('IRC: every spelling that the server takes for one name has one key, and no other has it', () => {
    fc.assert(fc.property(nick, nick, turns, turns, fc.constantFrom(...mappings), (name, other, one, two, mapping) => {
      const book = new NickBook()
      book.learn(mapping)
      const key = book.canonical(respell(name, mapping, one))
      expect(book.heard(respell(name, mapping, two))).to.equal(key)
      expect(book.canonical(key)).to.equal(key)
      expect(book.spelling(key)).to.equal(respell(name, mapping, two))
      expect(book.heard(other) === key).to.equal(foldCase(other, mapping) === foldCase(name, mapping))
    }))
  })

  it('IRC: a mapping that comes late, or changes, takes every key that was given to the one that counts now', () => {
    fc.assert(fc.property(fc.array(fc.tuple(nick, turns), { minLength: 1, maxLength: 20 }), fc.array(fc.constantFrom(...mappings), { maxLength: 4 }), (names, later) => {
      // Two names that one mapping merged cannot be separated by a later one.
      fc.pre(new Set(names.map(([name]) => foldCase(name, 'rfc1459'))).size === names.length)
      const book = new NickBook()
      // What an application does that keeps conversations by key: it follows the events, and nothing else.
      const kept = new Map(names.map(([name, turned]) => {
        const spelled = respell(name, 'ascii', turned)
        return [spelled, book.heard(spelled)]
      }))
      for (const mapping of later) {
        const moved = new Map(book.learn(mapping).map(({ from, to }) => [from, to]))
        for (const [spelled, key] of kept) kept.set(spelled, moved.get(key) ?? key)
        for (const [spelled, key] of kept) expect(key, `${spelled} under ${mapping}`).to.equal(book.canonical(spelled))
      }
    }))
  })

  it('XMPP: letters\' case, width, invisible characters, the domain\'s last stop and the resource make no other name', () => {
    const part = fc.stringMatching(/^[a-z][a-z0-9\u00e0-\u00f6\u03b1-\u03c9\u0430-\u044f._-]{0,9}[a-z]$/)
    const resource = fc.option(fc.stringMatching(/^[ -~]{1,12}$/), { nil: undefined })
    fc.assert(fc.property(part, part, resource, turns, turns, (local, domain, where, capital, dress) => {
      const written = (text: string): string => Array.from(text, (letter, at) => {
        const cased = capital[at % 8] === true ? letter.toUpperCase() : letter
        const wide = dress[at % 8] === true && /[A-Za-z0-9]/.test(cased) ? String.fromCodePoint(cased.charCodeAt(0) + 0xfee0) : cased
        return dress[(at + 3) % 8] === true ? `${wide}\u00ad` : wide
      }).join('')
      const key = canonicalJid(`${local}@${domain}`)
      const spelled = `${written(local)}@${written(domain)}${capital[0] === true ? '.' : ''}${where === undefined ? '' : `/${where}`}`
      expect(canonicalJid(spelled)).to.equal(key)
      expect(canonicalJid(key)).to.equal(key)
      expect(canonicalName('prpl-jabber', spelled)).to.equal(key)
    }))
    // A resource may be a slash, or end in one.
    for (const spelled of ['a@b/', 'a@b//', 'a@b/c/']) expect(canonicalName('prpl-jabber', spelled)).to.equal('a@b')
  })

  it('whatever is typed and whatever is heard: nothing is in clear while there is a session', async function () {
    this.timeout(240_000)
    const keys = await Promise.all([0, 1].map(async (): Promise<AccountKeys> => ({
      dsa: await generateDsaKey(systemRandom), ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom),
    })))
    const [hers, his] = keys
    if (hers === undefined || his === undefined) throw new Error('no keys')
    const ways = fc.array(fc.tuple(fc.constantFrom('with', 'msg', 'say'), fc.boolean(), turns), { minLength: 1, maxLength: 4 })
    const change = fc.option(fc.tuple(fc.boolean(), nick), { nil: undefined })
    const versions = fc.constantFrom({}, { allowV4: false })
    await fc.assert(fc.asyncProperty(nick, nick, fc.constantFrom<CaseMapping>('ascii', 'rfc1459'), turns, turns, ways, change, versions,
      async (alice, bob, mapping, turnsA, turnsB, said, renaming, policy) => {
        fc.pre(foldCase(alice, mapping) !== foldCase(bob, mapping))
        fc.pre(renaming === undefined || ![alice, bob].some((name) => foldCase(name, mapping) === foldCase(renaming[1], mapping)))
        const server = await new IrcServer({ tokens: [`CASEMAPPING=${mapping}`] }).listen()
        const join = (name: string): IrcTransport => new IrcTransport({ host: '127.0.0.1', port: server.port, nick: name, pace: { burst: 1000, intervalMs: 1 } })
        const people: Person[] = []
        try {
          // Each types the other's name as they like.
          const a = await Person.sit(join(alice), { keys: hers, peer: respell(bob, mapping, turnsA), policy })
          people.push(a)
          const b = await Person.sit(join(bob), { keys: his, peer: respell(alice, mapping, turnsB), policy })
          people.push(b)
          a.type('/otr start')
          for (const one of people) await one.sees(({ type, ...rest }) => type === 'state' && 'state' in rest && rest.state === 'private', 'private')
          if (renaming !== undefined) {
            const [hersChanges, name] = renaming
            server.rename(server.peer(hersChanges ? alice : bob), name)
            await until(() => (hersChanges ? a : b).transport.account === name, 'the new nick')
          }
          for (const [at, [way, byA, turned]] of said.entries()) {
            const [from, to] = byA ? [a, b] : [b, a]
            const typed = respell(to.transport.account, mapping, turned)
            const text = `for you alone ${at}`
            if (way === 'with') from.type(`/with ${typed}`)
            from.type(way === 'msg' ? `/msg ${typed} ${text}` : text)
            const heard = await to.sees((event) => event.type === 'message' && event.text === text, `${text} as ${typed}`)
            expect(heard).to.include({ privacy: 'private' })
          }
          for (const one of people) {
            const statuses = one.client.peers().map((peer) => one.client.conversation(peer).status)
            const isPrivate = ({ sessions }: typeof statuses[number]): boolean => sessions.some(({ state }) => state === 'encrypted')
            expect(statuses.filter(isPrivate).map(({ sessions }) => sessions.length)).to.deep.equal([1])
            // What a change of nick left behind: the old name, under which nothing goes in clear.
            const guards = statuses.filter((status) => !isPrivate(status)).map(({ sending }) => sending)
            expect(guards).to.deep.equal(guards.length === 0 ? [] : ['held'])
            if (renaming === undefined) expect(guards).to.deep.equal([])
          }
          expect(server.peers.flatMap(({ lines }) => lines).filter(({ text }) => text.includes('for you alone'))).to.deep.equal([])
        } finally {
          for (const one of people) await one.leave()
          await server.close()
        }
      }), { numRuns: 20 })
  })
})
