/** Escapes newlines, control characters and invisible characters, so that they cannot alter what an approver sees in a terminal. */
export const printable = (text: string): string =>
  text.replaceAll(/[^\P{C} ]/gu, (sign) => `\\x${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
