/**
 * The result of some work, and the processor time of this process for it, in milliseconds. Unlike clock time, it does not include other
 * programs, so a bound holds on a busy machine too.
 */
export function worked<Result>(run: () => Result): { readonly result: Result, readonly milliseconds: number } {
  const before = process.cpuUsage()
  const result = run()
  return { result, milliseconds: process.cpuUsage(before).user / 1000 }
}
