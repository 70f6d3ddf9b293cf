import type { Environment } from '../../hack/demo/environment.ts'
import { runProgram } from './run-program.ts'

/** The sample policy lets operations wait for minutes, as people need it. Tests also wait until nobody has answered. */
const HOLD_SECONDS = 20

/** Lets the operations of the sample policy wait for seconds only. Returns a function that restores what was set. @throws Error */
export async function shortHolds({ binDir, kubeconfigs }: Environment): Promise<() => Promise<void>> {
  const admin = async (verb: string, ...args: readonly string[]): Promise<string> => {
    const env = { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: kubeconfigs.admin }
    const ran = await runProgram('kubectl', [verb, 'accesspolicy', 'coding-agents', ...args], { env })
    if (ran.code !== 0) throw new Error(`kubectl ${verb}: ${ran.stderr}`)
    return ran.stdout
  }
  const set = (seconds: string): Promise<string> => admin('patch', '--type=merge', '-p', `{"spec":{"hold":{"timeoutSeconds":${seconds}}}}`)
  const usual = await admin('get', '-o', 'jsonpath={.spec.hold.timeoutSeconds}')
  await set(String(HOLD_SECONDS))
  return async () => void (await set(usual || 'null'))
}
