/** A heading, and below it lines that cannot pass for one: they are indented, and every one was made safe by itself. */
export const block = (heading: string, said: readonly string[]): readonly string[] =>
  said.length === 0 ? [] : ['', heading, ...said.map((line) => `    ${line}`)]
