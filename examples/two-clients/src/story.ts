/** Two people meet, verify each other, leave, and come back. `main.ts` shows it to you, `story.test.ts` to a machine. */
import { join } from 'node:path'
import type { ClientConversation, ConversationStatus } from 'otr4'
import { openMessenger, type Messenger } from './messenger.js'
import { verdict } from './verification.js'

export interface StoryOptions {
  /** A relay's address. */
  readonly relay: string
  /** Where each person gets a directory of their own. */
  readonly folder: string
  readonly tell: (line: string) => void
}

export async function tellStory({ relay, folder, tell }: StoryOptions): Promise<void> {
  /** Those who wait for the next message that somebody reads. */
  const readers: (() => void)[] = []
  const read = (): Promise<void> => new Promise((resolve) => { readers.push(resolve) })
  const open = (name: string): Promise<Messenger> => openMessenger({
    name, relay, directory: join(folder, name), passphrase: `the passphrase of ${name}`,
    show: ({ from, text, encrypted }) => {
      // `encrypted` is true only for what was authenticated and decrypted. Nothing else makes a text private, least of all its looks.
      tell(`${name} reads, ${encrypted ? 'privately' : 'IN CLEAR'}, from ${from}: ${text}`)
      readers.shift()?.()
    },
    report: (error) => { tell(`${name}: ${String(error)}`) },
  })
  const messengers = new Map<string, Messenger>()
  const arrive = async (name: string, other: string): Promise<ClientConversation> => {
    const messenger = await open(name)
    messengers.set(name, messenger)
    return messenger.client.conversation(other)
  }
  const leave = async (name: string): Promise<void> => {
    await messengers.get(name)?.close()
    messengers.delete(name)
  }

  try {
    let [alice, bob] = await Promise.all([arrive('alice', 'bob'), arrive('bob', 'alice')])
    tell(`alice sees: ${describe(alice.status)}`)

    // From `start` on the conversation is latched: no text goes in clear any more, whatever happens, until `continueInPlaintext`.
    await alice.start()
    await Promise.all([alice.encrypted({ timeout: 30 }), bob.encrypted({ timeout: 30 })])
    tell(`alice sees: ${describe(alice.status)}`)
    await say(alice, 'is this really you?', read, tell)

    // Private is not verified: so far anybody may sit at the other end. Both type a secret that they agreed on elsewhere, face to face or
    // on the telephone; it is compared without being sent. In a real program ask the persons, and show `question` where one was given.
    const asked = new Promise<void>((resolve) => {
      const stop = bob.on('smp', ({ event }) => {
        if (event !== 'asked') return
        stop()
        resolve()
      })
    })
    const verdicts = Promise.all([verdict(alice), verdict(bob)])
    await alice.verify('we met at the lighthouse')
    await asked
    await bob.answer('we met at the lighthouse')
    const [atAlice, atBob] = await verdicts
    tell(`the secrets were compared: for alice bob is ${atAlice}, for bob alice is ${atBob}`)
    tell(`alice sees: ${describe(alice.status)}`)

    // Bob's program ends. What is written meanwhile is encrypted for the session that he comes back to, and the relay keeps it.
    await leave('bob')
    await alice.send('read this tomorrow')
    await leave('alice')
    tell('both programs have ended')

    const message = read()
    ;[alice, bob] = await Promise.all([arrive('alice', 'bob'), arrive('bob', 'alice')])
    await message
    tell(`bob sees: ${describe(bob.status)}`)
    await say(bob, 'good morning', read, tell)

    // The end of the conversation deletes its keys. It stays latched: what is typed now waits, and never goes in clear by accident.
    const ended = new Promise<void>((resolve) => {
      const stop = bob.on('state', ({ state }) => {
        if (state !== 'finished') return
        stop()
        resolve()
      })
    })
    await alice.end()
    await ended
    await say(bob, 'are you there?', read, tell)
    tell(`bob sees: ${describe(bob.status)}`)
  } finally {
    await Promise.all([...messengers.keys()].map(leave))
  }
}

/** Sends a text, and says what became of it, as every messenger should. */
async function say(conversation: ClientConversation, text: string, read: () => Promise<void>, tell: (line: string) => void): Promise<void> {
  const arrived = read()
  const outcome = await conversation.send(text)
  if ('held' in outcome) tell(`for ${conversation.peer}, waiting until it can leave privately: ${text}`)
  else await arrived
}

/** The indicator beside the line that a person types: always from `status`, never from the last event. */
export function describe({ sending, key, pending, latched }: ConversationStatus): string {
  switch (sending) {
    case 'encrypted': return key?.trust === 'verified' ? 'private, verified' : 'private, NOT verified: who is it?'
    case 'plaintext': return 'in clear: anybody on the way can read it'
    case 'held': return pending ? 'waits for a private conversation' : latched ? 'waits: start again, or continue in clear' : 'waits'
  }
}
