/**
 * The names of our spans and attributes, in one place: OpenTelemetry's GenAI and messaging conventions are not
 * stable yet (open-telemetry/semantic-conventions-genai), and cost has no name there at all.
 */
export const spanNames = {
  request: (method: string, route: string): string => `${method} ${route}`,
  task: "process task",
  stage: (stage: string): string => `stage ${stage}`,
  agent: (agent: string): string => `invoke_agent ${agent}`,
  effect: (kind: string): string => `effect ${kind}`,
} as const;

/** The names of attributes. */
export const attributeNames = {
  method: "http.request.method",
  route: "http.route",
  statusCode: "http.response.status_code",
  errorType: "error.type",
  requestId: "agentbot.request.id",
  deliveryId: "agentbot.delivery.id",
  deliveryStatus: "agentbot.delivery.status",
  messagingSystem: "messaging.system",
  messagingOperation: "messaging.operation.type",
  taskId: "agentbot.task.id",
  taskAttempt: "agentbot.task.attempt",
  taskTrigger: "agentbot.task.trigger",
  taskStatus: "agentbot.task.status",
  taskReason: "agentbot.task.reason",
  provider: "agentbot.provider",
  repository: "vcs.repository.name",
  stage: "agentbot.stage",
  effectKind: "agentbot.effect.kind",
  effectOutcome: "agentbot.effect.outcome",
  operation: "gen_ai.operation.name",
  agentName: "gen_ai.agent.name",
  conversationId: "gen_ai.conversation.id",
  responseModel: "gen_ai.response.model",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  cacheCreationTokens: "gen_ai.usage.cache_creation.input_tokens",
  costUsd: "agentbot.usage.cost_usd",
} as const;

// https://www.w3.org/TR/trace-context/#traceparent-header
const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The parts of a W3C `traceparent`. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** 1 when it is sampled. */
  readonly traceFlags: number;
}

/** The parts of a well-formed `traceparent`; null for any other text. */
export function parseTraceparent(traceparent: string | null): TraceContext | null {
  const [, traceId, spanId, flags = "00"] = traceparentPattern.exec(traceparent ?? "") ?? [];
  return traceId && spanId ? { traceId, spanId, traceFlags: Number.parseInt(flags, 16) } : null;
}

/** The `traceparent` of these parts. */
export function formatTraceparent({ traceId, spanId, traceFlags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** The trace ids of a log line, under OpenTelemetry's names; empty without a trace. */
export function traceFactsOf(traceparent: string | null): Readonly<Record<string, string>> {
  const context = parseTraceparent(traceparent);
  return context ? { trace_id: context.traceId, span_id: context.spanId } : {};
}
