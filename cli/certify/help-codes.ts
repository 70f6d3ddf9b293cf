import type { ExitCode } from '../terminal/exit-code.ts'

/** What the exit codes of `kubectl certify` mean. docs/reference/exit-codes.md says it in full. */
const MEANING = {
  0: 'done',
  1: 'unexpected error',
  2: 'wrong usage',
  3: 'it was already denied',
  4: 'it has ended and can no longer be decided',
  6: 'refused by the server',
  7: 'the records do not verify',
  8: 'it found a problem, or could not check something',
  9: 'you already approved it, and that approval is unchanged',
  10: 'of several, some succeeded and some failed',
  11: 'the approval needs a passkey, in the console',
} as const satisfies { readonly [code in ExitCode]?: string }

/** Codes that every command can return. */
const ALWAYS = [0, 1, 2] as const
const WIDTH = 120
const TITLE = 'Exit codes: '

/** The exit codes for the help of a command: those of every command, and its own, in lines of at most 120 characters. */
export function exitCodes(...own: readonly Exclude<keyof typeof MEANING, 0 | 1 | 2>[]): string {
  const words = [...ALWAYS, ...own].map((code) => `${code} ${MEANING[code]}`)
  const lines: string[] = []
  let line = TITLE
  for (const [index, word] of words.entries()) {
    const next = index === words.length - 1 ? word : `${word}, `
    if ((line + next).trimEnd().length > WIDTH) {
      lines.push(line.trimEnd())
      line = ' '.repeat(TITLE.length)
    }
    line += next
  }
  return [...lines, line].join('\n')
}
