import { randomBytes } from 'node:crypto'
import type { Command } from '../compared-command.ts'

const inNamespace = (name: string, args: readonly string[], more: Omit<Command, 'name' | 'args'> = {}): Command => ({
  name,
  args: ['-n', 'NS', ...args],
  ...more,
})

/** How the agent sees the values of a release: all strings are masked, since a release does not say which ones are secret. */
const MASKED = /jit[.]access/

const [FIRST, SECOND] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')]

const SHOWN_MASKED = { code: 0, stdout: MASKED, stderr: /^$/, why: "strings of the user's values are masked, wherever the release holds them" }
const REFUSED = {
  code: 1,
  stdout: /^$/,
  stderr: /Give the values with -f or --set: masked ones cannot be reused/,
  why: 'refused, with the remedy (`helm upgrade` with `-f` or `--set`): the new revision would hold the masks of an older one',
}

/** The life of a release, in order, for each side in a separate namespace. Under a grant. */
export const helmSteps: readonly Command[] = [
  inNamespace('install', ['install', 'web', 'FOLDER/chart', '--set', 'greeting=hello there', '--set', `password=${FIRST}`]),
  inNamespace('install what is there', ['install', 'web', 'FOLDER/chart']),
  inNamespace('list', ['list']),
  // helm lists the kinds in map order.
  inNamespace('status', ['status', 'web'], { unordered: true }),
  inNamespace('get values', ['get', 'values', 'web'], { differs: SHOWN_MASKED }),
  inNamespace('get manifest', ['get', 'manifest', 'web'], { differs: SHOWN_MASKED }),
  inNamespace('upgrade', ['upgrade', 'web', 'FOLDER/chart', '--set', 'greeting=good day', '--set', 'port=81', '--set', `password=${SECOND}`]),
  inNamespace('upgrade --install, what is not there', ['upgrade', '--install', 'api', 'FOLDER/chart', '--set', 'greeting=good night'], {
    unordered: true,
  }),
  inNamespace('upgrade --install, what is there', ['upgrade', '--install', 'api', 'FOLDER/chart', '--set', 'port=82'], { unordered: true }),
  inNamespace('upgrade --install --dry-run=server', ['upgrade', '--install', 'api', 'FOLDER/chart', '--dry-run=server', '--set', 'port=83']),
  inNamespace('list, of several releases', ['list', '-o', 'yaml']),
  inNamespace('list --filter', ['list', '--filter', '^a', '--short']),
  inNamespace('status, of several releases', ['status', 'api'], { unordered: true }),
  inNamespace('status --revision', ['status', 'api', '--revision', '1'], { unordered: true }),
  inNamespace('get notes', ['get', 'notes', 'api']),
  inNamespace('get values, one that is a number', ['get', 'values', 'api', '--revision', '2']),
  inNamespace('get metadata', ['get', 'metadata', 'api']),
  inNamespace('status of what is not there', ['status', 'nobody']),
  // A new revision would contain the masks of an older one and cannot be restored, so it is refused with an alternative.
  inNamespace('upgrade --reuse-values', ['upgrade', 'web', 'FOLDER/chart', '--reuse-values', '--set', 'port=81'], {
    differs: REFUSED,
  }),
  inNamespace('rollback', ['rollback', 'web', '1']),
  inNamespace('history', ['history', 'web'], {
    differs: { code: 0, stdout: /^1.*superseded.*\n2.*superseded.*\n3.*deployed/m, stderr: /^$/, why: 'without the one that was refused' },
  }),
  inNamespace('template', ['template', 'web', 'FOLDER/chart']),
  inNamespace('uninstall, of several releases', ['uninstall', 'api']),
  inNamespace('uninstall', ['uninstall', 'web']),
  inNamespace('list, nothing', ['list']),
]
