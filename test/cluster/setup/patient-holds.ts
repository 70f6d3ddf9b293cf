import type { Environment } from '../../../hack/demo/environment.ts'
import { runProgram } from '../run-program.ts'

/**
 * Sets how long the sample policy holds an operation: long enough for the commands of an approver on a busy machine, but shorter than the
 * sample's own five minutes. @throws Error if kubectl fails
 */
export async function setHold({ binDir, kubeconfigs }: Environment, seconds: number): Promise<void> {
  const patch = JSON.stringify({ spec: { hold: { timeoutSeconds: seconds } } })
  const env = { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: kubeconfigs.admin }
  const ran = await runProgram('kubectl', ['patch', 'accesspolicy', 'coding-agents', '--type=merge', '-p', patch], { env })
  if (ran.code !== 0) throw new Error(ran.stderr)
}
