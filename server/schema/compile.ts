import { Ajv, type ValidateFunction } from 'ajv'

/** RFC 3339, as metav1.Time writes it. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Largest value of the format `int32`. Smaller values than an int32 can have are left to `minimum`. */
export const MAX_INT32 = 2_147_483_647

const formats = {
  'date-time': { type: 'string', validate: (text: string) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)) },
  int32: { type: 'number', validate: (value: number) => Number.isSafeInteger(value) && value <= MAX_INT32 },
  int64: { type: 'number', validate: Number.isSafeInteger },
} as const

/**
 * The one validator of configuration and kinds. It is strict: a schema with an unknown keyword, a bound without its type or a required field without a
 * definition does not compile. It never changes what it validates: no conversion of types, no defaults.
 */
const create = (options: { readonly allErrors: boolean; readonly validateFormats: boolean }): Ajv =>
  new Ajv({
    ...options,
    strict: true,
    verbose: true,
    ownProperties: true,
    formats,
    // Lengths are UTF-16 code units, as in JavaScript. The gateway cuts texts to the limits of their fields by the same unit.
    unicode: false,
    // They describe lists for server-side apply.
    keywords: ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
    // A problem of a schema is thrown. The other messages are about deprecated options.
    logger: false,
  })

const VALIDATORS = {
  /** Every error of a value. The number of errors is bounded only by the size of the value. */
  'all-errors': create({ allErrors: true, validateFormats: true }),
  /** At most one error. */
  'first-error': create({ allErrors: false, validateFormats: true }),
  /** Every error of a configuration file. Formats only state the width of an integer there; a limit may be larger, to have no effect. */
  configuration: create({ allErrors: true, validateFormats: false }),
} as const

/**
 * A compiled schema, which is kept for the life of the process. `schema` must therefore be a constant, and nothing that a request contains.
 * @throws Error if the schema is not a strict JSON schema
 */
export const compileSchema = <T>(mode: keyof typeof VALIDATORS, schema: object): ValidateFunction<T> => VALIDATORS[mode].compile<T>(schema)
