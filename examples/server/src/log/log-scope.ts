import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanStart, Tracer } from "@agentbot/core";
import { attributeNames, traceFactsOf } from "@agentbot/core/tracing";

/** The request or task that a log line belongs to, for code without a logger of its own: providers, git, the agent. */
export interface LogScope {
  /** Traces as the given tracer does, and keeps the ids of the span. */
  readonly tracer: Tracer;
  /** The ids of the current scope; empty outside. */
  readonly facts: () => Readonly<Record<string, string>>;
}

/** Wraps a tracer: its spans define the scopes. */
export function createLogScope(tracer: Tracer): LogScope {
  const scope = new AsyncLocalStorage<Readonly<Record<string, string>>>();
  return {
    facts: () => scope.getStore() ?? {},
    tracer: {
      trace: (start, work) =>
        tracer.trace(start, (span) => {
          const trace = traceFactsOf(span.traceparent ?? start.parent ?? null);
          return scope.run({ ...scope.getStore(), ...idsOf(start), ...trace }, () => work(span));
        }),
    },
  };
}

function idsOf({ attributes = {} }: SpanStart): Readonly<Record<string, string>> {
  const { [attributeNames.requestId]: requestId, [attributeNames.taskId]: taskId } = attributes;
  return { ...(requestId ? { requestId: String(requestId) } : {}), ...(taskId ? { taskId: String(taskId) } : {}) };
}
