import { OtrError } from '../../errors.js'
import type { ClientConversation } from '../../index.js'
import type { ChatContext, Held } from './correspondents.js'

/** What was typed behind the command. The person is asked for what is missing. */
export interface Verification {
  readonly question: string | undefined
  readonly secret: string | undefined
}

/**
 * Begins a verification. Question and secret are asked for in panels that nobody can take for the line of messages: else a person might type the
 * secret where messages are typed, and send it.
 * @throws OtrError `OTR_NOT_ENCRYPTED`, `OTR_ARGUMENT` if the person leaves a panel without an answer, and what `verify` throws
 */
export async function beginVerification({ client, view, show }: ChatContext, held: Held, given: Verification): Promise<void> {
  const { peer } = held
  requirePrivate(client.conversation(peer))
  const question = given.question ?? (given.secret === undefined ? await askQuestion(view, peer) : undefined)
  const secret = given.secret ?? await view.ask({
    title: question === undefined || question === ''
      ? `Verify ${peer}: type the secret that only you two know. It is not shown, and it is not sent.`
      : `Verify ${peer}: type the answer that you expect to "${question}". It is not shown, and it is not sent.`,
    label: 'secret', secret: true,
  })
  if (secret === undefined || secret === '') throw new OtrError('OTR_ARGUMENT', 'nobody is asked: a secret is needed; /otr smp ["QUESTION"] SECRET')
  if (question?.toLowerCase().includes(secret.toLowerCase()) === true) {
    throw new OtrError('OTR_ARGUMENT', 'the question contains the answer: everybody could give it')
  }
  // They may be renamed while the person types.
  await client.conversation(held.peer).verify(secret, question === undefined || question === '' ? {} : { question })
  show({ type: 'info', about: held.peer, text: `${held.peer} is being asked` })
}

/** Asks for the question of a verification; empty for none. */
async function askQuestion(view: ChatContext['view'], peer: string): Promise<string> {
  const question = await view.ask({
    title: `Verify ${peer}: type a question whose answer only you two know. ${peer} reads it. Leave it empty to ask for a secret that you agreed on.`,
    label: 'question', secret: false,
  })
  if (question === undefined) throw new OtrError('OTR_ARGUMENT', 'nobody is asked; /otr smp "QUESTION" SECRET says it at once')
  return question.trim()
}

/**
 * Answers a verification that the other side has begun. `questions`: who waits for an answer, with their question, if there was one.
 * @throws OtrError `OTR_NOT_ENCRYPTED`, `OTR_SMP_NOT_ASKED`, `OTR_ARGUMENT` if the person leaves the panel without an answer, and what `answer` throws
 */
export async function answerVerification(
  { client, view }: ChatContext, held: Held, given: string | undefined, questions: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  const { peer } = held
  requirePrivate(client.conversation(peer))
  if (given === undefined && !questions.has(peer)) throw new OtrError('OTR_SMP_NOT_ASKED', `${peer} has not asked anything; to verify ${peer}, ask in your turn: /otr smp`)
  const asked = questions.get(peer)
  const secret = given ?? await view.ask({
    title: asked === undefined
      ? `Answer ${peer}: type the secret that you two agreed on. It is not shown, and it is not sent.`
      : `Answer ${peer}, who asks "${asked}". What you type is not shown, and it is not sent.`,
    label: 'answer', secret: true,
  })
  if (secret === undefined || secret === '') throw new OtrError('OTR_ARGUMENT', 'nothing was answered; /otr answer SECRET')
  await client.conversation(held.peer).answer(secret)
}

function requirePrivate({ status }: ClientConversation): void {
  if (!status.sessions.some(({ state }) => state === 'encrypted')) throw new OtrError('OTR_NOT_ENCRYPTED', 'the conversation is not private: /otr start first')
}
