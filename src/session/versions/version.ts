/** The two protocol versions that can carry a conversation. */
export type Version = 3 | 4
