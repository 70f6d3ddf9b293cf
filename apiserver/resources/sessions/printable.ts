/**
 * Characters that JSON leaves as they are and that a terminal may execute or a reader cannot see: controls after ASCII, zero-width and
 * bidirectional ones. Escaped, JSON means the same.
 */
const HIDDEN = /[\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufeff\ufff9-\uffff]/g

/** JSON that is safe to print in a terminal. */
export const printable = (json: string): string =>
  json.replaceAll(HIDDEN, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
