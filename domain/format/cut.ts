/** The first characters of a text that others wrote, and a sign that there are more. Never half of a character. */
export const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`)
