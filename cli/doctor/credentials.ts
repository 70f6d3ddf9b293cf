import { credentialKeys, isGuessable, isMasked, SYSTEM_TYPES, type SecretLike } from '../../domain/mask/guessable.ts'
import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import type { NamedObject } from './visible-cluster.ts'
import { good, unknown, warning, type Finding } from '../../domain/doctor/finding.ts'

type Secret = SecretLike & NamedObject
type Page = { readonly metadata?: { readonly continue?: string }; readonly items: readonly Secret[] }
type Seen = { secrets: number; masked: boolean; readonly guessable: { readonly secret: string; readonly keys: readonly string[] }[] }

const MAX_LINES = 20
const MAX_KEYS_SHOWN = 5
/** Page sizes to try: smaller when a response is larger than the plugin accepts from kubectl. */
const PAGE_SIZES = [200, 20, 2] as const
const SELECTOR = encodeURIComponent(SYSTEM_TYPES.map((type) => `type!=${type}`).join(','))

async function readPage(kubectl: Kubectl, after: string): Promise<Page> {
  for (const [index, size] of PAGE_SIZES.entries()) {
    try {
      return await kubectl.get<Page>(
        `/api/v1/secrets?fieldSelector=${SELECTOR}&limit=${size}${after === '' ? '' : `&continue=${encodeURIComponent(after)}`}`,
      )
    } catch (error) {
      // Only an error without a reason from the server can be due to the size of the response.
      if (!(error instanceof KubectlError) || error.reason !== 'Unknown' || index === PAGE_SIZES.length - 1) throw error
    }
  }
  throw new KubectlError('Unknown', 'no page could be read')
}

function look(secret: Secret, seen: Seen): void {
  const { name, namespace = '' } = secret.metadata
  const keys = credentialKeys(secret)
  seen.secrets += 1
  const valueOf = (key: string): string => secret.data?.[key] ?? ''
  seen.masked ||= keys.some((key) => isMasked(valueOf(key)))
  const guessable = keys.filter((key) => !isMasked(valueOf(key)) && isGuessable(key, valueOf(key)))
  if (guessable.length > 0) seen.guessable.push({ secret: `${namespace}/${name}`, keys: guessable })
}

async function readAll(kubectl: Kubectl, seen: Seen): Promise<string | undefined> {
  try {
    for (let after: string | undefined = ''; after !== undefined;) {
      const page: Page = await readPage(kubectl, after)
      if (!Array.isArray(page.items)) return 'the response is not a list'
      for (const secret of page.items) look(secret, seen)
      after = page.metadata?.continue === '' ? undefined : page.metadata?.continue
    }
    return undefined
  } catch (error) {
    if (error instanceof KubectlError) return error.message
    throw error
  }
}

const keysOf = (keys: readonly string[]): string =>
  keys.length <= MAX_KEYS_SHOWN ? keys.join(', ') : `${keys.slice(0, MAX_KEYS_SHOWN).join(', ')} and ${keys.length - MAX_KEYS_SHOWN} more`

const FIX = 'set random values: until then they are masked in their Secret and next to the name of a credential, and nowhere else'

/** One line per Secret. Reveals nothing about the values, not even their length. */
function findingsOf({ guessable }: Seen): readonly Finding[] {
  const shown = guessable.slice(0, MAX_LINES)
  const more = guessable.length - shown.length
  const said = [
    ...shown.map(({ secret, keys }) => `Secret ${secret} holds credentials that can be guessed: ${keysOf(keys)}`),
    ...(more > 0 ? [`and ${more} more Secrets`] : []),
  ]
  return said.map((message, index) => warning(message, index === said.length - 1 ? FIX : undefined))
}

/**
 * Finds Secrets with credentials that can be guessed. Checks keys that are named like a credential, in the Secrets that the caller may
 * read; skips Secrets that controllers and tools create themselves.
 */
export async function checkCredentials(kubectl: Kubectl): Promise<readonly Finding[]> {
  const seen: Seen = { secrets: 0, masked: false, guessable: [] }
  const trouble = await readAll(kubectl, seen)
  const named = findingsOf(seen)
  if (trouble !== undefined)
    return [
      ...named,
      unknown(
        `not checked: ${seen.secrets === 0 ? 'Secrets' : `Secrets after the first ${seen.secrets}`} cannot be read: ${trouble}`,
        'run the doctor as a cluster admin',
      ),
    ]
  if (seen.masked)
    return [...named, unknown('not checked: you see Secrets masked', 'run the doctor with a kubeconfig that connects directly to kube-apiserver')]
  return named.length > 0 ? named : [good(`no key that is named like a credential, in ${seen.secrets} Secrets, holds a value that can be guessed`)]
}
