/** The media type of a JSON Patch (RFC 6902). */
export const JSON_PATCH = 'application/json-patch+json'

/** The media type without parameters, in lower case. Empty if there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}
