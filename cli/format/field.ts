import { oneLine } from '../terminal/untrusted.ts'

/** A line of a description, safe for a terminal. */
export const field = (name: string, value: string): string => `${`${name}:`.padEnd(13)}${oneLine(value)}`
