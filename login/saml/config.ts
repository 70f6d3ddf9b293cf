import type { Of } from '../../domain/api/schema.ts'
import { secondsSchema } from '../../server/config.ts'

const keyPair = (description: string) =>
  ({
    type: 'object',
    description,
    required: ['keyFile', 'certFile'],
    properties: {
      keyFile: { type: 'string', description: 'PEM file of an RSA private key of 2048 bits or more. Required.', minLength: 1 },
      certFile: {
        type: 'string',
        description: 'PEM file of its certificate, which the metadata of this service provider publish. Required.',
        minLength: 1,
      },
    },
  }) as const

const url = (description: string) => ({ type: 'string', description, pattern: '^https://[^\\s]+$', maxLength: 2048 }) as const

/** A SAML 2.0 identity provider as an upstream of login. */
export const samlSchema = {
  type: 'object',
  description:
    'A SAML 2.0 identity provider. Its responses and its assertions must both be signed. Optional. Defaults to none: the entry is of another type.',
  required: ['identityProvider', 'signing'],
  properties: {
    entityID: {
      type: 'string',
      description: 'Entity ID of this service provider. Optional. Defaults to the URL of its metadata, https://LOGIN/upstream/ID/metadata.',
      minLength: 1,
      maxLength: 1024,
    },
    identityProvider: {
      type: 'object',
      description: 'The identity provider. Required.',
      required: ['entityID', 'metadata'],
      properties: {
        entityID: {
          type: 'string',
          description: 'Entity ID of the identity provider. Nothing is accepted from another one. Required.',
          minLength: 1,
          maxLength: 1024,
        },
        metadata: {
          type: 'object',
          description: 'Where its certificates and addresses come from: give `url` or `file`. Required.',
          properties: {
            url: url('HTTPS URL of the metadata. Redirects are not followed. Optional. Defaults to none: `file` is read.'),
            file: { type: 'string', description: 'File with the metadata. Optional. Defaults to none: `url` is read.', minLength: 1 },
            caFile: { type: 'string', description: 'PEM file of the CA of the URL. Optional. Defaults to the CAs of the system.' },
            certFile: {
              type: 'string',
              description:
                'PEM file of the certificate that signs the metadata; metadata without its signature are refused then. Optional. Defaults to none: HTTPS, or the file, vouches for them.',
            },
            refreshSeconds: secondsSchema('How often the metadata are read again, in seconds. Optional. Defaults to 3600.', {
              minimum: 60,
              maximum: 86_400,
            }),
          },
        },
      },
    },
    signing: keyPair('Key that signs requests. Required.'),
    nextSigningCertFiles: {
      type: 'array',
      description: 'PEM files of certificates that will sign requests later, so that the metadata announce them before. Optional. Defaults to none.',
      maxItems: 4,
      items: { type: 'string', description: 'A PEM file.', minLength: 1 },
    },
    decryption: {
      type: 'array',
      description:
        'Keys that decrypt assertions; each of them is tried. The metadata publish the first. Optional. Defaults to none: encrypted assertions are refused.',
      maxItems: 4,
      items: keyPair('A key.'),
    },
    encryptedOnly: { type: 'boolean', description: 'Whether assertions that are not encrypted are refused. Optional. Defaults to false.' },
    requestBinding: {
      type: 'string',
      description: 'How requests are sent. Optional. Defaults to Redirect if the identity provider accepts it, else POST.',
      enum: ['Redirect', 'POST'],
    },
    nameIDFormat: {
      type: 'string',
      description: 'Format of NameID to ask for. Optional. Defaults to none: the identity provider chooses.',
      minLength: 1,
      maxLength: 256,
    },
    nameAttribute: {
      type: 'string',
      description: 'Attribute with the name of the person. Optional. Defaults to none: NameID is the name.',
      minLength: 1,
      maxLength: 256,
    },
    groupsAttribute: {
      type: 'string',
      description: 'Attribute with the groups of the person. Optional. Defaults to `groups`.',
      minLength: 1,
      maxLength: 256,
    },
    clockSkewSeconds: secondsSchema('How far the clock of the identity provider may be off, in seconds. Optional. Defaults to 60.', {
      minimum: 0,
      maximum: 300,
    }),
    maxAgeSeconds: secondsSchema('How old a response or an assertion may be, in seconds, whatever it says itself. Optional. Defaults to 300.', {
      minimum: 30,
      maximum: 3600,
    }),
    unsolicitedURL: url(
      'Where a response goes that nobody here asked for, for example the console, which then starts another sign-in. Such a response does not sign in anybody. Optional. Defaults to none: it is refused.',
    ),
    exchange: {
      type: 'object',
      description:
        'Lets agents present assertions of this identity provider to the token endpoint. Optional. Defaults to none: no assertion is accepted there.',
      required: ['recipient'],
      properties: {
        recipient: url('URL of the token endpoint, which an assertion must name as its recipient. Required.'),
        audiences: {
          type: 'array',
          description: 'Audiences of which an assertion must name one. Optional. Defaults to the recipient.',
          minItems: 1,
          maxItems: 8,
          items: { type: 'string', description: 'An audience.', minLength: 1, maxLength: 1024 },
        },
      },
    },
  },
} as const

export type SamlConfig = Of<typeof samlSchema>

export const SAML_DEFAULTS = { refreshSeconds: 3600, clockSkewSeconds: 60, maxAgeSeconds: 300, groupsAttribute: 'groups' } as const
