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
