import { Client, type PolicyChanges } from 'otr4'

/** Two people with a private conversation, over a network that is two calls. In your program: two-clients shows disk and network. */
export async function privatePair(policy: PolicyChanges = {}): Promise<{ readonly alice: Client, readonly bob: Client }> {
  const clock = (): number => Date.now() / 1000
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((account) => Client.open({ account, clock, policy })))
  if (alice === undefined || bob === undefined) throw new Error('unreachable')
  alice.on('send', ({ message }) => bob.receive('alice', message))
  bob.on('send', ({ message }) => alice.receive('bob', message))
  const conversation = alice.conversation('bob')
  const isPrivate = conversation.encrypted()
  await conversation.start()
  await isPrivate
  return { alice, bob }
}

/** The next event of a file that somebody offers to a client. */
export function nextOffer(client: Client): Promise<Parameters<Parameters<typeof client.on<'extra-key'>>[1]>[0]> {
  return new Promise((resolve) => {
    const stop = client.on('extra-key', (event) => {
      stop()
      resolve(event)
    })
  })
}
