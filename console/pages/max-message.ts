/** Longest reason that a form takes, in characters. */
export const MAX_MESSAGE = 1000
