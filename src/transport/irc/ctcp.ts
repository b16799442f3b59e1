/** Stands around a text that is a command to the other program (CTCP). */
export const ctcp = '\u0001'

/** What makes an action (`/me`) of a text: the one command that is for people, and the only one that is ever sent. */
export const actionMarks = { before: `${ctcp}ACTION `, after: ctcp }

/** Its end may have been cut off on the way. */
const form = new RegExp(`^${actionMarks.before}(.*?)${actionMarks.after}?$`, 's')

/** What somebody does, where a text has the form of an action. */
export function actionIn(text: string): string | undefined {
  return form.exec(text)?.[1]
}
