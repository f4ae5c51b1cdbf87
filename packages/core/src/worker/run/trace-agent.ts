import type { SpanAttributes, Tracer } from "../../ports/tracer.js";
import type { AgentOutcome } from "../../task/agent-outcome.js";
import { attributeNames, spanNames } from "../../tracing/span-names.js";

/** An agent's run as a span of OpenTelemetry's GenAI conventions: what it used, never what was said. */
export async function traceAgent(
  agent: string,
  tracer: Tracer,
  run: () => Promise<AgentOutcome>,
): Promise<AgentOutcome> {
  const attributes = { [attributeNames.operation]: "invoke_agent", [attributeNames.agentName]: agent };
  return await tracer.trace({ name: spanNames.agent(agent), kind: "internal", attributes }, async (span) => {
    const outcome = await run();
    span.setAttributes(describe(outcome));
    if (outcome.status === "failed") span.fail(outcome.reason ?? "agent_failed");
    return outcome;
  });
}

function describe({ usage, model, sessionId }: AgentOutcome): SpanAttributes {
  return {
    [attributeNames.inputTokens]: usage.inputTokens,
    [attributeNames.outputTokens]: usage.outputTokens,
    [attributeNames.cacheReadTokens]: usage.cacheReadTokens,
    [attributeNames.cacheCreationTokens]: usage.cacheCreationTokens,
    [attributeNames.costUsd]: usage.costUsd,
    ...(model === null ? {} : { [attributeNames.responseModel]: model }),
    ...(sessionId === null ? {} : { [attributeNames.conversationId]: sessionId }),
  };
}
