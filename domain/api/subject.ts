export const subjectSchema = {
  type: 'object',
  description: 'A subject as RBAC names it.',
  required: ['kind', 'name'],
  properties: {
    kind: { type: 'string', enum: ['User', 'Group', 'ServiceAccount'], description: 'Kind of the subject. Required.' },
    name: {
      type: 'string',
      description: 'Name of the subject. Users and groups of a token issuer include the prefix of the issuer. Required.',
      minLength: 1,
      maxLength: 1024,
    },
    namespace: { type: 'string', description: 'Namespace of a ServiceAccount; required there, refused elsewhere.', maxLength: 63 },
  },
} as const
