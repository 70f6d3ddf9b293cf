import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { parse } from 'yaml'

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
  readonly certificates: readonly { readonly secret: string; readonly names: readonly string[] }[]
  readonly apiServices: readonly string[]
  readonly validatingWebhookConfigurations: readonly string[]
}

const days = (usual: number) => ({ type: 'number', exclusiveMinimum: 0, maximum: 36500, default: usual }) as const
const name = { type: 'string', minLength: 1, maxLength: 253 } as const
const namesOf = { type: 'array', items: name, default: [] } as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['namespace', 'authoritySecret', 'certificates'],
  properties: {
    namespace: name,
    authoritySecret: name,
    caDays: days(730),
    servingDays: days(90),
    renewBeforeDays: days(30),
    certificates: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['secret', 'names'],
        properties: { secret: name, names: { type: 'array', items: name, minItems: 1 } },
      },
    },
    apiServices: namesOf,
    validatingWebhookConfigurations: namesOf,
  },
} as const

/** @throws Error that names the invalid fields */
export async function readCertificatesConfig(file: string): Promise<CertificatesConfig> {
  const document: unknown = parse(await readFile(file, 'utf8'))
  const validate = new Ajv({ allErrors: true, useDefaults: true }).compile<CertificatesConfig>(schema)
  if (!validate(document)) {
    throw new Error(
      `${file}: ${(validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '.'} ${message ?? 'is wrong'}`).join('; ')}`,
    )
  }
  // A CA must be renewed while it can still sign a serving certificate for its full lifetime.
  if (document.renewBeforeDays >= document.servingDays || document.servingDays + document.renewBeforeDays >= document.caDays)
    throw new Error(`${file}: renewBeforeDays < servingDays and servingDays + renewBeforeDays < caDays must hold`)
  return document
}
