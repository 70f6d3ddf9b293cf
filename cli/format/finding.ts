import { lines } from '../terminal/untrusted.ts'
import type { Finding, FindingVerdict } from '../../domain/doctor/finding.ts'

const SIGNS: Readonly<Record<FindingVerdict, string>> = { good: '✓', warning: '!', bad: '✗', unknown: '?' }

/** Findings contain names from the cluster, some of which agents may have chosen, so every line is made safe for a terminal. */
export function formatFinding({ verdict, message, fix }: Finding): string {
  const fixLines = fix === undefined ? [] : lines(fix).map((line) => `      ${line}\n`)
  return [`  ${SIGNS[verdict]} ${lines(message).join(' ')}\n`, ...fixLines].join('')
}
