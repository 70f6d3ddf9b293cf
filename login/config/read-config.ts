import { ConfigError, readConfig } from '../../server/config.ts'
import { loginConfigSchema, type LoginConfig } from './config.ts'
import { problemsOf } from './config-problems.ts'

/** @throws ConfigError that names each invalid field */
export async function readLoginConfig(file: string): Promise<LoginConfig> {
  const config = await readConfig(file, loginConfigSchema)
  const problems = problemsOf(config)
  if (problems.length > 0) throw new ConfigError(`${file}: ${problems.join('; ')}`)
  return config
}
