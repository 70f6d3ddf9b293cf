import type { Action } from '../metrics.ts'
import type { SignedInRequest } from './signed-in.ts'

/** Does what a form asks for. Returns the page to go on with, or nothing when it has sent a page itself. */
export type Act = (call: SignedInRequest) => Promise<string | undefined>
export type ActionRoute = { readonly action: Action; readonly path: string; readonly act: Act }
