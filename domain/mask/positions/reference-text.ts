/**
 * Whether a text looks like what stands in a structural position: a name, a path of fields, an image, a time, an address. What has
 * other characters (`p@ss w0rd!`, base64 with `+` and `=`, a URL with a password) is masked there too. NOT told apart: a secret of
 * letters and digits alone under a structural name.
 */

/** Names of DNS, RBAC and environment, groups with a slash, versions, `spec.containers{web}`. */
const NAME = /^[\w.:*-][\w.:/*[\]{}-]{0,252}$/
/** `registry:5000/team/app:v1@sha256:…`, `containerd://…`, `docker-pullable://…`: `@` stands before a digest only, never behind a user. */
const IMAGE = /^(?:[a-z][a-z-]{0,30}:\/\/)?[\w.-][\w.:/-]{0,510}(?:@sha(?:256|512):[0-9a-f]{32,128})?$/
const HASH = /^[A-Za-z0-9+/]{11}=$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:\/\d{1,3})?)$/
/** In a Table's cell several may stand: `app=web,tier=front`, `web:1,sidecar:2`, `3 pods`. */
const LIST = /^[\w.:*=!@-][\w.:/*[\]{}=!@, ()-]{0,1023}$/
/** No second colon: then any text takes linear time. */
const USERINFO = /:[^/:]*@(?!sha(?:256|512):)/

/** No longer text looks like one. */
export const MAX_REFERENCE = 1024

export function looksLikeName(text: string): boolean {
  return NAME.test(text) || IMAGE.test(text) || HASH.test(text)
}

/** Of any field: a moment or an address is no secret. */
export function tellsNothing(text: string): boolean {
  return TIME.test(text) || ADDRESS.test(text)
}

export function looksLikeCell(text: string): boolean {
  return text.length <= MAX_REFERENCE && LIST.test(text) && !USERINFO.test(text)
}
