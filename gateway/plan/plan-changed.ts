/** What an approved operation would do is no longer what its approvers saw. */
export class PlanChanged extends Error {
  constructor() {
    super('what the operation would change is not what was approved')
  }
}
