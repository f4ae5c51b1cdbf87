import type { AccessDecision, AccessPolicy, AccessRequest } from "../ports/access-policy.js";
import type { RepositoryRef } from "../task/repository-ref.js";

/**
 * Decides about a request whose repository is still to be chosen: allowed if it is allowed in one of the choices, else the
 * last refusal. Null if nothing can be chosen, so that nothing can be decided.
 *
 * @throws the first error of the policy if no choice is allowed: a repository that is gone must not hide the others, and an
 * error is not a refusal.
 */
export async function decideAmong(
  choices: readonly RepositoryRef[],
  task: AccessRequest["task"],
  policy: AccessPolicy,
  signal: AbortSignal,
): Promise<AccessDecision | null> {
  let refusal: AccessDecision | null = null;
  const errors: unknown[] = [];
  for (const repository of choices) {
    try {
      const decision = await policy.decide({ task, repository }, { signal });
      if (decision.status === "allowed") return decision;
      refusal = decision;
    } catch (error) {
      signal.throwIfAborted();
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return refusal;
}
