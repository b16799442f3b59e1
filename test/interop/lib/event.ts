/** The events of the peer protocol, as far as the scenarios read them. */
export type PeerEvent =
  | { readonly type: 'send'; readonly to: string; readonly message: string }
  | { readonly type: 'message'; readonly from: string; readonly text: string; readonly encrypted: boolean; readonly version?: number }
  | {
    readonly type: 'state'; readonly peer: string; readonly instance?: number; readonly state: SessionState
    readonly version?: number; readonly ssid?: string; readonly fingerprint?: string
  }
  | { readonly type: 'smp'; readonly peer: string; readonly event: SmpOutcome; readonly question?: string }
  | { readonly type: 'extra-key'; readonly peer: string; readonly key: string; readonly context: number; readonly data: string }
  | { readonly type: 'tlv'; readonly peer: string; readonly tlvType: number; readonly value: string }
  | { readonly type: 'revealed-mac-keys'; readonly peer: string; readonly keys: string }
  | { readonly type: 'notice'; readonly peer?: string; readonly code: string; readonly detail?: string; readonly beginning?: boolean }

export type SessionState = 'plaintext' | 'handshake' | 'encrypted' | 'finished'

export type SmpOutcome = 'asked' | 'in-progress' | 'succeeded' | 'failed' | 'aborted' | 'cheated'

/** One entry of the `status` command's `sessions`. */
export interface SessionStatus {
  readonly instance?: number
  readonly state: SessionState
  readonly version?: number
  readonly ssid?: string
  readonly ssidBold?: 'first' | 'second'
  readonly fingerprint?: string
  readonly initiator?: boolean
  readonly ratchet?: { readonly i: number; readonly j: number; readonly k: number; readonly pn: number; readonly stored: number }
}
