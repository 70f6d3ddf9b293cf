/** What the gateway answered to the requests of a command that was only asked for. */
export type Answers = {
  /** Names of the requests that wait. `made`: filed now. */
  readonly waiting: readonly { readonly name: string; readonly made: boolean }[]
  /** Sentences about operations that are allowed already. */
  readonly allowed: readonly string[]
  /** Everything else that kubectl printed. */
  readonly other: readonly string[]
}

/** Sentences of gateway/hold/ask-errors.ts. kubectl prints the message of a Status, but not its causes. */
const ASKED = 'it was only asked for, and nothing was done. '
const WAITS = /accessrequest (hold-[0-9a-f]{20}-\d+) was filed( before)? and waits/g

/** Reads what kubectl printed to standard error. The message of an answer has no line break, and may be part of a longer line. */
export function readAnswers(stderr: string): Answers {
  const waiting = new Map<string, boolean>()
  const allowed = new Set<string>()
  const other: string[] = []
  for (const line of stderr.split('\n')) {
    if (!line.includes(ASKED)) {
      if (line.trim() !== '') other.push(line)
      continue
    }
    const names = [...line.matchAll(WAITS)]
    for (const [, name = '', before] of names) waiting.set(name, (waiting.get(name) ?? true) && before === undefined)
    if (names.length === 0) allowed.add(line.slice(line.indexOf(ASKED) + ASKED.length))
  }
  return { waiting: [...waiting].map(([name, made]) => ({ name, made })), allowed: [...allowed], other }
}
