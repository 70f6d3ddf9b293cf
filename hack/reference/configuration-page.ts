import { apiserverConfigSchema } from '../../apiserver/config.ts'
import { standbyConfigSchema } from '../../apiserver/standby/config.ts'
import { controllerConfigSchema } from '../../controller/config.ts'
import { loginConfigSchema } from '../../login/config/config.ts'
import { consoleConfigSchema } from '../../console/config.ts'
import type { ObjectSchema } from '../../domain/api/schema.ts'
import { issuerConfigSchema } from '../../gateway/authenticate/issuer-config.ts'
import { gatewayConfigSchema } from '../../gateway/config.ts'
import { webhookConfigSchema } from '../../webhook/config.ts'
import { fieldsOf } from './schema-fields.ts'
import { fieldTable, NOTE } from './markdown.ts'

type Section = { readonly heading: string; readonly where: string; readonly schema: ObjectSchema }

const SECTIONS: readonly Section[] = [
  { heading: 'gateway', where: 'ConfigMap `jit-gateway`', schema: gatewayConfigSchema },
  {
    heading: 'token issuers of the gateway',
    where: 'ConfigMap `gateway-issuers`, which you create: one YAML file for each issuer, in `issuersDir` of the gateway',
    schema: issuerConfigSchema,
  },
  { heading: 'apiserver', where: 'ConfigMap `jit-apiserver`', schema: apiserverConfigSchema },
  { heading: 'standby of the apiserver', where: 'ConfigMap `jit-apiserver-standby`', schema: standbyConfigSchema },
  { heading: 'webhook', where: 'ConfigMap `jit-webhook`', schema: webhookConfigSchema },
  { heading: 'controller', where: 'ConfigMap `jit-controller`', schema: controllerConfigSchema },
  { heading: 'console', where: 'ConfigMap `jit-console`', schema: consoleConfigSchema },
  { heading: 'login', where: 'ConfigMap `jit-login`', schema: loginConfigSchema },
]

/** docs/reference/configuration.md: every field of the configuration files of the servers. */
export function configurationPage(): string {
  return [
    '# Configuration reference',
    NOTE,
    'Each server reads one YAML file, `--config FILE`, when it starts. An unknown field or a wrong value stops it, and the message names the field. `kustomize/base/config` has the files that are shipped.',
    ...SECTIONS.flatMap(({ heading, where, schema }) => [
      `## ${heading}`,
      `${schema.description} It is in the ${where}.`,
      fieldTable(fieldsOf(schema, '')),
    ]),
  ].join('\n\n')
}
