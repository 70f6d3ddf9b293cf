import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { ObjectSchema, Of, Schema } from '../domain/api/schema.ts'
import { compileSchema } from './schema/compile.ts'

export const listenSchema = {
  type: 'object',
  description: 'Address and port that the server listens on. Required.',
  required: ['address', 'port'],
  properties: {
    address: { type: 'string', description: 'IP address. 0.0.0.0 listens on all IPv4 interfaces. Required.' },
    port: { type: 'integer', format: 'int32', description: 'Port. 0 lets the system choose one. Required.', minimum: 0, maximum: 65535 },
  },
} as const
export const adminSchema = {
  ...listenSchema,
  description: 'Address and port of the plain HTTP server for /livez, /readyz and /metrics, and /observations of the gateway. Required.',
} as const
export const tlsSchema = {
  type: 'object',
  description: 'Serving certificate. The server reads the files again when they change. Required.',
  required: ['certFile', 'keyFile'],
  properties: {
    certFile: { type: 'string', description: 'PEM file of the certificate, followed by its intermediates. Required.' },
    keyFile: { type: 'string', description: 'PEM file of the private key. Required.' },
  },
} as const
export const kubeconfigSchema = {
  type: 'string',
  description: 'Kubeconfig file for kube-apiserver. Optional. Defaults to the ServiceAccount of the Pod that the server runs in.',
} as const
/** The URL that browsers and programs reach a server by. */
export const publicURLSchema = (description: string) => ({ type: 'string', description, pattern: '^https://[A-Za-z0-9.:\\[\\]-]+$' }) as const
export const secondsSchema = (description: string, { minimum, maximum }: { readonly minimum: number; readonly maximum: number }) =>
  ({ type: 'integer', format: 'int32', description, minimum, maximum }) as const
export const clusterSchema = {
  type: 'string',
  description:
    'Name of this cluster. Policies and grants that name clusters apply here when they name it. Optional. Defaults to none: only policies and grants for all clusters apply.',
} as const
/** The namespace and name of an object of a kind. `description` says what it is for, and whether it is required. */
export const objectNameSchema = (kind: string, description: string) =>
  ({
    type: 'object',
    description,
    required: ['namespace', 'name'],
    properties: {
      namespace: { type: 'string', description: `Namespace of the ${kind}. Required.`, minLength: 1 },
      name: { type: 'string', description: `Name of the ${kind}. Required.`, minLength: 1 },
    },
  }) as const

export type Listen = Of<typeof listenSchema>
export type TlsFiles = Of<typeof tlsSchema>

/** A mistake in the configuration or the flags of a server. The message is for the admin and names the field. */
export class ConfigError extends Error {}

/** The same schema with unknown fields of every object refused. */
function closed(schema: Schema): object {
  if (schema.type === 'array') return { ...schema, items: closed(schema.items) }
  if (schema.type !== 'object' || 'additionalProperties' in schema) return schema
  const properties = Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, closed(property)]))
  return { ...schema, properties, additionalProperties: false }
}

/** One for each schema, since the validator keeps every schema that it has compiled. */
const closedSchemas = new WeakMap<Schema, object>()

function closedOnce(schema: Schema): object {
  const known = closedSchemas.get(schema) ?? closed(schema)
  closedSchemas.set(schema, known)
  return known
}

/**
 * Reads a YAML file that a JSON schema describes.
 * @param schema a constant: it is compiled once and kept
 * @throws ConfigError that names each invalid field
 */
export async function readDocument<T>(file: string, schema: object): Promise<T> {
  let document: unknown
  try {
    document = parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
  const validate = compileSchema<T>('configuration', schema)
  if (!validate(document)) {
    const problems = (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = 'additionalProperty' in params ? ` "${String(params['additionalProperty'])}"` : ''
      return `${instancePath === '' ? '.' : instancePath.replaceAll('/', '.')}: ${message ?? 'is wrong'}${extra}`
    })
    throw new ConfigError(`${file}: ${problems.join('; ')}`)
  }
  return document
}

/**
 * Reads a YAML configuration file. Refuses unknown fields.
 * @throws ConfigError that names each invalid field
 */
export const readConfig = <S extends ObjectSchema>(file: string, schema: S): Promise<Of<S>> => readDocument<Of<S>>(file, closedOnce(schema))
