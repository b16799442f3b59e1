/**
 * Lets the event loop run. Long computations call and await it every few milliseconds. Before the promise is fulfilled, waiting input, timers and
 * lines of the network are handled.
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
 * The platform's pause. If possible, it posts a message to itself, because timers of a page wait at least four milliseconds, and a second in
 * a background tab. It never rejects: if nothing works, it does not pause.
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
    // A port that is not closed would keep a Node process alive.
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
