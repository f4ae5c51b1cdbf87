import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanStart, Tracer } from "@agentbot/core";
import { attributeNames, traceFactsOf } from "@agentbot/core/tracing";

/** Which request or task a line of the log belongs to, for those who log without knowing: providers, git, the agent. */
export interface LogScope {
  /** Traces as the given tracer does, and remembers for what. */
  readonly tracer: Tracer;
  /** The ids of what is being worked on right now; empty outside. */
  readonly facts: () => Readonly<Record<string, string>>;
}

/** Makes a {@link LogScope} around a tracer. */
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
