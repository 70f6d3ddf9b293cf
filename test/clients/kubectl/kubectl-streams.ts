import type { Command } from '../compared-command.ts'

const inNamespace = (name: string, args: readonly string[], more: Omit<Command, 'name' | 'args'> = {}): Command => ({
  name,
  args: ['-n', 'NS', ...args],
  ...more,
})

/** Streams that end by themselves, of both sides at once. Interactive ones are in the test. */
export const streams: readonly Command[] = [
  inNamespace('exec', ['exec', 'talker', '--', 'sh', '-c', 'echo out; echo err >&2']),
  inNamespace('exec, its exit code', ['exec', 'talker', '--', 'sh', '-c', 'exit 7']),
  inNamespace('exec, killed by a signal', ['exec', 'talker', '--', 'sh', '-c', 'kill -9 $$']),
  inNamespace('exec of a program that is not there', ['exec', 'talker', '--', 'no-such-program']),
  inNamespace('exec in a pod that is not there', ['exec', 'nobody', '--', 'true']),
  inNamespace('exec in a container that is not there', ['exec', 'talker', '-c', 'nobody', '--', 'true']),
  inNamespace('exec by deployment', ['exec', 'deploy/web', '--', 'echo', 'here']),
  inNamespace('exec -i', ['exec', '-i', 'talker', '--', 'sh', '-c', 'tr a-z A-Z; echo done'], { input: 'one\ntwo\n' }),
  inNamespace('exec -i, binary', ['exec', '-i', 'talker', '--', 'md5sum'], { input: '\u0000\u0001\u00ff'.repeat(50_000) }),
  inNamespace('exec, much output', ['exec', 'talker', '--', 'sh', '-c', 'seq 1 100000 | md5sum; seq 1 20000']),
  inNamespace('cp to a pod', ['cp', 'FOLDER/file', 'talker:/d/SIDE']),
  inNamespace('cp from a pod', ['cp', 'talker:/d/SIDE', 'FOLDER/back-SIDE']),
  inNamespace('cp of a folder', ['cp', 'talker:/www', 'FOLDER/www-SIDE']),
  // What `kubectl cp` runs there. cp itself may end before or after it reads the exit code of tar, directly at kube-apiserver too.
  inNamespace('tar of a file that is not there', ['exec', 'talker', '--', 'tar', 'cf', '-', '/nothing']),
]
