import type { Command } from '../compared-command.ts'

/** Drains of a node that an admin has cordoned, limited to the pods that each side created there. Under a grant of `pods/eviction`. */
const drain = (name: string, args: readonly string[], pods = 'drained=SIDE'): Command => ({
  name,
  args: ['drain', 'NODE', '--force', `--pod-selector=${pods}`, ...args],
  unordered: true,
})

export const drains: readonly Command[] = [
  drain('drain --dry-run=server', ['--dry-run=server']),
  drain('drain', ['--timeout=110s', '--grace-period=0']),
  drain('drain, nothing left', ['--timeout=110s']),
  // 429, which kubectl retries every five seconds.
  { ...drain('drain, blocked by a disruption budget', ['--timeout=8s'], 'guarded=SIDE'), repeats: true },
]

const REFUSED = {
  code: 0, // The way of kubectl itself.
  stdout: /^$/,
  stderr: /cannot patch nodes "[^"]+": .*no grant can allow it/,
  why: 'refused: an agent never changes nodes, whatever its policy says (`jit-access-never`); it drains those that an admin has cordoned',
}

export const cordons: readonly Command[] = [
  { name: 'cordon', args: ['cordon', 'NODE'], differs: REFUSED },
  // The previous step checks that it is cordoned.
  { name: 'uncordon', args: ['uncordon', 'NODE'], differs: REFUSED },
]
