import { z } from "zod";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { RateLimiter } from "../ports/rate-limiter.js";

/**
 * A port among a factory's options, recognised by its methods; it is taken as it is.
 *
 * @param expected - what it must be, for the error, e.g. `a Logger`
 */
export function portSchema<Port>(expected: string, methods: readonly (keyof Port & string)[]): z.ZodType<Port, Port> {
  const isPort = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === "function");
  return z.custom<Port>(isPort, `expected ${expected}, with ${methods.join(", ")}`);
}

/** A {@link Clock} among a factory's options. */
export const clockSchema = portSchema<Clock>("a Clock", ["now", "monotonicMs", "sleep"]);

/** A {@link Logger} among a factory's options. */
export const loggerSchema = portSchema<Logger>("a Logger", ["debug", "info", "warn", "error", "child"]);

/** A {@link Metrics} registry among a factory's options. */
export const metricsSchema = portSchema<Metrics>("Metrics", ["increment", "set", "observe", "render"]);

/** A {@link RateLimiter} among a factory's options. */
export const rateLimiterSchema = portSchema<RateLimiter>("a RateLimiter", ["peek", "consume"]);
