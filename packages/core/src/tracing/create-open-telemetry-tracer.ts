import { AgentBotError } from "../errors/agentbot-error.js";
import type { Span, SpanAttributes, SpanKind, SpanStart, Tracer } from "../ports/tracer.js";
import { silentSpan, silentTracer } from "./silent-tracer.js";
import { attributeNames, formatTraceparent, parseTraceparent, type TraceContext } from "./trace-format.js";

// The numbers are fixed by the API's SpanKind and SpanStatusCode.
const kinds: Readonly<Record<SpanKind, number>> = { internal: 0, server: 1, consumer: 4 };
const errorStatus = 2;
const invalidTraceId = "0".repeat(32);

/**
 * Traces through `@opentelemetry/api`, to the SDK that the program has registered there. The package is optional: it is
 * loaded with the first span, and nothing is traced if it is not installed.
 */
export function createOpenTelemetryTracer(load: () => Promise<Tracer> = loadApiTracer): Tracer {
  let loading: Promise<Tracer> | null = null;
  let tracer: Tracer | null = null;
  return {
    async trace(start, work) {
      loading ??= load().catch(() => silentTracer);
      tracer ??= await loading;
      return tracer.trace(start, work);
    },
  };
}

async function loadApiTracer(): Promise<Tracer> {
  // To bundlers only an import that is awaited inside of `try` is one of an optional package.
  try {
    return createApiTracer(unwrapDefault(await import("@opentelemetry/api")));
  } catch {
    return silentTracer;
  }
}

/** Traces through a given API object. */
export function createApiTracer<Context>(api: OpenTelemetryApi<Context>): Tracer {
  return {
    async trace(start, work) {
      // Looked up each time: an SDK may be registered later than this tracer.
      const options = { kind: kinds[start.kind], attributes: start.attributes ?? {} };
      const parent = parentContext(api, start);
      const started = api.trace.getTracer("agentbot").startSpan(start.name, options, parent);
      // Without an SDK, and without a parent, there is nothing to trace: a context for each request costs more than a span.
      if (started.spanContext().traceId === invalidTraceId) return await work(silentSpan);
      const span = toSpan(started);
      try {
        return await api.context.with(api.trace.setSpan(parent, started), () => work(span));
      } catch (error) {
        span.fail(errorTypeOf(error));
        throw error;
      } finally {
        started.end();
      }
    },
  };
}

function parentContext<Context>(api: OpenTelemetryApi<Context>, { kind, parent }: SpanStart): Context {
  const active = api.context.active();
  if (kind === "internal") return active;
  // An instrumented web server has continued the caller's trace already.
  if (kind === "server" && api.trace.getSpanContext(active)) return active;
  const remote = parseTraceparent(parent ?? null);
  return remote ? api.trace.setSpanContext(api.ROOT_CONTEXT, { ...remote, isRemote: true }) : api.ROOT_CONTEXT;
}

function toSpan(span: OpenTelemetrySpan): Span {
  const context = span.spanContext();
  return {
    traceparent: formatTraceparent(context),
    setAttributes: (attributes) => void span.setAttributes({ ...attributes }),
    fail(type) {
      span.setAttributes({ [attributeNames.errorType]: type });
      span.setStatus({ code: errorStatus, message: type });
    },
  };
}

/** Never the message: it may contain secrets. */
function errorTypeOf(error: unknown): string {
  if (AgentBotError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : "unknown";
}

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
