import { breakGlassSchema } from './break-glass/break-glass-fields.ts'
import { conditionsSchema } from './conditions.ts'
import { GAIN_PATTERN } from './gain.ts'
import { usesByClassSchema } from './rules.ts'
import type { Resource } from './object-meta.ts'
import { autoApproveSchema } from './approvals/auto-approve.ts'
import { approvalGroupsSchema, requiredByRiskSchema } from './approvals/policy-approvals.ts'
import { approvalWindowsSchema } from './approvals/windows.ts'
import { deliveriesSchema, notificationsSchema } from './notifications/notification.ts'
import type { Of } from './schema.ts'
import { passkeyPolicySchema } from './passkeys/passkey-policy.ts'
import { subjectSchema } from './subject.ts'
import { transferPolicySchema } from './transfers/transfer.ts'

const words = (description: string) =>
  ({ type: 'array', description, items: { type: 'string', description: 'One value.', maxLength: 512 }, maxItems: 256 }) as const
const seconds = (description: string) => ({ type: 'integer', format: 'int32', description, minimum: 1, maximum: 604800 }) as const

const matchSchema = {
  type: 'object',
  description:
    'Requests that the rule applies to. A request matches when it matches every field. A rule that is stricter than Allow also applies to requests that show or change the same objects in another way; see each field. Optional. Defaults to the default of each field.',
  properties: {
    verbs: words(
      'Kubernetes verbs, or "*". In a rule that is stricter than Allow, get also means list and watch, list also means watch, delete also means deletecollection and evictions, and update and patch mean each other. Optional. Defaults to every verb.',
    ),
    apiGroups: words('API groups, "" for the core group, or "*". Optional. Defaults to every group.'),
    resources: words('Plural resource names without subresource, or "*". Optional. Defaults to every resource.'),
    subresources: words(
      'Subresources, "" for the resource itself, or "*". Optional. Defaults to the resource itself alone in a rule that allows, and to the resource with all its subresources in a stricter rule. Where a condition reads object, the default is the resource itself in both.',
    ),
    namespaces: words(
      'Namespaces, "" for cluster-scoped requests, or "*". A rule that is stricter than Allow also matches requests for the objects of all namespaces at once, and lists of the Namespace objects; a rule that allows matches those only without this field or with "*". Optional. Defaults to every namespace and cluster-scoped requests.',
    ),
    names: words(
      'Object names, or "*" for every name. A rule that is stricter than Allow also matches list, watch and deletecollection, which may show or change the named object, unless a field selector on metadata.name names another, requests to a port of the named pod or Service by proxy, and a create whose body names it. An Allow rule with names allows no create. Optional. Defaults to every name and requests without one.',
    ),
    gains: {
      type: 'array',
      description:
        'Powers that a write gives to a workload, as Privileged or Secret=db, a kind alone for all of its details, or "*"; docs/reference/gains.md lists them. A rule that allows or requires a grant applies to such a write only when it names each of its gains; a stricter rule applies when it names one of them. A rule with this field applies to no other request. Optional. Defaults to requests without gains in a rule that allows or requires a grant, and to all requests in a stricter rule.',
      items: { type: 'string', description: 'One power.', pattern: `${GAIN_PATTERN}|^[*]$`, maxLength: 512 },
      minItems: 1,
      maxItems: 256,
    },
    nonResourceURLs: words(
      'Paths such as /version, with a final * for a prefix. Cannot be used with the fields that name resources. Optional. Defaults to none: the rule applies only to resources.',
    ),
    condition: {
      type: 'string',
      description:
        'CEL expression over request, object, oldObject and user that must also be true; docs/reference/conditions.md lists the variables. A condition that fails refuses the request as an error. Optional. Defaults to no condition.',
      maxLength: 4096,
    },
  },
} as const

const ruleSchema = {
  type: 'object',
  description:
    'What happens to matching requests. The first rule that names a request decides; an earlier rule that applies to the request without naming it can only make the decision stricter.',
  required: ['name', 'effect'],
  properties: {
    name: { type: 'string', description: 'Name of the rule, for refusals and records. Required.', minLength: 1, maxLength: 63 },
    match: matchSchema,
    effect: {
      type: 'string',
      enum: ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'],
      description:
        'Allow: the request is forwarded and its response masked. RequireGrant: a live grant must cover it. RequireApproval: the exact operation needs an approval. Deny: refused, and no approval can allow it. Required.',
    },
    risk: {
      type: 'string',
      enum: ['Low', 'Medium', 'High', 'Critical'],
      description: 'Risk that approvers see. Optional. Defaults to the risk of the classification.',
    },
  },
} as const

const hiddenFieldsSchema = {
  type: 'object',
  description: 'Fields of some resources.',
  required: ['resources', 'paths'],
  properties: {
    apiGroups: words('API groups, "" for the core group, or "*". Optional. Defaults to the core group.'),
    resources: words('Plural resource names, or "*". Their subresources are included. Required.'),
    paths: {
      type: 'array',
      description: 'Paths of fields; a field is hidden with everything below it. Required.',
      items: {
        type: 'string',
        description:
          'Path such as .spec.containers[*].env[*].value: .name or ["any name"] for a field, .* for every field, [*] for every element of a list.',
        pattern: '^(\\.[A-Za-z0-9_-]+|\\.\\*|\\["[^"\\\\]+"\\]|\\[\\*\\])+$',
        maxLength: 512,
      },
      minItems: 1,
      maxItems: 64,
    },
  },
} as const

const exemptionSchema = {
  type: 'object',
  description: 'Keys of one Secret.',
  required: ['namespace', 'secret', 'keys'],
  properties: {
    namespace: { type: 'string', description: 'Namespace of the Secret. Required.', minLength: 1, maxLength: 63 },
    secret: { type: 'string', description: 'Name of the Secret. Required.', minLength: 1, maxLength: 253 },
    keys: {
      type: 'array',
      description: 'Keys of the Secret, each by its name. Required.',
      items: { type: 'string', description: 'A key.', minLength: 1, maxLength: 253 },
      minItems: 1,
      maxItems: 256,
    },
  },
} as const

export const accessPolicySpecSchema = {
  type: 'object',
  description: 'What a group of agents may do.',
  required: ['subjects'],
  properties: {
    subjects: {
      type: 'array',
      description: 'Users, groups and ServiceAccounts that the policy governs. Required.',
      items: subjectSchema,
      minItems: 1,
      maxItems: 256,
    },
    clusters: words('Names of the clusters that the policy applies to. Optional. Defaults to all clusters.'),
    mode: {
      type: 'string',
      enum: ['Enforce', 'Shadow'],
      description:
        'Enforce applies the rules. Shadow evaluates them, and warns, annotates and counts, but refuses nothing. Optional. Defaults to Enforce.',
    },
    rules: {
      type: 'array',
      description:
        'Rules in order; the first that matches a request decides. A request that no rule matches follows the defaults: reads are allowed, writes need a grant, and exec and similar operations need an approval. Optional. Defaults to no rules.',
      items: ruleSchema,
      maxItems: 256,
    },
    requests: {
      type: 'object',
      description: 'Limits of AccessRequests. Optional. Defaults to the default of each field.',
      properties: {
        maxDurationSeconds: seconds('Maximum lifetime of a grant, in seconds. Optional. Defaults to 3600.'),
        maxTotalSeconds: seconds(
          'Maximum time from the start of a grant to its end, with all extensions, in seconds. When several policies govern the requester, the lowest value applies. Optional. Defaults to no limit: each extension needs its own approvals, and ends at most maxDurationSeconds after them.',
        ),
        transfer: transferPolicySchema,
        defaultDurationSeconds: seconds('Lifetime of a grant whose request sets none, in seconds. Optional. Defaults to 600.'),
        maxLeadSeconds: seconds(
          'How far ahead a request may schedule the start of its grant (spec.notBefore), in seconds. When several policies govern the requester, the lowest value applies. Optional. Defaults to 604800.',
        ),
        idleSeconds: {
          type: 'integer',
          format: 'int32',
          description:
            'Time without a use after which a grant ends, in seconds. A response that still runs keeps its grant. When several policies govern the requester, the lowest value applies. Optional. Defaults to no limit.',
          minimum: 60,
          maximum: 604800,
        },
        maxUses: {
          type: 'integer',
          format: 'int32',
          description: 'Maximum number of requests that a grant covers. Optional. Defaults to no limit: the grant ends by time alone.',
          minimum: 1,
          maximum: 100000,
        },
        maxUsesByClass: usesByClassSchema(
          'Maximum number of requests of each class that a grant covers. When several policies govern the requester, the lowest value of each class applies. Optional. Defaults to no limit by class.',
        ),
        maxPending: {
          type: 'integer',
          format: 'int32',
          description:
            'Undecided requests that one requester may have at once, held operations included. The server answers one more with 429. When several policies govern the requester, the lowest value applies. Optional. Defaults to 30.',
          minimum: 1,
          maximum: 500,
        },
        perHour: {
          type: 'integer',
          format: 'int32',
          description:
            'Requests that one requester may create in an hour, held operations included. The server answers one more with 429. When several policies govern the requester, the lowest value applies. Optional. Defaults to 120.',
          minimum: 1,
          maximum: 3600,
        },
        pendingTTLSeconds: seconds(
          'How long an undecided request stays open, in seconds. It applies to held operations too. Optional. Defaults to 3600.',
        ),
        reason: {
          type: 'object',
          description: 'Requirements for the reason of a request. Optional. Defaults to none.',
          properties: {
            required: { type: 'boolean', description: 'Whether a request must give a reason. Optional. Defaults to false.' },
            pattern: {
              type: 'string',
              description: 'Regular expression (RE2 syntax) that the reason must match. Optional. Defaults to any reason.',
              maxLength: 512,
            },
          },
        },
        ticketPattern: {
          type: 'string',
          description:
            'Regular expression (RE2 syntax) that the ticket must match. With it, a request must give a ticket. Optional. Defaults to any ticket or none.',
          maxLength: 512,
        },
      },
    },
    approvals: {
      type: 'object',
      description: 'Who must approve a request. Optional. Defaults to one approver.',
      properties: {
        required: {
          type: 'integer',
          format: 'int32',
          description: 'Number of distinct users that must approve. Optional. Defaults to 1.',
          minimum: 1,
          maximum: 10,
        },
        requiredByRisk: requiredByRiskSchema,
        groups: approvalGroupsSchema,
        autoApprove: autoApproveSchema,
        windows: approvalWindowsSchema,
        breakGlass: breakGlassSchema,
        passkey: passkeyPolicySchema,
      },
    },
    hold: {
      type: 'object',
      description: 'How long the gateway holds an operation that needs an approval. Optional. Defaults to the default of each field.',
      properties: {
        timeoutSeconds: seconds(
          'How long the client of a held operation waits, in seconds, before the gateway refuses it. The request stays open for requests.pendingTTLSeconds: when it is approved in that time, the same operation goes through once. Optional. Defaults to 300.',
        ),
      },
    },
    notifications: notificationsSchema,
    masking: {
      type: 'object',
      description:
        'What is hidden in addition to Secrets and the known values of Secrets, which are always hidden. Optional. Defaults to the default of each field.',
      properties: {
        fields: {
          type: 'array',
          description: 'Fields of objects that are hidden. The columns of a Table are not searched for them. Optional. Defaults to none.',
          items: hiddenFieldsSchema,
          maxItems: 64,
        },
        exempt: {
          type: 'array',
          description:
            'Values that are not searched for outside of their own Secret, such as a user name or a host that agents need to read. In the Secret itself they stay hidden; only a reveal shows them. When several policies govern the agent, a value is exempt only when each of them exempts it. A value that another Secret holds too stays hidden unless its key there is exempt as well. Optional. Defaults to none.',
          items: exemptionSchema,
          maxItems: 256,
        },
        tokenPatterns: {
          type: 'boolean',
          description:
            'Whether the gateway hides tokens that it recognizes by their form, such as JWTs, private keys and tokens of well-known services. When several policies govern the agent, all must say false to turn it off. Optional. Defaults to true.',
        },
      },
    },
    tokenGroups: words('Groups of the token that the gateway passes on as Kubernetes groups. Optional. Defaults to none.'),
  },
} as const

export const accessPolicyStatusSchema = {
  type: 'object',
  description: 'Whether the policy can work.',
  properties: { conditions: conditionsSchema, notifications: deliveriesSchema },
} as const

export type AccessPolicySpec = Of<typeof accessPolicySpecSchema>
export type AccessPolicyStatus = Of<typeof accessPolicyStatusSchema>
export type AccessPolicy = Resource<AccessPolicySpec, AccessPolicyStatus>
export type PolicyRule = NonNullable<AccessPolicySpec['rules']>[number]
export type Exemption = NonNullable<NonNullable<AccessPolicySpec['masking']>['exempt']>[number]
export type PolicySubject = AccessPolicySpec['subjects'][number]
export type Effect = PolicyRule['effect']
export type Risk = NonNullable<PolicyRule['risk']>
