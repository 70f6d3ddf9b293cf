import { usage } from './exit-code.ts'

const SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86400 }

/** Parses `90`, `90s`, `10m`, `1h30m` or `2d` to seconds. @throws CommandError for anything else, including zero */
export function parseDuration(flag: string, text: string): number {
  if (!/^(\d{1,9}|(\d{1,9}[smhd])+)$/.test(text))
    throw usage(`${flag}=${text}: invalid duration`, `write it as ${flag}=10m, ${flag}=1h30m or in seconds`)
  const seconds = [...text.matchAll(/(\d+)([smhd]?)/g)].reduce((sum, [, count = '', unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 1), 0)
  if (seconds < 1) throw usage(`${flag} must be at least one second`)
  return seconds
}

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
