import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'

// Import only node: builtins here and in main.ts: kubectl waits for this program on every command.

type ProviderFile = { readonly issuer: string; readonly caFile: string; readonly secretFile: string }

/** The identity provider of a running environment, with the secret for its grants. */
export type RunningProvider = { readonly issuer: URL; readonly ca: string; readonly secret: string }

/** Why no token is available, in one sentence. */
export class NoToken extends Error {}

/** `dir` is the folder of `npm run up`, or of a provider that runs alone. @throws NoToken if none runs there */
export function findProvider(dir: string): RunningProvider {
  for (const folder of [join(dir, 'identity-provider'), dir]) {
    const text = readIfThere(join(folder, 'provider.json'))
    if (text === undefined) continue
    const { issuer, caFile, secretFile } = JSON.parse(text) as ProviderFile
    return { issuer: new URL(issuer), ca: readFileSync(caFile, 'utf8'), secret: readFileSync(secretFile, 'utf8') }
  }
  throw new NoToken(`no identity provider runs in ${dir}: start the environment with \`npm run up\`, or name its folder with --dir`)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const CLIENT = 'jit-access-development'
const LIMIT_MS = 10_000

export type Grant = 'mint' | 'rotate'
type Answer = { readonly id_token?: string; readonly error_description?: string; readonly error?: string }

/** Calls the token endpoint with one of the provider's custom grants. @throws NoToken if it refuses or is unreachable */
export function callProvider(
  { issuer, ca, secret }: RunningProvider,
  grant: Grant,
  parameters: { readonly [name: string]: string },
): Promise<string> {
  const body = new URLSearchParams({ ...parameters, grant_type: `urn:jit-access:grant-type:${grant}` }).toString()
  return new Promise((resolve, reject) => {
    const call = request(
      new URL('/token', issuer),
      {
        method: 'POST',
        ca,
        auth: `${CLIENT}:${secret}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(LIMIT_MS),
        agent: false,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          if (response.statusCode === 200) return resolve((JSON.parse(text) as Answer).id_token ?? '')
          reject(new NoToken(refusal(response.statusCode, text)))
        })
      },
    )
    call.on('error', (error) => reject(new NoToken(`the identity provider at ${issuer.origin} does not answer: ${error.message}`)))
    call.end(body)
  })
}

function refusal(status: number | undefined, text: string): string {
  try {
    const { error_description, error } = JSON.parse(text) as Answer
    return `the identity provider refused: ${error_description ?? error ?? `status ${String(status)}`}`
  } catch {
    return `the identity provider answered with status ${String(status)}`
  }
}
