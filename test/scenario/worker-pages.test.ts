import { expect } from 'chai'
import { openClient, type Port, type WorkerClient } from '../../src/browser/index.js'
import { serveClient } from '../../src/browser/worker/index.js'
import type { WorkerScope } from '../../src/browser/worker/serve.js'
import { deriveDsaPublicKey } from '../../src/crypto/index.js'
import { Client, generateEd448Keys, generateInstanceTag, systemRandom } from '../../src/index.js'
import { rfc6979Key } from '../support/dsa.js'

/** Web Locks, as far as a page and its worker use them. */
class Locks {
  readonly #held = new Map<string, (() => void)[]>()
  /** The locks in the order in which they were taken. */
  readonly names: string[] = []

  request(name: string, held: () => unknown): Promise<unknown> {
    const waiting = this.#held.get(name)
    if (waiting === undefined) {
      this.#held.set(name, [])
      this.names.push(name)
      held()
    } else {
      waiting.push(() => { held() })
    }
    return new Promise(() => undefined)
  }

  /** The page that took the lock has ended. */
  release(name: string): void {
    for (const next of this.#held.get(name) ?? []) next()
  }
}

describe('the pages of a client in a worker', () => {
  const locks = new Locks()
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  const ports: (Port & { close(): void })[] = []
  let letOpen: () => void
  let connect: () => Port

  beforeEach(() => {
    Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
    const isOpen = new Promise<void>((resolve) => { letOpen = resolve })
    const scope: WorkerScope = { onconnect: null }
    serveClient({ scope, open: async ({ account }) => {
      await isOpen
      const x = Uint8Array.of(9, 9)
      const keys = { dsa: { ...deriveDsaPublicKey(rfc6979Key, x), x }, ed448: generateEd448Keys(systemRandom), instanceTag: generateInstanceTag(systemRandom) }
      return { client: new Client({ account, keys, clock: () => Date.now() / 1000 }), store: { changePassphrase: () => Promise.resolve() } }
    } })
    connect = () => {
      const channel = new MessageChannel()
      const [page, worker] = [channel.port1, channel.port2] as unknown as [Port & { close(): void }, Port & { close(): void }]
      ports.push(page, worker)
      scope.onconnect?.({ ports: [worker] })
      return page
    }
  })
  afterEach(() => {
    for (const port of ports.splice(0)) port.close()
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator')
    else Object.defineProperty(globalThis, 'navigator', before)
  })

  /** The next line for the network that this page gets; it never settles the event, as a page that is closed meanwhile. */
  const nextLine = (page: WorkerClient): Promise<string> => new Promise((resolve) => {
    page.on('send', ({ message }) => {
      resolve(message)
      return new Promise(() => undefined)
    })
  })

  it('a page that was closed while the client was being opened gets no lines', async () => {
    void openClient(connect(), { account: 'alice', passphrase: 'a' }).catch(() => undefined)
    const joined = openClient(connect(), { account: 'alice' })
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    locks.release(locks.names[0] ?? '')
    letOpen()
    const second = await joined
    const line = nextLine(second)
    await second.start()
    void (await second.conversation('bob')).start()
    expect(await line).to.match(/^\?OTRv/)
    await second.close({ end: false })
  })

  it('what the last page had not sent goes to the next one that starts', async () => {
    letOpen()
    const first = await openClient(connect(), { account: 'alice', passphrase: 'a' })
    const given = nextLine(first)
    await first.start()
    void (await first.conversation('bob')).start().catch(() => undefined)
    const line = await given
    locks.release(locks.names.at(-1) ?? '')
    const second = await openClient(connect(), { account: 'alice' })
    const again = nextLine(second)
    await second.start()
    expect(await again).to.equal(line)
    await second.close({ end: false })
  })
})
