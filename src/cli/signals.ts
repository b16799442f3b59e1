const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves when the person or the system asks the program to stop.
 * @param unless - aborting this ends the waiting: the promise is fulfilled then, too
 */
export async function untilSignal(unless?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const signal of signals) process.off(signal, done)
      resolve()
    }
    for (const signal of signals) process.on(signal, done)
    unless?.addEventListener('abort', done, { once: true })
  })
}
