export type { Env, Step } from './step.js'
export type * from './event.js'
