/** A newline, an escape or an invisible sign must not draw on the approver's screen. */
export const printable = (text: string): string =>
  text.replaceAll(/[^\P{C} ]/gu, (sign) => `\\x${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
