import type { Span, Tracer } from "../ports/tracer.js";

/** A span that goes nowhere. */
export const silentSpan: Span = { traceparent: null, setAttributes: () => {}, fail: () => {} };

/** Traces nothing. */
export const silentTracer: Tracer = { trace: (_start, work) => work(silentSpan) };
