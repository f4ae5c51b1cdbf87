import { z } from "zod";
import { type AdminOptions, adminSchema } from "../api/admin-options.js";
import { type SharedOptions, sharedOptionsShape } from "../composition/shared-options.js";
import { rateLimiterSchema } from "../errors/port-schema.js";
import { maxTimerMs } from "../lifecycle/deadline.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { ShapeOf } from "../task/shape-of.js";
import type { HealthOptions, HealthProbe, ReadinessProbe } from "./operations/health.js";

const probeSchema = z.custom<HealthProbe>((value) => typeof value === "function", "expected a function");
const readinessSchema = z.custom<ReadinessProbe>((value) => typeof value === "function", "expected a function");

/** The form of {@link GatewayOptions}. */
export const gatewayOptionsSchema = z.strictObject({
  ...sharedOptionsShape,
  admin: adminSchema.optional(),
  health: z
    .strictObject({
      checks: z.record(z.string(), probeSchema.nullable()).default({}),
      facts: z.record(z.string(), z.json()).default({}),
      readiness: z.array(readinessSchema).default([]),
    } satisfies ShapeOf<HealthOptions>)
    .prefault({}),
  failedVerifications: rateLimiterSchema.optional(),
  mountPath: z
    .string()
    .regex(/^(?:\/[\w.~-]+)*$/, "must be a path without a slash at its end, such as /bot")
    .default(""),
  version: z.string().min(1).default("0.0.0"),
  maxBodyBytes: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  maxBytesInFlight: z
    .int()
    .positive()
    .default(128 * 1024 * 1024),
  bodyTimeoutMs: z.int().positive().max(maxTimerMs).default(10_000),
  storeTimeoutMs: z.int().positive().max(maxTimerMs).default(8000),
  failedVerificationsPerMinute: z.int().positive().default(100),
} satisfies ShapeOf<GatewayOptions>);

/** Options of {@link createGateway}. Without providers it serves health, metrics and the admin API. */
export interface GatewayOptions extends SharedOptions {
  /** The admin API. @defaultValue every request to it is refused */
  readonly admin?: AdminOptions;
  /** Additions to `/health` and `/readyz`. */
  readonly health?: HealthOptions;
  /** Counts failed verifications by address. @defaultValue in memory, `failedVerificationsPerMinute` */
  readonly failedVerifications?: RateLimiter;
  /**
   * The path that the host leaves on the request, as Fastify and Next.js do, such as `/api/bot`: every route is below it,
   * and any other path is 404. Express and Hono remove it by themselves. @defaultValue none
   */
  readonly mountPath?: string;
  /** The version that `/health` shows. @defaultValue 0.0.0 */
  readonly version?: string;
  /** Maximum size of a webhook, in bytes. @defaultValue 26,214,400 (25 MB) */
  readonly maxBodyBytes?: number;
  /**
   * Maximum size of all webhooks together whose signature is not checked yet, in bytes, and at least `maxBodyBytes`; a client
   * gets a quarter of it. @defaultValue 134,217,728 (128 MB)
   */
  readonly maxBytesInFlight?: number;
  /** Maximum time for a body to arrive, in milliseconds. @defaultValue 10,000 */
  readonly bodyTimeoutMs?: number;
  /**
   * How long a sender waits for the store before it gets 503, in milliseconds. @defaultValue 8,000, unless the
   * provider declares how long it waits */
  readonly storeTimeoutMs?: number;
  /** Failed verifications of one address within a minute that are answered 401; more are answered 429. @defaultValue 100 */
  readonly failedVerificationsPerMinute?: number;
}
