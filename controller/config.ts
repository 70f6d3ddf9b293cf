import type { Of } from '../domain/api/schema.ts'
import { adminSchema, ConfigError, clusterSchema, kubeconfigSchema, objectNameSchema, readConfig } from '../server/config.ts'

export const controllerConfigSchema = {
  type: 'object',
  description: 'Configuration of the controller.',
  required: ['admin', 'lease', 'configuration'],
  properties: {
    admin: adminSchema,
    kubeconfig: kubeconfigSchema,
    cluster: clusterSchema,
    lease: objectNameSchema(
      'Lease',
      'Lease by which the replicas elect the one that works. Required. The controller does not create it: the Lease is part of the installation.',
    ),
    impersonator: objectNameSchema(
      'ServiceAccount',
      'ServiceAccount as which the gateway forwards requests, to check what it may impersonate. The same as in the configuration of the gateway. Optional. Defaults to none: then the conditions Impersonable and Ready of policies stay Unknown, as for a gateway with impersonatorKubeconfig.',
    ),
    gateway: {
      type: 'object',
      description:
        'The gateway whose observations the controller reads. Optional. Defaults to none: then the status of policies does not report conditions that are too expensive, and reports RBAC that was removed a minute later.',
      required: ['adminURL'],
      properties: {
        adminURL: { type: 'string', description: 'URL of the admin port of the gateway. Required.', pattern: '^https?://' },
      },
    },
    configuration: {
      type: 'string',
      description: 'Name of the ValidatingWebhookConfiguration whose matchConditions the controller updates when policies change. Required.',
      minLength: 1,
    },
    notifications: {
      type: 'object',
      description:
        'How the channels of policies are notified about requests, suspensions and policies. Optional. Defaults to the default of each field.',
      properties: {
        consoleURL: {
          type: 'string',
          description: 'URL of the console that messages link to. Optional. Defaults to none: messages name a command.',
          pattern: '^https?://[!-~]+$',
        },
        slackURL: {
          type: 'string',
          description: 'Base URL of the Web API of Slack. It gets the bot token. Optional. Defaults to https://slack.com/api.',
          pattern: '^https?://[!-~]+$',
        },
        secretsNamespace: {
          type: 'string',
          description: 'Namespace of the Secrets that channels name. Optional. Defaults to the namespace of the Lease.',
          minLength: 1,
        },
        insecureReceivers: {
          type: 'boolean',
          description:
            'Whether receivers may have an http URL, or a loopback or link-local address. For development and tests only. Optional. Defaults to false.',
        },
      },
    },
    governed: objectNameSchema(
      'ConfigMap',
      'ConfigMap that lists the subjects of all policies for the ValidatingAdmissionPolicy jit-access-never. The controller updates it when policies change. Optional. Defaults to none.',
    ),
  },
} as const

export type ControllerConfig = Of<typeof controllerConfigSchema>

/** @throws ConfigError, which does not repeat the URL, since it could hold a password */
export async function readControllerConfig(file: string): Promise<ControllerConfig> {
  const config = await readConfig(file, controllerConfigSchema)
  const url = config.gateway === undefined ? undefined : URL.parse(config.gateway.adminURL)
  if (url === null) throw new ConfigError(`${file}: .gateway.adminURL: is not a URL`)
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    throw new ConfigError(`${file}: .gateway.adminURL: must not have a user or a password`)
  return config
}
