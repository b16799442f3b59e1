/** The character around a CTCP command, which is for the other program and not for people. */
export const ctcp = '\u0001'

/** What surrounds a text that is an action (`/me`): this is the only CTCP command that is for people, and the only one that is ever sent. */
export const actionMarks = { before: `${ctcp}ACTION `, after: ctcp }

/** Its end may have been cut off on the way. */
const form = new RegExp(`^${actionMarks.before}(.*?)${actionMarks.after}?$`, 's')

/** The text of an action; undefined where a text is none. */
export function actionIn(text: string): string | undefined {
  return form.exec(text)?.[1]
}
