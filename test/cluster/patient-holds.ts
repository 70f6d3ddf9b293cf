import type { Environment } from '../../hack/demo/environment.ts'
import { runProgram } from './run-program.ts'

/**
 * Sets how long the sample policy holds an operation. Its own 20 seconds are for a person who watches; on a busy machine the commands of an
 * approver take that long. @throws Error if kubectl fails
 */
export async function setHold({ binDir, kubeconfigs }: Environment, seconds: number): Promise<void> {
  const patch = JSON.stringify({ spec: { hold: { timeoutSeconds: seconds } } })
  const env = { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: kubeconfigs.admin }
  const ran = await runProgram('kubectl', ['patch', 'accesspolicy', 'coding-agents', '--type=merge', '-p', patch], { env })
  if (ran.code !== 0) throw new Error(ran.stderr)
}
