/** The part of irc-framework that we use; it ships no types. */
declare module 'irc-framework' {
  export interface IrcClientOptions {
    host: string
    port: number
    nick: string
    username: string
    gecos: string
    tls: boolean
    rejectUnauthorized?: boolean
    password?: string
    account?: { account?: string, password?: string }
    sasl_disconnect_on_fail?: boolean
    version: null
    auto_reconnect: boolean
    ping_interval?: number
    ping_timeout?: number
  }

  export interface IrcTextEvent {
    nick: string
    ident: string
    hostname: string
    target: string
    message: string
    time?: number
    batch?: { type?: string }
    from_server?: boolean
  }

  export interface IrcMessage {
    command: string
    prefix: string
    nick: string
    ident: string
    hostname: string
    params: string[]
    tags: Readonly<Record<string, string | undefined>>
  }

  export class Client {
    constructor(options?: IrcClientOptions)
    user: { nick: string, username: string, host: string }
    network: { options: Record<string, unknown>, isChannelName(name: string): boolean }
    connected: boolean
    command_handler: { dispatch(message: IrcMessage): void, executeCommand(command: unknown): void }
    connect(): void
    raw(line: string): void
    quit(message?: string): void
    on(name: string, listener: (event: never) => void): this
    removeAllListeners(): this
  }
}
