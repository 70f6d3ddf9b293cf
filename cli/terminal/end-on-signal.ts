/** Sets what the next Ctrl-C does instead of ending the process. Returns a function that undoes it. */
export type OnInterrupt = (handler: () => void) => () => void

/**
 * Exits through `process.exit` on a signal, so that exit handlers also stop the kubectl that the plugin started. Ctrl-C in a terminal
 * reaches both processes; a signal sent to this process alone does not. Exit codes are 128 plus the signal number, as in a shell.
 */
export function endOnSignal(process: NodeJS.Process): OnInterrupt {
  let handler: (() => void) | undefined
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => process.exit(128 + number))
  process.on('SIGINT', () => {
    const handles = handler
    handler = undefined
    if (handles === undefined) process.exit(128 + 2)
    else handles()
  })
  return (next) => {
    handler = next
    return () => {
      if (handler === next) handler = undefined
    }
  }
}
