/** Fronts of a prekey server: how those who ask reach it. The XMPP one needs the optional package `@xmpp/component`. */
export type { Answerer, FrontEvent, FrontListener, FrontName, PrekeyFront } from './front.js'
export { openComponentFront, type ComponentFrontOptions } from './component.js'
export type { ReconnectPauses } from '../backoff.js'
export { openRelayFront, type RelayFrontOptions } from './relay.js'
export { defaultTcpLimits, MAX_TCP_MESSAGE, openTcpFront, type TcpFrontOptions, type TcpLimits } from './tcp.js'
