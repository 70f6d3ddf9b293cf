/**
 * Exits through `process.exit` on a signal, so that exit handlers also stop the kubectl that the plugin started. Ctrl-C in a terminal
 * reaches both processes; a signal sent to this process alone does not. Exit codes are 128 plus the signal number, as in a shell.
 */
export function endOnSignal(process: NodeJS.Process): void {
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => process.exit(128 + number))
}
