/** Thrown when an approved operation would no longer do what its approvers saw. */
export class PlanChanged extends Error {
  constructor() {
    super('what the operation would change is not what was approved')
  }
}
