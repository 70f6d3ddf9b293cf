import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Of } from '../../domain/api/schema.ts'
import { isIssuerFile } from '../../domain/doctor/issuer-file.ts'
import { ConfigError, readConfig } from '../../server/config.ts'
import { readOneVersion } from '../../server/mounted-folder.ts'
import { CLAIM_DEFAULTS, claimFields } from '../../server/claims/claim-fields.ts'
import { hasErrorCode } from '../../server/system-error.ts'
import { prefixClash, prefixProblem } from '../../server/claims/issuer-prefixes.ts'

const https = (description: string) => ({ type: 'string', description, pattern: '^https://[^\\s]+$' }) as const

export const issuerConfigSchema = {
  type: 'object',
  description: 'One token issuer that the gateway trusts.',
  required: ['issuer', 'audiences', 'usernamePrefix', 'groupsPrefix'],
  properties: {
    issuer: https('Value of `iss` in its tokens, compared byte by byte. Required.'),
    audiences: {
      type: 'array',
      description: 'Accepted audiences. A token must have at least one of them. Required.',
      minItems: 1,
      items: { type: 'string', description: 'An audience.', minLength: 1 },
    },
    ...claimFields,
    caFile: {
      type: 'string',
      description: 'PEM file of the CA that signs the TLS certificate of the issuer. Optional. Defaults to the CAs of the system.',
    },
    ca: { type: 'string', description: 'The same CA as PEM text. Optional. Give only one of ca and caFile. Defaults to the CAs of the system.' },
    jwksURL: https('URL of the keys of the issuer. Optional. Defaults to the URL that OpenID Connect discovery names.'),
  },
} as const

type IssuerFile = Of<typeof issuerConfigSchema>

/** Configuration of one trusted token issuer, with defaults applied and the CA loaded. */
export type IssuerConfig = Required<Omit<IssuerFile, 'ca' | 'caFile' | 'jwksURL' | 'algorithms'>> &
  Pick<IssuerFile, 'ca' | 'jwksURL'> & { readonly algorithms: readonly string[] }

async function readIssuer(file: string): Promise<IssuerConfig> {
  const { caFile, ca, ...given } = await readConfig(file, issuerConfigSchema)
  if (ca !== undefined && caFile !== undefined) throw new ConfigError(`${file}: give ca or caFile, not both`)
  const problem = prefixProblem(given)
  if (problem !== undefined) throw new ConfigError(`${file}: ${problem}`)
  const pem = caFile === undefined ? ca : await readFile(caFile, 'utf8')
  return { ...CLAIM_DEFAULTS, ...given, ...(pem === undefined ? {} : { ca: pem }) }
}

/** The issuers in a folder, which is a version of `dir`. */
async function readVersion(dir: string, folder: string): Promise<readonly IssuerConfig[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') && folder === dir) return []
    throw new ConfigError(`${dir}: cannot be read`)
  }
  // A mounted ConfigMap keeps its versions in directories whose names start with dots.
  return await Promise.all(
    names
      .filter(isIssuerFile)
      .sort()
      .map((name) => readIssuer(join(folder, name))),
  )
}

/**
 * Reads a directory of YAML files, one issuer each. Returns no issuers when the directory does not exist, since the ConfigMap is optional.
 * @throws ConfigError for an invalid file, for two files with the same issuer, and for two issuers that could name the same user
 */
export async function readIssuers(dir: string): Promise<readonly IssuerConfig[]> {
  const issuers = await readOneVersion(dir, (folder) => readVersion(dir, folder))
  const twice = issuers.find(({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) !== index)
  if (twice !== undefined) throw new ConfigError(`${dir}: two files name the issuer ${twice.issuer}; remove one of them`)
  const clash = prefixClash(issuers)
  if (clash !== undefined) throw new ConfigError(`${dir}: ${clash}`)
  return issuers
}
