/**
 * Lets the event loop of the platform turn: called every few milliseconds of long work, and awaited. What else waits there (input, timers,
 * lines of the network) is done before the promise is fulfilled.
 */
export type Pause = () => Promise<void>

interface Platform {
  readonly MessageChannel?: new () => { readonly port1: Port, readonly port2: Port }
  readonly setImmediate?: (done: () => void) => unknown
  readonly setTimeout?: (done: () => void, milliseconds: number) => unknown
}

interface Port {
  onmessage: unknown
  postMessage(message: null): void
  close(): void
}

/**
 * The platform's pause. A message to oneself where there are messages: timers wait four milliseconds in pages, and a second in pages that
 * nobody looks at. Never rejects: where nothing works, there is no pause.
 */
export const systemPause: Pause = () => new Promise<void>((resolve) => {
  const platform: Platform = globalThis as object
  for (const way of [byMessage, byImmediate, byTimer]) {
    try {
      if (way(platform, resolve)) return
    } catch { /* the next one */ }
  }
  resolve()
})

function byMessage({ MessageChannel }: Platform, done: () => void): boolean {
  if (MessageChannel === undefined) return false
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    done()
    // An open port would keep a program of Node's alive.
    port1.close()
  }
  port2.postMessage(null)
  return true
}

function byImmediate({ setImmediate }: Platform, done: () => void): boolean {
  setImmediate?.(done)
  return setImmediate !== undefined
}

function byTimer({ setTimeout }: Platform, done: () => void): boolean {
  setTimeout?.(done, 0)
  return setTimeout !== undefined
}
