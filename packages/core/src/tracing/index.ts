/** Tracing through OpenTelemetry, and the names of what is traced. */

export { createApiTracer, createOpenTelemetryTracer } from "./create-open-telemetry-tracer.js";
export * from "./silent-tracer.js";
export * from "./trace-format.js";
