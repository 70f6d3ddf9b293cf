import type { Request, Response } from 'express'
import { inRequestScope } from '../../../login/provider/request-scope.ts'

/** Runs as a request to the token endpoint does. It has none of what Express gives a request but its path. */
export const asRequest = <Result>(work: () => Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    inRequestScope({ path: '/token' } as Request, {} as Response, () => void work().then(resolve, reject))
  })
