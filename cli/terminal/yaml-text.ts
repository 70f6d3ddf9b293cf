import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'

const load = createRequire(import.meta.url)

/** The YAML of a value. Loads the library only here: it takes longer to load than the rest of most commands. */
export const yamlOf = (value: unknown): string => (load('yaml') as typeof Yaml).stringify(value, { aliasDuplicateObjects: false })
