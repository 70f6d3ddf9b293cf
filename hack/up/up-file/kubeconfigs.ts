import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Actor } from '../../demo/environment.ts'

export type Place = { readonly server: string; readonly caFile: string }
/** The exec credential plugin that gets a token of the dev identity provider. */
export type TokenCommand = (user: string, audience: string) => { readonly command: string; readonly args: readonly string[] }

function document(place: Place, user: object): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'jit', cluster: { server: place.server, 'certificate-authority': place.caFile } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'jit', context: { cluster: 'jit', user: 'user' } }],
    'current-context': 'jit',
  })
}

/** Users and the server that each connects to. kube-apiserver does not accept the agent's token for the gateway, nor the gateway the other. */
const ACTORS: readonly { readonly actor: Exclude<Actor, 'admin'>; readonly user: string; readonly through: 'gateway' | 'kubernetes' }[] = [
  { actor: 'agent', user: 'agent', through: 'gateway' },
  { actor: 'agentDirect', user: 'agent', through: 'kubernetes' },
  { actor: 'approver', user: 'approver', through: 'kubernetes' },
  { actor: 'secondApprover', user: 'second-approver', through: 'kubernetes' },
  { actor: 'developer', user: 'developer', through: 'kubernetes' },
]

/** Writes a kubeconfig for every actor except the admin and returns the files. */
export async function writeKubeconfigs(options: {
  readonly dir: string
  readonly gateway: Place
  readonly kubernetes: Place
  readonly token: TokenCommand
}): Promise<{ readonly [actor in Exclude<Actor, 'admin'>]: string }> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const files = new Map<string, string>()
  for (const { actor, user, through } of ACTORS) {
    const { command, args } = options.token(user, through === 'gateway' ? 'jit-gateway' : 'kubernetes')
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command, args }
    const file = join(options.dir, `${actor}.kubeconfig`)
    await writeFile(file, document(options[through], { exec }), { mode: 0o600 })
    files.set(actor, file)
  }
  return Object.fromEntries(files) as { readonly [actor in Exclude<Actor, 'admin'>]: string }
}

/** Writes a kubeconfig whose user signs in at login by `kubectl certify login`. */
export async function writeLoginKubeconfig(options: {
  readonly dir: string
  readonly kubernetes: Place
  /** The plugin kubectl-certify. */
  readonly plugin: string
  readonly login: { readonly url: string; readonly caFile: string; readonly client: string }
}): Promise<string> {
  const { url, caFile, client } = options.login
  const args = ['login', `--issuer=${url}`, `--client=${client}`, `--ca-file=${caFile}`]
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'IfAvailable', command: options.plugin, args }
  const file = join(options.dir, 'login.kubeconfig')
  await writeFile(file, document(options.kubernetes, { exec }), { mode: 0o600 })
  return file
}
