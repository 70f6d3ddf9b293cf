/** A heading with indented lines below it. Indentation keeps a line from looking like a heading; callers make each line safe for a terminal. */
export const block = (heading: string, said: readonly string[]): readonly string[] =>
  said.length === 0 ? [] : ['', heading, ...said.map((line) => `    ${line}`)]
