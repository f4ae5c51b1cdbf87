import { z } from "zod";
import { rateLimiterSchema } from "../errors/port-schema.js";
import type { RateLimiter } from "../ports/rate-limiter.js";

/** How the admin API is set up. */
export interface AdminOptions {
  /** What a caller shows as `Authorization: Bearer …`. Make it long: `openssl rand -hex 32`. */
  readonly token: string;
  /** Exact values that are taken out of the bodies of deliveries. @defaultValue none; credentials are known by their form */
  readonly secrets?: readonly string[];
  /** Counts wrong tokens by address. @defaultValue in memory, 30 a minute */
  readonly failedTries?: RateLimiter;
  /** How many event streams this process serves at once. @defaultValue 200 */
  readonly maxStreams?: number;
  /** How often a silent stream shows that it lives, in milliseconds. @defaultValue 15,000 */
  readonly heartbeatMs?: number;
  /** How often a stream looks for lines it was not woken for, in milliseconds. @defaultValue 2,000 */
  readonly pollMs?: number;
}

/** The numbers of {@link AdminOptions}. */
export const adminSchema = z.strictObject({
  token: z.string().regex(/^[\x21-\x7e]+$/, "must be printable ASCII without blanks"),
  secrets: z.array(z.string()).default([]),
  failedTries: rateLimiterSchema.optional(),
  maxStreams: z.int().positive().default(200),
  heartbeatMs: z.int().positive().default(15_000),
  pollMs: z.int().positive().default(2000),
});

/** The numbers the admin API works by. */
export type AdminSettings = z.output<typeof adminSchema>;
