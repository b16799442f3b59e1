import type { Transport, TransportEvents } from '../../src/transport/transport.js'

/** An array that collects a transport's events of one kind. */
export function collect<Name extends keyof TransportEvents>(transport: Transport, name: Name): TransportEvents[Name][] {
  const events: TransportEvents[Name][] = []
  transport.on(name, (event) => { events.push(event) })
  return events
}

/** Waits until a condition holds; fails after ten seconds. */
export async function until(condition: () => boolean, what = 'condition'): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what} not reached in time`)
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}

/** The error that rejects a promise. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('was not rejected')
}
