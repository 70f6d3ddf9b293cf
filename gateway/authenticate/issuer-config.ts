import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, readConfig } from '../../server/config.ts'
import { prefixClash, prefixProblem } from './issuer-prefixes.ts'

/** One token issuer that the gateway believes. */
export type IssuerConfig = {
  /** `iss` of its tokens, an https URL, compared byte by byte. */
  readonly issuer: string
  /** A token must be meant for one of these. */
  readonly audiences: readonly string[]
  readonly usernamePrefix: string
  readonly groupsPrefix: string
  /** A claim by its name, by a path with dots (`act.sub`) or by a JSON pointer (`/act/sub`). */
  readonly usernameClaim: string
  /** Likewise: `groups`, `realm_access.roles`, `/resource_access/my.client/roles`. */
  readonly groupsClaim: string
  readonly algorithms: readonly string[]
  /** PEM that its TLS certificate must chain to. Left out: the system's. */
  readonly ca?: string
  /** Left out: OpenID Connect discovery says. */
  readonly jwksURL?: string
}

type IssuerFile = Partial<IssuerConfig> &
  Pick<IssuerConfig, 'issuer' | 'audiences' | 'usernamePrefix' | 'groupsPrefix'> & { readonly caFile?: string }

/** Asymmetric ones alone: with HMAC in the list, whoever knows the public key could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const

const PREFIX = { type: 'string', maxLength: 64 } as const
const HTTPS = { type: 'string', pattern: '^https://[^\\s]+$' } as const
const CLAIM = { type: 'string', minLength: 1, maxLength: 256 } as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'audiences', 'usernamePrefix', 'groupsPrefix'],
  properties: {
    issuer: HTTPS,
    audiences: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    usernamePrefix: PREFIX,
    groupsPrefix: PREFIX,
    usernameClaim: CLAIM,
    groupsClaim: CLAIM,
    algorithms: { type: 'array', minItems: 1, items: { type: 'string', enum: ALGORITHMS } },
    caFile: { type: 'string' },
    ca: { type: 'string' },
    jwksURL: HTTPS,
  },
} as const

async function readIssuer(file: string): Promise<IssuerConfig> {
  const { caFile, ca, ...given } = await readConfig<IssuerFile>(file, schema)
  if (ca !== undefined && caFile !== undefined) throw new ConfigError(`${file}: give ca or caFile, not both`)
  const problem = prefixProblem(given)
  if (problem !== undefined) throw new ConfigError(`${file}: ${problem}`)
  const pem = caFile === undefined ? ca : await readFile(caFile, 'utf8')
  return { usernameClaim: 'sub', groupsClaim: 'groups', algorithms: ['RS256', 'ES256'], ...given, ...(pem === undefined ? {} : { ca: pem }) }
}

/**
 * Reads a folder of YAML files, one issuer each. A folder that is not there holds none: the ConfigMap is optional.
 * @throws ConfigError for a file that is wrong, for two files with one issuer, and for two issuers that could name the same user
 */
export async function readIssuers(dir: string): Promise<readonly IssuerConfig[]> {
  let names: string[]
  try {
    names = await readdir(dir)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new ConfigError(`${dir}: cannot be read`)
  }
  // A mounted ConfigMap keeps its versions in folders whose names start with dots.
  const files = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort()
  const issuers = await Promise.all(files.map((name) => readIssuer(join(dir, name))))
  const twice = issuers.find(({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) !== index)
  if (twice !== undefined) throw new ConfigError(`${dir}: two files name the issuer ${twice.issuer}; remove one of them`)
  const clash = prefixClash(issuers)
  if (clash !== undefined) throw new ConfigError(`${dir}: ${clash}`)
  return issuers
}
