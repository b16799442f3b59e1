import { setArithmetic } from '../src/crypto/index.js'
import { nobleArithmetic } from '../src/crypto/noble/index.js'
import type { Version } from '../src/index.js'
import { accountsOf } from './accounts.js'
import { measure, type Result, type Row } from './measure.js'
import { TwoClients } from './two-clients.js'

const text20 = 'x'.repeat(20)
const text1000 = 'x'.repeat(1000)

/** How often the quick ones are repeated within a run. */
const messages = 2000
const turns = 60

type RowMaker = (implementation: string) => Row

function keyExchange(bench: string, version: Version, runs: number): RowMaker {
  return (implementation) => {
    const pair = new TwoClients(accountsOf(version), { apart: true })
    return { bench, implementation, runs, before: () => { pair.end() }, run: () => { pair.start() } }
  }
}

/** From an ensemble to the first message that was read: its verification, the non-interactive DAKE on both sides, one data message. */
function offlineMessage(bench: string): RowMaker {
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

function oneWay(bench: string, version: Version, text: string, count = messages): RowMaker {
  return (implementation) => {
    const pair = started(version)
    return { bench, implementation, runs: 9, count, run: () => { for (let i = 0; i < count; i++) pair.send(pair.alice, text) } }
  }
}

function pingPong(bench: string, version: Version): RowMaker {
  return (implementation) => {
    const pair = started(version)
    return { bench, implementation, runs: 7, count: turns, run: () => { for (let i = 0; i < turns; i++) pair.send(i % 2 === 0 ? pair.alice : pair.bob, text20) } }
  }
}

/** One new chain a run: those whose number is a multiple of 3 bring a 3072-bit key, the others do not. */
function newChain(bench: string, withDh: boolean): RowMaker {
  return (implementation) => {
    const pair = started(4)
    pair.send(pair.alice, text20)
    // Alice's chain and Bob's first both have the number 0; then it goes up by one with every turn.
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

function verification(bench: string, version: Version): RowMaker {
  return (implementation) => {
    const pair = started(version)
    return { bench, implementation, runs: 9, run: () => { pair.smp() } }
  }
}

/** A text of some megabytes through fragments of 400 characters: ten times the text should take ten times the time. */
function fragmented(bench: string, megabytes: number): RowMaker {
  return (implementation) => {
    const pair = new TwoClients(accountsOf(3), { maxMessageLength: 400 })
    pair.start()
    const text = 'otr4 '.repeat(megabytes * 209_715)
    return { bench, implementation, runs: 3, run: () => { pair.send(pair.alice, text) } }
  }
}

function started(version: Version): TwoClients {
  const pair = new TwoClients(accountsOf(version))
  pair.start()
  return pair
}

/** All rows of this library, in the order of the report. */
export const otr4Rows: readonly (readonly [string, RowMaker])[] = [
  ['v3-ake', keyExchange('v3-ake', 3, 15)],
  ['v3-message-20', oneWay('v3-message-20', 3, text20)],
  ['v3-message-1000', oneWay('v3-message-1000', 3, text1000)],
  ['v3-pingpong', pingPong('v3-pingpong', 3)],
  ['v3-smp', verification('v3-smp', 3)],
  ['v3-fragments-1mb', fragmented('v3-fragments-1mb', 1)],
  ['v3-fragments-10mb', fragmented('v3-fragments-10mb', 10)],
  ['v4-dake', keyExchange('v4-dake', 4, 15)],
  ['v4-nidake', offlineMessage('v4-nidake')],
  ['v4-message-20', oneWay('v4-message-20', 4, text20)],
  ['v4-chain-ecdh', newChain('v4-chain-ecdh', false)],
  ['v4-chain-dh', newChain('v4-chain-dh', true)],
  ['v4-smp', verification('v4-smp', 4)],
]

/** Measures one row with the arithmetic in use, `otr4`; or with noble's, `otr4-noble`. */
export function measureOtr4(maker: RowMaker, implementation: 'otr4' | 'otr4-noble'): Result {
  if (implementation === 'otr4') return measure(maker(implementation))
  const before = setArithmetic(nobleArithmetic)
  try {
    return measure(maker(implementation))
  } finally {
    setArithmetic(before)
  }
}
