import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second (USER_HZ), independent of the kernel's own tick rate. */
const TICKS_PER_SECOND = 100
const KIB_PER_MIB = 1024

/** Resources that a process has used so far. Read from /proc: Linux only. */
export type ProcessCost = {
  /** CPU seconds, kernel and user, of all threads. */
  cpuSeconds(): number
  /** Resident memory in MiB. */
  residentMiB(): number
  /** Peak resident memory since `resetPeak`, in MiB. */
  peakMiB(): number
  resetPeak(): void
  /** Pins all threads to one core; undefined removes the pinning. */
  pin(core: number | undefined): void
}

/** For an variant without a proxy. */
export const NO_COST: ProcessCost = { cpuSeconds: () => 0, residentMiB: () => 0, peakMiB: () => 0, resetPeak: () => {}, pin: () => {} }

export function costOf(pid: number): ProcessCost {
  const status = (field: string): number => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    if (found === undefined) throw new Error(`process ${pid} has no ${field}`)
    return Number(found) / KIB_PER_MIB
  }
  return {
    cpuSeconds: () => {
      // The process name may hold any character, so parse what follows the last parenthesis.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    },
    residentMiB: () => status('VmRSS'),
    peakMiB: () => status('VmHWM'),
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    pin: (core) => void execFileSync('taskset', ['-acp', core === undefined ? '0-1023' : String(core), String(pid)], { stdio: 'ignore' }),
  }
}
