import type { AccessDecision, AccessPolicy, AccessRequest } from "../ports/access-policy.js";
import type { RepositoryRef } from "../task/repository-ref.js";

/**
 * Decides about a request whose repository is still to be chosen: allowed if it is allowed in one of the choices, else the
 * last refusal. Null if nothing can be chosen, so that nothing can be decided.
 */
export async function decideAmong(
  choices: readonly RepositoryRef[],
  task: AccessRequest["task"],
  policy: AccessPolicy,
  signal: AbortSignal,
): Promise<AccessDecision | null> {
  let decision: AccessDecision | null = null;
  for (const repository of choices) {
    decision = await policy.decide({ task, repository }, { signal });
    if (decision.status === "allowed") break;
  }
  return decision;
}
