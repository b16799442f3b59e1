import type { ClientEvent } from '../event.js'
import type { EventDispatcher } from './event-dispatch.js'
import type { CommandResult } from './command-result.js'

/**
 * The same commands with promises: the events of a command are delivered to listeners before its promise is fulfilled with the result, and
 * what it throws rejects the promise. Getters return their values directly, without a promise.
 */
export type Asynchronous<Handle> = {
  readonly [Name in keyof Handle]:
  Handle[Name] extends (...given: infer Given) => CommandResult<infer Result> ? (...given: Given) => Promise<Result>
    : Handle[Name] extends (...given: infer Given) => ClientEvent[] ? (...given: Given) => Promise<void>
      : Handle[Name]
}

type Command = (...given: unknown[]) => ClientEvent[] | CommandResult<unknown>

/** The class that `asynchronous` makes. */
export type AsynchronousClass<Handle> = new (handle: Handle, dispatcher: EventDispatcher) => Asynchronous<Handle>

/**
 * Makes the class with promises from a class of commands. Each method of that class must return events or a `CommandResult`, each getter a
 * value.
 */
export function asynchronous<Handle extends { readonly peer: string }>({ prototype }: { readonly prototype: Handle }): AsynchronousClass<Handle> {
  class Wrapped {
    readonly peer: string
    readonly handle: Handle
    readonly dispatcher: EventDispatcher

    constructor(handle: Handle, dispatcher: EventDispatcher) {
      this.peer = handle.peer
      this.handle = handle
      this.dispatcher = dispatcher
    }
  }
  for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype) as Record<string, TypedPropertyDescriptor<Command>>)) {
    if (get !== undefined) Object.defineProperty(Wrapped.prototype, name, { get(this: Wrapped) { return get.call(this.handle) } })
    else if (value !== undefined && name !== 'constructor') {
      Object.defineProperty(Wrapped.prototype, name, {
        value(this: Wrapped, ...given: unknown[]) { return this.dispatcher.run(() => value.apply(this.handle, given)) },
      })
    }
  }
  return Wrapped as unknown as AsynchronousClass<Handle>
}
