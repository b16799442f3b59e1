import { systemRandom } from '../src/crypto/index.js'
import { htmlToText, type Version } from '../src/index.js'
import { ReceivedText } from '../src/session/text/received-text.js'
import { writeText } from '../src/session/text/text-format.js'
import { smpArithmetic } from '../src/v4/smp-arithmetic.js'
import type { Row } from './measure.js'
import { TwoClients, type AccountMaker } from './two-clients.js'
import { asSecret } from '../src/crypto/secret.js'

const text20 = 'x'.repeat(20)
const text1000 = 'x'.repeat(1000)

/** How often quick operations are repeated within a run. */
const messages = 2000
const turns = 60

/** Makes a row for an implementation. */
export type RowMaker = (implementation: string) => Row

/** Returns the maker of accounts for two clients that talk in a version. */
export type AccountsOf = (version: Version) => AccountMaker

function keyExchange(accountsOf: AccountsOf, bench: string, version: Version, runs: number): RowMaker {
  return (implementation) => {
    const pair = clientsOf(accountsOf, version, { apart: true })
    return { bench, implementation, runs, before: () => { pair.end() }, run: () => { pair.start() } }
  }
}

/** From a received ensemble to the first message that is read: verification of the ensemble, the non-interactive DAKE on both sides, one data message. */
function offlineMessage(accountsOf: AccountsOf, bench: string): RowMaker {
  return (implementation) => {
    const pair = new TwoClients(accountsOf(4), { apart: true })
    let ensemble: Uint8Array = new Uint8Array()
    return {
      bench, implementation, runs: 15,
      before: () => {
        pair.end()
        ensemble = pair.prekeys()
      },
      run: () => { pair.sendOffline(ensemble, text20) },
    }
  }
}

function oneWay(accountsOf: AccountsOf, bench: string, version: Version, text: string, count = messages): RowMaker {
  return (implementation) => {
    const pair = started(accountsOf, version)
    return { bench, implementation, runs: 9, count, run: () => { for (let i = 0; i < count; i++) pair.send(pair.alice, text) } }
  }
}

function pingPong(accountsOf: AccountsOf, bench: string, version: Version): RowMaker {
  return (implementation) => {
    const pair = started(accountsOf, version)
    return { bench, implementation, runs: 7, count: turns, run: () => { for (let i = 0; i < turns; i++) pair.send(i % 2 === 0 ? pair.alice : pair.bob, text20) } }
  }
}

/** One new chain in each run. Chains whose number is a multiple of 3 have a new 3072-bit key, the others do not. */
function newChain(accountsOf: AccountsOf, bench: string, withDh: boolean): RowMaker {
  return (implementation) => {
    const pair = started(accountsOf, 4)
    pair.send(pair.alice, text20)
    // Alice's and Bob's first chains both have the number 0; then it goes up by one with every rotation.
    let chain = 0
    const turn = (): void => {
      pair.send(chain % 2 === 0 ? pair.bob : pair.alice, text20)
      chain += 1
    }
    return {
      bench, implementation, runs: 21,
      before: () => { while ((chain % 3 === 0) !== withDh) turn() },
      run: turn,
    }
  }
}

function verification(accountsOf: AccountsOf, bench: string, version: Version): RowMaker {
  return (implementation) => {
    const pair = started(accountsOf, version)
    return { bench, implementation, runs: 9, run: () => { pair.smp() } }
  }
}

/** The computations of SMP without the data messages that carry it, whose four new chains cost as much again. */
function bareSmp(bench: string): RowMaker {
  return (implementation) => {
    const secret = asSecret(systemRandom(57))
    const given = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error('a proof was refused')
      return value
    }
    return {
      bench, implementation, runs: 9,
      run: () => {
        const offered = smpArithmetic.offer(secret, systemRandom)
        const answered = smpArithmetic.answer(given(smpArithmetic.ask(offered.message)), secret, systemRandom)
        const proved = given(smpArithmetic.prove(offered.values, answered.message, systemRandom))
        const concluded = given(smpArithmetic.conclude(answered.values, proved.message, systemRandom))
        if (!concluded.equal || !given(smpArithmetic.compare(proved.values, concluded.message)).equal) throw new Error('SMP did not succeed')
      },
    }
  }
}

/** A text of some megabytes through fragments of 400 characters: ten times the text should take ten times the time. */
function fragmented(accountsOf: AccountsOf, bench: string, version: Version, megabytes: number): RowMaker {
  return (implementation) => {
    const pair = clientsOf(accountsOf, version, { maxMessageLength: 400 })
    pair.start()
    const text = 'otr4 '.repeat(megabytes * 209_715)
    return { bench, implementation, runs: 3, run: () => { pair.send(pair.alice, text) } }
  }
}

/** What the text format of a text of 1,000 characters costs: encoding it for a program that reads HTML, examining it for signs of a format, and decoding it. */
function formattedText(bench: string): RowMaker {
  const text = `${'words and words '.repeat(60)}a < b && c > d`
  const step = (): string => {
    const received = new ReceivedText(writeText(text, 'html'))
    return received.sign === 'html' ? received.as('html') : ''
  }
  return (implementation) => ({
    bench, implementation, runs: 9, count: messages,
    run: () => {
      if (step() !== text) throw new Error('a text was changed')
      // A character from the middle: the engine joins the pieces of a string only when somebody reads it.
      for (let i = 1; i < messages; i++) if (step().charAt(500) !== text.charAt(500)) throw new Error('a text was changed')
    },
  })
}

/** A text of nested tags, read as HTML: twice the text should take twice the time. */
function nestedTags(bench: string, characters: number): RowMaker {
  const text = '<b><a href="http://example.org/">&lt;'.repeat(characters / 37)
  return (implementation) => ({ bench, implementation, runs: 9, run: () => { if (htmlToText(text).length === 0) throw new Error('nothing was read') } })
}

function clientsOf(accountsOf: AccountsOf, version: Version, options: { readonly apart?: boolean, readonly maxMessageLength?: number } = {}): TwoClients {
  return new TwoClients(accountsOf(version), { ...options, inVersion2: version === 2 })
}

function started(accountsOf: AccountsOf, version: Version): TwoClients {
  const pair = clientsOf(accountsOf, version)
  pair.start()
  return pair
}

/** The rows that versions 3 and 2 have in common: they do the same work, so the times should be the same, too. */
function versions23(accountsOf: AccountsOf, version: 2 | 3): readonly (readonly [string, RowMaker])[] {
  const named = (row: string, make: (bench: string) => RowMaker): readonly [string, RowMaker] => [`v${version}-${row}`, make(`v${version}-${row}`)]
  return [
    named('ake', (bench) => keyExchange(accountsOf, bench, version, 15)),
    named('message-20', (bench) => oneWay(accountsOf, bench, version, text20)),
    named('message-1000', (bench) => oneWay(accountsOf, bench, version, text1000)),
    named('pingpong', (bench) => pingPong(accountsOf, bench, version)),
    named('smp', (bench) => verification(accountsOf, bench, version)),
    named('fragments-1mb', (bench) => fragmented(accountsOf, bench, version, 1)),
    named('fragments-10mb', (bench) => fragmented(accountsOf, bench, version, 10)),
  ]
}

/** All rows of this library, in the order of the report. */
export function rowsOf(accountsOf: AccountsOf): readonly (readonly [string, RowMaker])[] {
  return [
    ...([3, 2] as const).flatMap((version) => versions23(accountsOf, version)),
    ['text-1000', formattedText('text-1000')],
    ['text-html-100k', nestedTags('text-html-100k', 100_000)],
    ['text-html-200k', nestedTags('text-html-200k', 200_000)],
    ['v4-dake', keyExchange(accountsOf, 'v4-dake', 4, 15)],
    ['v4-nidake', offlineMessage(accountsOf, 'v4-nidake')],
    ['v4-message-20', oneWay(accountsOf, 'v4-message-20', 4, text20)],
    ['v4-chain-ecdh', newChain(accountsOf, 'v4-chain-ecdh', false)],
    ['v4-chain-dh', newChain(accountsOf, 'v4-chain-dh', true)],
    ['v4-smp', verification(accountsOf, 'v4-smp', 4)],
    ['v4-smp-bare', bareSmp('v4-smp-bare')],
  ]
}
