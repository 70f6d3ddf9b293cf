/**
 * Values of Secrets that can be guessed (`postgres`, a host name). They are hidden in their own Secret and beside the name of a
 * credential (`PASSWORD=postgres`), and nowhere else: see strength.ts for what makes a value weak.
 */
export type WeakValues = {
  /** Whether a text is exactly a weak value of some Secret. The text is bytes as latin1. */
  has(text: string): boolean
  /** Length in bytes of the longest weak value; 0 when there is none. */
  readonly longest: number
}
