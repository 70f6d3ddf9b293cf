/** Formats seconds for people with the two largest units: `1h30m`, `10m`, `45s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = (
    [
      ['d', Math.floor(whole / 86400)],
      ['h', Math.floor(whole / 3600) % 24],
      ['m', Math.floor(whole / 60) % 60],
      ['s', whole % 60],
    ] as const
  ).filter(([, count]) => count > 0)
  return parts.length === 0
    ? '0s'
    : parts
        .slice(0, 2)
        .map(([unit, count]) => `${count}${unit}`)
        .join('')
}
