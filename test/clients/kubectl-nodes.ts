import type { Command } from './walk.ts'

/** Drains of a node that an admin has cordoned. Of all its pods, those that each side has put there. Under a grant of `pods/eviction`. */
const drain = (name: string, args: readonly string[], pods = 'drained=SIDE'): Command => ({
  name,
  args: ['drain', 'NODE', '--force', `--pod-selector=${pods}`, ...args],
  unordered: true,
})

export const drains: readonly Command[] = [
  drain('drain --dry-run=server', ['--dry-run=server']),
  drain('drain', ['--timeout=60s', '--grace-period=0']),
  drain('drain, nothing left', ['--timeout=60s']),
  // 429, which kubectl would try again five seconds later.
  drain('drain, in vain: a disruption budget', ['--timeout=3s'], 'guarded=SIDE'),
]

const REFUSED = {
  code: 0, // kubectl's own way,
  stdout: /^$/,
  stderr: /cannot patch nodes "[^"]+": .*no grant can allow it/,
  why: 'refused: an agent never changes nodes, whatever its policy says (`jit-access-never`); it drains those that an admin has cordoned',
}

export const cordons: readonly Command[] = [
  { name: 'cordon', args: ['cordon', 'NODE'], differs: REFUSED },
  // That it is cordoned, the step before has seen to.
  { name: 'uncordon', args: ['uncordon', 'NODE'], differs: REFUSED },
]
