import type { SpanAttributes } from "../ports/tracer.js";
import type { TraceContext } from "./trace-context.js";

/** A span of `@opentelemetry/api`, as far as it is used. */
export interface OpenTelemetrySpan {
  spanContext(): TraceContext;
  setAttributes(attributes: Record<string, string | number | boolean>): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/** Options of a span of `@opentelemetry/api`. */
export interface OpenTelemetrySpanOptions {
  readonly kind: number;
  readonly attributes: SpanAttributes;
}

/** `@opentelemetry/api`, as far as it is used: declared here, so that its types are not needed to compile. */
export interface OpenTelemetryApi<Context> {
  readonly ROOT_CONTEXT: Context;
  readonly context: {
    active(): Context;
    with<Result>(context: Context, work: () => Result): Result;
  };
  readonly trace: {
    getTracer(name: string): {
      startSpan(name: string, options: OpenTelemetrySpanOptions, context: Context): OpenTelemetrySpan;
    };
    getSpanContext(context: Context): TraceContext | undefined;
    setSpan(context: Context, span: OpenTelemetrySpan): Context;
    setSpanContext(context: Context, parent: TraceContext & { isRemote: boolean }): Context;
  };
}

/** A bundler that splits code gives a CommonJS package as nothing but its default. */
export function unwrapDefault<Api extends { readonly ROOT_CONTEXT: unknown }>(loaded: Api): Api {
  return "ROOT_CONTEXT" in loaded ? loaded : (Reflect.get(loaded, "default") as Api);
}
