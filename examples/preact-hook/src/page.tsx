/** Two people in one page, over a network that is two calls: to see the hook at work. */
import { Client } from 'otr4'
import { render } from 'preact'
import { useState } from 'preact/hooks'
import { Chats } from './chats.js'
import { Conversation } from './conversation.js'

const open = (account: string): Promise<Client> => Client.open({ account, clock: () => Date.now() / 1000, onListenerError: (error) => { console.error(error) } })

const [alice, bob] = await Promise.all([open('alice'), open('bob')])
alice.on('send', ({ message }) => bob.receive('alice', message))
bob.on('send', ({ message }) => alice.receive('bob', message))
setInterval(() => {
  for (const client of [alice, bob]) client.tick().catch((error: unknown) => { console.error(error) })
}, 1000)
const people = [{ name: 'alice', peer: 'bob', chats: new Chats(alice) }, { name: 'bob', peer: 'alice', chats: new Chats(bob) }]

function Page() {
  const [shown, setShown] = useState<readonly string[]>(['alice', 'bob'])
  return (
    <main>
      {people.map(({ name, peer, chats }) => (
        <article key={name} aria-label={name}>
          <h2>{name} <button onClick={() => { setShown(shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name]) }}>{shown.includes(name) ? 'Hide' : 'Show'}</button></h2>
          {shown.includes(name) && <Conversation chats={chats} peer={peer} />}
        </article>
      ))}
    </main>
  )
}

render(<Page />, document.body)

/** How many components listen: for the test. */
Object.assign(globalThis, { listeners: () => people.map(({ chats }) => chats.listeners) })
