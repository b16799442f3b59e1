const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves when the person or the system asks the program to stop.
 */
export async function untilSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const signal of signals) process.off(signal, done)
      resolve()
    }
    for (const signal of signals) process.on(signal, done)
  })
}
