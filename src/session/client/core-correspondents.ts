import type { Conversation, HeldMessage } from '../conversation/state.js'
import type { DeviceInfo } from '../known/device.js'
import { chooseDevice, devicesOf, forgetDevice, nameDevice } from '../conversation/commands/devices.js'
import type { ClientEvent } from '../event.js'
import { end } from '../conversation/commands/end.js'
import { trust, type TrustLevel, type TrustOptions } from '../conversation/commands/trust.js'
import { discard, resend } from '../conversation/commands/resend.js'
import { cancelHeld } from '../conversation/send/outbox.js'
import { lostMessages } from '../conversation/unacknowledged.js'
import type { LostMessage } from '../conversation/sent-message.js'
import type { KnownKey, TrustChange } from '../known/keys.js'
import type { Transaction } from '../conversation/transaction.js'

/** The part of `ClientCore` that is about what is known of correspondents, and about messages that have not arrived. */
export abstract class CorrespondentsCore {
  /** One call of the application: happens or throws. */
  protected abstract transact(peer: string, work: (transaction: Transaction) => void): ClientEvent[]

  /** What is known of a correspondent, and a transaction to ask more of: nothing is done with it. */
  protected abstract look(peer: string): { readonly conversation: Conversation, readonly transaction: Transaction }

  /** The messages that wait, in the order in which they were given. */
  outbox(peer: string): readonly HeldMessage[] {
    return this.look(peer).conversation.outbox
  }

  /** Takes a waiting message back. @throws OtrError `OTR_NOT_HELD` when it left already */
  cancel(peer: string, held: number): ClientEvent[] {
    return this.transact(peer, (transaction) => { cancelHeld(transaction, held) })
  }

  /** The messages of which a `lost` event told and that nobody has decided on. */
  lost(peer: string): readonly LostMessage[] {
    return lostMessages(this.look(peer).conversation)
  }

  /**
   * Sends a lost message again, to the device it was meant for or to one that is trusted no less; where there is none it waits in the
   * outbox. @throws OtrError `OTR_NOT_LOST` when it was read after all, decided on, or is too old; `OTR_NOT_ENCRYPTED`
   */
  resend(peer: string, handle: number): ClientEvent[] {
    return this.transact(peer, (transaction) => { resend(transaction, handle) })
  }

  /** Gives a lost message up and overwrites it. @throws OtrError `OTR_NOT_LOST` */
  discard(peer: string, handle: number): ClientEvent[] {
    return this.transact(peer, (transaction) => { discard(transaction, handle) })
  }

  /**
   * Notes what a person thinks of the correspondent's key: the one named by its fingerprint and version, which is the sure way to say it, or
   * that of the best session. `verified`: the person has checked it. `seen`: the person accepts it unverified, also beside keys that are
   * worth more. `unknown`: the person takes back what they said. @throws OtrError `OTR_NOT_ENCRYPTED` without a fingerprint and a session; `OTR_ARGUMENT` for what is no fingerprint
   */
  trust(peer: string, level: TrustLevel, options: TrustOptions = {}): ClientEvent[] {
    return this.transact(peer, (transaction) => { trust(transaction, level, options) })
  }

  /** The keys that a correspondent was seen with, or that the application named. */
  keys(peer: string): readonly KnownKey[] {
    return this.look(peer).conversation.keys
  }

  /** How the correspondent's keys came to be worth what they are, oldest first. Bounded: what people said is forgotten last. */
  trustHistory(peer: string): readonly TrustChange[] {
    return this.look(peer).conversation.trustHistory
  }

  /** The devices of a correspondent that ever completed a key exchange. */
  devices(peer: string): readonly DeviceInfo[] {
    return devicesOf(this.look(peer).transaction)
  }

  /** Sends to one device as long as it has a session, `undefined`: to the best again. @throws OtrError `OTR_NO_INSTANCE` */
  chooseDevice(peer: string, instance: number | undefined): ClientEvent[] {
    return this.transact(peer, (transaction) => { chooseDevice(transaction, instance) })
  }

  /** Gives a device a name for people; empty takes it away. @throws OtrError `OTR_NO_INSTANCE` */
  nameDevice(peer: string, instance: number, name: string): ClientEvent[] {
    return this.transact(peer, (transaction) => { nameDevice(transaction, instance, name) })
  }

  /** Ends the sessions with a device and takes it off the list. Trust in its key stays. @throws OtrError `OTR_NO_INSTANCE` */
  forgetDevice(peer: string, instance: number): ClientEvent[] {
    return this.transact(peer, (transaction) => {
      end(transaction, instance)
      forgetDevice(transaction, instance)
    })
  }
}
