import { conditionsSchema } from './conditions.ts'
import { GAIN_PATTERN } from './gain.ts'
import type { Resource } from './object-meta.ts'
import type { Of } from './schema.ts'

const words = (description: string) =>
  ({ type: 'array', description, items: { type: 'string', description: 'One value.', maxLength: 512 }, maxItems: 256 }) as const
const seconds = (description: string) => ({ type: 'integer', format: 'int32', description, minimum: 1, maximum: 604800 }) as const

const subjectSchema = {
  type: 'object',
  description: 'A subject as RBAC names it.',
  required: ['kind', 'name'],
  properties: {
    kind: { type: 'string', enum: ['User', 'Group', 'ServiceAccount'], description: 'What the name is of. Required.' },
    name: {
      type: 'string',
      description: 'Name. For users and groups of a token issuer with the prefix of the issuer. Required.',
      minLength: 1,
      maxLength: 1024,
    },
    namespace: { type: 'string', description: 'Namespace of a ServiceAccount; required there, refused elsewhere.', maxLength: 63 },
  },
} as const

const matchSchema = {
  type: 'object',
  description:
    'Which requests the rule is about. A request matches when every field matches it. A rule that is stricter than Allow is also about requests that show or change the same objects in another way: see each field.',
  properties: {
    verbs: words(
      'Kubernetes verbs, or "*". In a rule that is stricter than Allow, get also means list and watch, list also means watch, delete also means deletecollection, and update and patch mean each other. Optional. Defaults to every verb.',
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
      'Object names, or "*" for every name. A rule that is stricter than Allow also matches list, watch and deletecollection, which may show or change the named object, unless a field selector on metadata.name names another. Optional. Defaults to every name and requests without one.',
    ),
    gains: {
      type: 'array',
      description:
        'Powers that a write gives to a workload, as Privileged or Secret=db, a kind alone for all of its details, or "*"; docs/reference/gains.md lists them. A rule that allows or requires a grant is about such a write only when it names each of its gains; a stricter rule when it names one of them. A rule with this field is about no other request. Optional. Defaults to requests without gains in a rule that allows or requires a grant, and to all requests in a stricter rule.',
      items: { type: 'string', description: 'One power.', pattern: `${GAIN_PATTERN}|^[*]$`, maxLength: 512 },
      minItems: 1,
      maxItems: 256,
    },
    nonResourceURLs: words(
      'Paths such as /version, with a final * for a prefix. Cannot be used with the fields that name resources. Optional. Defaults to none: the rule is about resources alone.',
    ),
    condition: {
      type: 'string',
      description:
        'CEL over request, object, oldObject and user that must be true too; docs/reference/conditions.md lists the variables. A condition that fails refuses the request as an error. Optional. Defaults to no further condition.',
      maxLength: 4096,
    },
  },
} as const

const ruleSchema = {
  type: 'object',
  description:
    'What happens to the requests that match. The first rule that names a request decides; a rule before it that is about the request without naming it can only make that stricter.',
  required: ['name', 'effect'],
  properties: {
    name: { type: 'string', description: 'Name of the rule, for refusals and records. Required.', minLength: 1, maxLength: 63 },
    match: matchSchema,
    effect: {
      type: 'string',
      enum: ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'],
      description:
        'Allow: forwarded, masked. RequireGrant: a live grant must cover it. RequireApproval: this very operation needs its own approval. Deny: no approval helps. Required.',
    },
    risk: {
      type: 'string',
      enum: ['Low', 'Medium', 'High', 'Critical'],
      description: 'How bad a mistake would be, for approvers. Optional. Defaults to the risk that the classification gives.',
    },
  },
} as const

const hiddenFieldsSchema = {
  type: 'object',
  description: 'Fields of some resources.',
  required: ['resources', 'paths'],
  properties: {
    apiGroups: words('API groups, "" for the core group, or "*". Left out: the core group.'),
    resources: words('Plural resource names, or "*". Their subresources are meant too. Required.'),
    paths: {
      type: 'array',
      description: 'Paths of fields; everything below one is hidden. Required.',
      items: {
        type: 'string',
        description: 'As .spec.containers[*].env[*].value: .name or ["any name"], .* for every field, [*] for every element of a list.',
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
    subjects: { type: 'array', description: 'Whom the policy governs. Required.', items: subjectSchema, minItems: 1, maxItems: 256 },
    clusters: words('Clusters that it holds in. Left out: all.'),
    mode: {
      type: 'string',
      enum: ['Enforce', 'Shadow'],
      description: 'Shadow decides, warns, annotates and counts, and refuses nothing. Left out: Enforce.',
    },
    rules: {
      type: 'array',
      description:
        'First match wins. What no rule names: reads are allowed, writes need a grant, exec and the like an approval. Left out: only that.',
      items: ruleSchema,
      maxItems: 256,
    },
    requests: {
      type: 'object',
      description: 'Limits of what may be asked for. Left out: the limits of each field.',
      properties: {
        maxDurationSeconds: seconds('Longest life of a grant, in seconds. Left out: 3600.'),
        defaultDurationSeconds: seconds('Life of a grant whose request names none, in seconds. Left out: 600.'),
        maxUses: { type: 'integer', format: 'int32', description: 'Most uses of a grant. Left out: no limit but time.', minimum: 1, maximum: 100000 },
        maxPending: {
          type: 'integer',
          format: 'int32',
          description:
            'Undecided requests that one requester may have at once, held operations among them; one more is refused with 429. Where several policies govern it, the least counts. Optional. Defaults to 30.',
          minimum: 1,
          maximum: 500,
        },
        perHour: {
          type: 'integer',
          format: 'int32',
          description:
            'Requests that one requester may make in an hour, held operations among them; one more is refused with 429. Where several policies govern it, the least counts. Optional. Defaults to 120.',
          minimum: 1,
          maximum: 3600,
        },
        pendingTTLSeconds: seconds('How long an undecided request waits, in seconds; that of a held operation too. Optional. Defaults to 3600.'),
        reason: {
          type: 'object',
          description: 'What is expected of the reason. Left out: none is needed.',
          properties: {
            required: { type: 'boolean', description: 'Whether one must be given. Left out: no.' },
            pattern: {
              type: 'string',
              description: 'Regular expression that it must match, linear-time syntax only. Left out: any.',
              maxLength: 512,
            },
          },
        },
        ticketPattern: {
          type: 'string',
          description: 'Regular expression that the ticket must match; then one must be given. Left out: any or none.',
          maxLength: 512,
        },
      },
    },
    approvals: {
      type: 'object',
      description: 'Who must agree. Left out: one approver.',
      properties: {
        required: { type: 'integer', format: 'int32', description: 'Distinct humans that must approve. Left out: 1.', minimum: 1, maximum: 10 },
      },
    },
    hold: {
      type: 'object',
      description: 'How long an operation waits at the gateway. Optional. Defaults to 300 seconds.',
      properties: {
        timeoutSeconds: seconds(
          'Seconds until the client of a held operation is refused. Its request stays open for requests.pendingTTLSeconds: the same operation goes through once when it was approved meanwhile. Optional. Defaults to 300.',
        ),
      },
    },
    masking: {
      type: 'object',
      description: 'What is hidden besides Secrets and the known values of Secrets, which always are. Left out: well-known tokens.',
      properties: {
        fields: {
          type: 'array',
          description: 'Fields that are hidden in objects. Tables print what their columns say and are not searched for them. Left out: none.',
          items: hiddenFieldsSchema,
          maxItems: 64,
        },
        exempt: {
          type: 'array',
          description:
            'Values that are not searched for outside of their own Secret, such as a user name or a host that agents need to read. In the Secret itself they stay hidden: a reveal is the way to read them. With several policies: a value is exempt only when each of them exempts it. A value that another Secret holds too stays hidden unless its key there is exempt as well. Optional. Defaults to none.',
          items: exemptionSchema,
          maxItems: 256,
        },
        tokenPatterns: {
          type: 'boolean',
          description:
            'Whether tokens that show their kind by their form (JWTs, private keys, tokens of well-known services) are hidden in everything that is read. With several policies: unless all say false. Left out: yes.',
        },
      },
    },
    tokenGroups: words('Groups of the token that become Kubernetes groups. Left out: none.'),
  },
} as const

export const accessPolicyStatusSchema = {
  type: 'object',
  description: 'Whether the policy can work.',
  properties: { conditions: conditionsSchema },
} as const

export type AccessPolicySpec = Of<typeof accessPolicySpecSchema>
export type AccessPolicyStatus = Of<typeof accessPolicyStatusSchema>
export type AccessPolicy = Resource<AccessPolicySpec, AccessPolicyStatus>
export type PolicyRule = NonNullable<AccessPolicySpec['rules']>[number]
export type Exemption = NonNullable<NonNullable<AccessPolicySpec['masking']>['exempt']>[number]
export type PolicySubject = AccessPolicySpec['subjects'][number]
export type Effect = PolicyRule['effect']
export type Risk = NonNullable<PolicyRule['risk']>
