import type { RequestHandler } from 'express'
import type { Action } from '../metrics.ts'
import type { SignedInRequest } from './signed-in.ts'

/** Does what a form asks for. Returns the page to open next, or nothing when it has sent a page itself. */
export type Act = (call: SignedInRequest) => Promise<string | undefined>
/** `read`: reads the body of the form. Optional. Defaults to that of short forms. */
export type ActionRoute = { readonly action: Action; readonly path: string; readonly read?: RequestHandler; readonly act: Act }
