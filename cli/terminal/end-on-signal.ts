/**
 * Ends a plugin that was told to end, by way of `exit`, so that a kubectl that it started ends with it. From a terminal Ctrl-C reaches
 * both; whoever signals this process alone reaches the other through it. Codes as a shell gives them.
 */
export function endOnSignal(process: NodeJS.Process): void {
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => process.exit(128 + number))
}
