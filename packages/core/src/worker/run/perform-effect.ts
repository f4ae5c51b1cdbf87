import { type EffectContext, type EffectPlan, performOnce } from "../../effects/perform-once.js";
import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import type { Metrics } from "../../ports/metrics.js";
import type { Tracer } from "../../ports/tracer.js";
import type { JsonValue } from "../../task/json.js";
import { attributeNames, spanNames } from "../../tracing/trace-format.js";
import type { HeldRun } from "./hold-run.js";

/** Performs one of a task's outward writes once; the ledger's key is `<task id>/<kind>`. */
export type PerformEffect = (plan: Omit<EffectPlan, "key">) => Promise<JsonValue>;

/** Receivers of the outcome, and the check that precedes every write. */
interface PerformEffectDeps extends Pick<HeldRun, "assertHeld"> {
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

/** Applies {@link performOnce} to the effects of one run, and reports each to trace, metrics and events. */
export function createPerformEffect(
  context: EffectContext,
  { events, metrics, tracer, assertHeld }: PerformEffectDeps,
): PerformEffect {
  const { taskId } = context.lease;
  return async (plan) => {
    const attributes = { [attributeNames.effectKind]: plan.kind };
    try {
      const { outcome, result } = await tracer.trace(
        { name: spanNames.effect(plan.kind), kind: "internal", attributes },
        async (span) => {
          const perform = async (): Promise<JsonValue> => {
            assertHeld();
            return await plan.perform();
          };
          const performed = await performOnce({ ...plan, perform, key: `${taskId}/${plan.kind}` }, context);
          span.setAttributes({ [attributeNames.effectOutcome]: performed.outcome });
          return performed;
        },
      );
      metrics.increment("agentbot_effects_total", { kind: plan.kind, outcome });
      events.emit("effect:performed", { taskId, kind: plan.kind, outcome });
      return result;
    } catch (error) {
      metrics.increment("agentbot_effects_total", { kind: plan.kind, outcome: "failed" });
      throw error;
    }
  };
}
