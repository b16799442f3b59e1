/** OTR over IRC. Needs the optional package `irc-framework`. */
export { IrcTransport, type IrcOptions } from './client.js'
export { defaultPace, type Pace } from './pacing.js'
export { canonicalNick, foldCase, parseCaseMapping, type CaseMapping } from './case-mapping.js'
export { NickBook, type Moved } from './nick-book.js'
export { maxTextBytes, splitText, type LinePrefix } from './line-limit.js'
export { PieceProgress, type Progress } from '../progress.js'
export type { ChannelDoing, ChannelEvent, Channels } from '../channels.js'
export type { Transport, TransportEvents, TransportStatus, MessageMeta, IgnoredReason } from '../transport.js'
