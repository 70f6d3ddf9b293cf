import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { readEnvironment, type Actor, type Environment } from '../../hack/demo/environment.ts'
import { callProvider, findProvider } from '../../hack/token/running-provider.ts'
import { runProgram, startProgram, type Program, type Ran, type RunProgram } from './run-program.ts'

/**
 * The environment that all tests of a run share: a real cluster with jit-access installed as a user installs it. A test uses only objects
 * with unique names (`uniqueName`) and does not kill what others use: `bareCluster` and `ownEnvironment` are for that.
 */
export const environment = async (): Promise<Environment> => ({ ...(await bootedEnvironment()), kubeconfigs: inject('kubeconfigs') })

/** The same with the kubeconfigs that `npm run up` wrote, which get tokens from a credential plugin. */
export const bootedEnvironment = (): Promise<Environment> => readEnvironment(environmentDir())

/** The folder of the environment, for `--dir` of the tools. */
export const environmentDir = (): string => inject('upDir')

/** Unique names of objects and namespaces: no two tests get the same, in this run or in another on the same environment. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`

/** Runs kubectl with the project's plugins as an actor. An exit code other than 0 is an outcome, not an error. */
export async function kubectl(actor: Actor, args: readonly string[], options: Pick<RunProgram, 'input' | 'seconds'> = {}): Promise<Ran> {
  return await runProgram('kubectl', args, { ...options, env: await kubectlEnvironment(actor) })
}

/** Starts kubectl as an actor, for commands that are watched while they run. */
export const startKubectl = async (actor: Actor, args: readonly string[]): Promise<Program> =>
  startProgram('kubectl', args, { env: await kubectlEnvironment(actor) })

async function kubectlEnvironment(actor: Actor): Promise<{ readonly [name: string]: string }> {
  const { binDir, kubeconfigs } = await environment()
  return { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: kubeconfigs[actor] }
}

/** A token of the environment's identity provider, with the options of `npm run token`: user, groups, audience, ttl, claims, alg, key. */
export const mintToken = (order: { readonly user: string; readonly [parameter: string]: string }): Promise<string> =>
  callProvider(findProvider(environmentDir()), 'mint', order)
