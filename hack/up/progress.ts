/** Reports progress; each line is printed with the seconds since the start. */
export type Say = (line: string) => void

export function createProgress(write: (text: string) => void): Say {
  const started = performance.now()
  return (line) => write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`)
}
