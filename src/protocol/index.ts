export type { Env, Step } from './step.js'
export type * from './event.js'
export { farewell } from './farewell.js'
export { isOver, SteadyTime } from './steady-time.js'
