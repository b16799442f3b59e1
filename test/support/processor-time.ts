/**
 * What something gives, and the milliseconds that this process computed for it. Unlike a clock's these leave out what other programs took
 * meanwhile, so a bound on work holds on a busy machine too.
 */
export function worked<Result>(run: () => Result): { readonly result: Result, readonly milliseconds: number } {
  const before = process.cpuUsage()
  const result = run()
  return { result, milliseconds: process.cpuUsage(before).user / 1000 }
}
