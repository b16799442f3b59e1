export type { Env, Step } from './step.js'
export type * from './event.js'
export { isOver, SteadyTime } from './steady-time.js'
export { attempt, untold } from './attempt.js'
