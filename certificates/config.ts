import { ConfigError, readDocument } from '../server/config.ts'

export type CertificatesConfig = {
  readonly namespace: string
  /** Secret with the certificates and keys of the authorities. Only this program reads it. */
  readonly authoritySecret: string
  /** Optional. Defaults to 730. */
  readonly caDays: number
  /** Optional. Defaults to 90. */
  readonly servingDays: number
  /** Optional. Defaults to 30. */
  readonly renewBeforeDays: number
  /** `client`: a client certificate and no serving certificate. Optional. Defaults to false. */
  readonly certificates: readonly { readonly secret: string; readonly names: readonly string[]; readonly client?: boolean }[]
  readonly apiServices: readonly string[]
  readonly validatingWebhookConfigurations: readonly string[]
}

const DEFAULTS = { caDays: 730, servingDays: 90, renewBeforeDays: 30, apiServices: [], validatingWebhookConfigurations: [] } as const

/** A part of a day is a number that the schema language of the kinds cannot express. */
const days = { type: 'number', exclusiveMinimum: 0, maximum: 36500 } as const
const name = { type: 'string', minLength: 1, maxLength: 253 } as const
const namesOf = { type: 'array', items: name } as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['namespace', 'authoritySecret', 'certificates'],
  properties: {
    namespace: name,
    authoritySecret: name,
    caDays: days,
    servingDays: days,
    renewBeforeDays: days,
    certificates: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['secret', 'names'],
        properties: { secret: name, names: { type: 'array', items: name, minItems: 1 }, client: { type: 'boolean' } },
      },
    },
    apiServices: namesOf,
    validatingWebhookConfigurations: namesOf,
  },
} as const

type Given = Omit<CertificatesConfig, keyof typeof DEFAULTS> & Partial<CertificatesConfig>

/** @throws ConfigError that names the invalid fields */
export async function readCertificatesConfig(file: string): Promise<CertificatesConfig> {
  const config: CertificatesConfig = { ...DEFAULTS, ...(await readDocument<Given>(file, schema)) }
  // A CA must be renewed while it can still sign a serving certificate for its full lifetime.
  if (config.renewBeforeDays >= config.servingDays || config.servingDays + config.renewBeforeDays >= config.caDays)
    throw new ConfigError(`${file}: renewBeforeDays < servingDays and servingDays + renewBeforeDays < caDays must hold`)
  return config
}
