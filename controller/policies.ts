import { API_VERSION } from '../domain/api/names.ts'

export const POLICIES_PATH = `/apis/${API_VERSION}/accesspolicies`
