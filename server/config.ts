import { readFile } from 'node:fs/promises'
import { Ajv, type JSONSchemaType } from 'ajv'
import { parse } from 'yaml'

export type Listen = { readonly address: string; readonly port: number }
export type TlsFiles = { readonly certFile: string; readonly keyFile: string }

export const listenSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['address', 'port'],
  properties: { address: { type: 'string' }, port: { type: 'integer', minimum: 0, maximum: 65535 } },
} as const
export const tlsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['certFile', 'keyFile'],
  properties: { certFile: { type: 'string' }, keyFile: { type: 'string' } },
} as const

/** A mistake in how a server is started: its message is for the admin and names the field. */
export class ConfigError extends Error {}

/** Reads a YAML configuration file. Unknown fields are mistakes. @throws ConfigError that names each field that is wrong */
export async function readConfig<T>(file: string, schema: JSONSchemaType<T> | object): Promise<T> {
  let document: unknown
  try {
    document = parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
  const validate = new Ajv({ allErrors: true, strict: false }).compile<T>(schema as JSONSchemaType<T>)
  if (!validate(document)) {
    const problems = (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = 'additionalProperty' in params ? ` "${String(params['additionalProperty'])}"` : ''
      return `${instancePath === '' ? '.' : instancePath.replaceAll('/', '.')}: ${message ?? 'is wrong'}${extra}`
    })
    throw new ConfigError(`${file}: ${problems.join('; ')}`)
  }
  return document
}
