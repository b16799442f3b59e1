/** For each entrance that is checked, its functions and classes that no section of a specification describes. */
export const withoutSection: Readonly<Record<string, readonly string[]>>
