import { expect } from 'chai'
import { Backoff } from '../../src/transport/backoff.js'
import { Emitter } from '../../src/transport/emitter.js'
import { RecentMap } from '../../src/transport/recent-map.js'
import { ConnectionStatus } from '../../src/transport/connection-status.js'
import type { TransportEvents } from '../../src/transport/transport.js'
import { WaitingLines } from '../../src/transport/waiting-lines.js'
import { rejection } from '../support/transport-events.js'

describe('parts that all transports share', () => {
  it('pauses double up to the longest, less up to a quarter at random, and begin anew after a connection', () => {
    let random = 0
    const backoff = new Backoff({ first: 100, most: 500 }, () => random)
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).to.deep.equal([100, 200, 400, 500, 500])
    random = 0.5
    expect(backoff.next()).to.equal(438)
    backoff.reset()
    expect(backoff.next()).to.equal(88)
  })

  it('a status is told when it changes, and nothing follows the last', () => {
    const emitter = new Emitter<TransportEvents>()
    const told: unknown[] = []
    const connection = new ConnectionStatus(emitter)
    emitter.on('status', (event) => { told.push({ ...event, seen: connection.now }) })
    connection.requireUnstarted()
    for (const status of ['connecting', 'connecting', 'online'] as const) connection.set(status)
    expect(connection.wasOnline).to.equal(true)
    expect(() => { connection.requireUnstarted() }).to.throw().with.property('code', 'OTR_TRANSPORT_CLOSED')
    connection.set('closed', 'why')
    connection.set('waiting')
    expect(told).to.deep.equal([{ status: 'connecting', seen: 'connecting' }, { status: 'online', seen: 'online' }, { status: 'closed', detail: 'why', seen: 'closed' }])
    expect(() => { connection.requireOpen() }).to.throw().with.property('code', 'OTR_TRANSPORT_CLOSED')
  })

  it('lines wait in their order, are settled one by one, and those that are left are given up', async () => {
    const waiting = new WaitingLines<{ readonly text: string }>()
    const [one, two, three] = ['one', 'two', 'three'].map((text) => ({ text })) as [{ text: string }, { text: string }, { text: string }]
    const first = waiting.push([one, two])
    const second = rejection(waiting.push([three]))
    let isFlushed = false
    const flushed = waiting.flushed(60).then(() => { isFlushed = true })
    waiting.settle((line) => line === one)
    expect(waiting.all).to.deep.equal([two, three])
    waiting.change((line) => line === two ? { text: 'other' } : line)
    waiting.settle(({ text }) => text === 'other')
    expect(await first).to.deep.equal({ text: 'other' })
    waiting.putBack([one])
    expect(waiting.first()).to.equal(one)
    expect(waiting.first((line) => line !== one)).to.equal(three)
    expect(isFlushed).to.equal(false)
    waiting.end()
    expect(await second).to.have.property('code', 'OTR_TRANSPORT_CLOSED')
    await flushed
  })

  it('takes all of several lines or none where there is no room', () => {
    const waiting = new WaitingLines<number>()
    void waiting.push(Array.from({ length: 4095 }, (_, at) => at))
    expect(() => waiting.push([1, 2])).to.throw().with.property('code', 'OTR_TRANSPORT_FULL')
    expect(waiting.length).to.equal(4095)
  })

  it('a bounded memory drops what was set longest ago, and what is too old', () => {
    const map = new RecentMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    expect(map.entries()).to.deep.equal([['a', 3], ['c', 4]])
    map.change((value) => value + 1)
    expect([map.take('a'), map.take('a'), map.get('c'), map.has('b')]).to.deep.equal([4, undefined, 5, false])
    const old = new RecentMap<string, number>(2, 0)
    old.set('a', 1)
    expect([old.get('a'), old.take('a'), old.entries()]).to.deep.equal([undefined, undefined, []])
  })
})
