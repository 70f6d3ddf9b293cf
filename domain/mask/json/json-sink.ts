/** What a scanner of JSON (json-scanner.ts) tells of a document. */

/** Where a document is, from its strings inside parts that may be left unreported. All offsets are [from, to) in a chunk. */
export type Places = {
  /** The name of a field. The chunk stays as it is until it ends. */
  enter(chunk: Buffer, from: number, to: number): void
  /** Whether the next string or literal is to be reported, though nothing in it is to be hidden. */
  readonly hears: boolean
  /** A string that is not reported. */
  pass(chunk: Buffer, from: number, to: number): void
  /** Whether the keys of this object are those of FieldsV1, and objects all that is below them. */
  readonly inFieldSet: boolean
}

export type JsonSink = {
  /** What comes before the next call of it lies in this chunk; offsets are into it. */
  chunk(chunk: Buffer): void
  /** A bracket at an offset. Says whether strings and literals inside may be left unreported where `isClear` allows it. */
  open(array: boolean, at: number): boolean
  close(at: number): void
  /** What hears of the names and strings that are left unreported. */
  readonly places: Places
  /** Whether anything may be left unreported now. */
  readonly skims: boolean
  /**
   * Whether the value [from, to), a string without escapes that lies whole between two quotes, may be left unreported.
   * @param mayName whether it has what separates a name from its value
   */
  isClear(from: number, to: number, mayName: boolean): boolean
  /** A string without escapes that lies whole between two quotes: [from, to). */
  whole(key: boolean, from: number, to: number): void
  /** A string with escapes that lies whole between two quotes: [from, to). False: it is to come in parts. */
  escaped(key: boolean, from: number, to: number): boolean
  /** Any other string comes in parts; `at` is the offset after the opening quote, or of the closing one. */
  begin(key: boolean, at: number): void
  part(from: number, to: number): void
  escape(raw: Buffer, meaning: Buffer): void
  /** Whether parts and escapes of the string that has begun may come together. */
  readonly takesStretches: boolean
  /** Parts and whole escapes: [from, to). False: they are to come one by one. */
  stretch(from: number, to: number): boolean
  finish(at: number): void
  /** A number, true, false or null: [from, to) ends it, and `text` has all of it. `from` is 0 when it began in an earlier chunk. */
  literal(text: string, from: number, to: number): void
  /** From here to the end of the chunk is the beginning of a literal, or more of it. */
  literalCut(from: number): void
}
