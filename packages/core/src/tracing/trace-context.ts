// https://www.w3.org/TR/trace-context/#traceparent-header
const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The parts of a W3C `traceparent`. */
export interface TraceContext {
  readonly traceId: string;
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
