import type { Of } from '../domain/api/schema.ts'
import { adminSchema, clusterSchema, kubeconfigSchema, objectNameSchema, readConfig } from '../server/config.ts'

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
      'ServiceAccount as which the gateway forwards requests, to check what it may impersonate. The same as in the configuration of the gateway. Optional. Defaults to none: then the status of policies does not say whether the gateway can act for their agents.',
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
    governed: objectNameSchema(
      'ConfigMap',
      'ConfigMap that lists the subjects of all policies for the ValidatingAdmissionPolicy jit-access-never. The controller updates it when policies change. Optional. Defaults to none.',
    ),
  },
} as const

export type ControllerConfig = Of<typeof controllerConfigSchema>

export const readControllerConfig = (file: string): Promise<ControllerConfig> => readConfig(file, controllerConfigSchema)
