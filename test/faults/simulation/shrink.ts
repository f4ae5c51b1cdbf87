import { quietNetwork } from "./network.js";
import type { Plan } from "./plan.js";

/** Plans with one thing less than this one. */
function* smaller(plan: Plan): Generator<Plan> {
  for (const action of plan.actions) yield { ...plan, actions: plan.actions.filter((each) => each !== action) };
  const { network } = plan;
  for (const fault of Object.keys(quietNetwork) as (keyof typeof quietNetwork)[])
    if (network[fault] > 0) yield { ...plan, network: { ...network, [fault]: 0 } };
  if (plan.workers > 1) yield { ...plan, workers: plan.workers - 1 };
  if (plan.concurrency > 1) yield { ...plan, concurrency: plan.concurrency - 1 };
}

/**
 * Takes away what a failing plan does not need to fail: each action, each fault of the network, a worker. The rest
 * fails by itself, though perhaps in another way.
 */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>, mostTries = 200): Promise<Plan> {
  let smallest = plan;
  let tries = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of smaller(smallest)) {
      tries += 1;
      if (tries > mostTries) return smallest;
      // A machine that is not there any more cannot be stopped; such an action does nothing.
      if (!(await fails(candidate))) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}
