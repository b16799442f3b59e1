/** The part of `@xmpp/component` that we use; it ships no types. */
declare module '@xmpp/component' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  export interface XmlNode {
    readonly name: string
    readonly attrs: Readonly<Record<string, string | undefined>>
    is(name: string, namespace?: string): boolean
    getChild(name: string, namespace?: string): XmlNode | undefined
    getChildText(name: string, namespace?: string): string | null
    getChildElements(): XmlNode[]
    append(child: XmlNode): void
  }

  export interface ComponentEntity extends EventEmitter {
    readonly socket: Socket | null
    timeout: number
    readonly reconnect: { stop(): void }
    start(): Promise<unknown>
    stop(): Promise<unknown>
    send(stanza: XmlNode): Promise<void>
    write(text: string): Promise<void>
  }

  export function component(options: { service: string, domain: string, password: string }): ComponentEntity
  export function xml(name: string, attrs: Record<string, string | undefined>, ...children: (XmlNode | string)[]): XmlNode
}
