/** A client in a worker, from its page: keys and arithmetic stay in the worker. The worker's side is `otr4/browser/worker`. */
export { openClient } from './open-client.js'
export { WorkerClient, type CalledFunctions, type OpenClientOptions, type OwnFunctions, type PageEvent, type WorkerConversation } from './worker-client.js'
export type { OpenRequest, Port } from './messages.js'
export type { CommandName, ConversationValues, ValueName } from './conversation-members.js'
