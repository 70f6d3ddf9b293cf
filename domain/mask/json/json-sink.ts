/** What the JSON scanner (json-scanner.ts) reports about a document. */

/** Tracks the position in a document from its strings, inside parts that may go unreported. All offsets are ranges [from, to) in a chunk. */
export type PositionTracker = {
  /** A field name. The memory of the chunk must not change before the end of the chunk. */
  enter(chunk: Buffer, from: number, to: number): void
  /** Whether the next string or literal must be reported even if it contains nothing to hide. */
  readonly mustReport: boolean
  /** A string that is not reported. */
  pass(chunk: Buffer, from: number, to: number): void
  /** Whether the keys of this object are FieldsV1 keys, and everything below them is an object. */
  readonly inFieldSet: boolean
}

export type JsonSink = {
  /** Everything until the next call lies in this chunk, and offsets refer to it. */
  chunk(chunk: Buffer): void
  /** A bracket at an offset. Returns whether strings and literals inside may go unreported if `isClear` allows it. */
  open(array: boolean, at: number): boolean
  close(at: number): void
  /** Receives the names and strings that go unreported. */
  readonly places: PositionTracker
  /** Whether anything may go unreported now. */
  readonly maySkip: boolean
  /**
   * Whether the value [from, to), a complete string without escapes, may go unreported.
   * @param mayName whether it contains a separator between a name and a value
   */
  isClear(from: number, to: number, mayName: boolean): boolean
  /** A complete string [from, to) without escapes. */
  whole(key: boolean, from: number, to: number): void
  /** A complete string [from, to) with escapes. Returns false to receive the string in parts instead. */
  escaped(key: boolean, from: number, to: number): boolean
  /** Any other string comes in parts. `at` is the offset after the opening quote, or of the closing one. */
  begin(key: boolean, at: number): void
  part(from: number, to: number): void
  escape(raw: Buffer, meaning: Buffer): void
  /** Whether parts and escapes of the open string may be delivered together. */
  readonly takesStretches: boolean
  /** Parts and complete escapes: [from, to). Returns false to receive them one by one. */
  stretch(from: number, to: number): boolean
  finish(at: number): void
  /** A number, true, false or null that ends with [from, to); `text` is all of it. `from` is 0 if it began in an earlier chunk. */
  literal(text: string, from: number, to: number): void
  /** From this offset, the rest of the chunk is the beginning or a further part of a literal. */
  literalCut(from: number): void
}
