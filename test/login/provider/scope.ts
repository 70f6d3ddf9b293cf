import type { Request, Response } from 'express'
import { inRequestScope } from '../../../login/provider/request-scope.ts'

/** Runs as a request to the token endpoint does. It has none of what Express gives a request but its path and `ip`. */
export const asRequest = <Result>(work: () => Promise<Result>, ip = '192.0.2.1'): Promise<Result> =>
  new Promise((resolve, reject) => {
    inRequestScope({ path: '/token', ip } as Request, {} as Response, () => void work().then(resolve, reject))
  })
