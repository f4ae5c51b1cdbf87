import { z } from "zod";
import { rateLimiterSchema } from "../errors/port-schema.js";
import { maxTimerMs } from "../lifecycle/deadline.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { ShapeOf } from "../task/shape-of.js";

/** Options of the admin API. */
export interface AdminOptions {
  /** The token that requests carry as `Authorization: Bearer …`, of 32 characters or more: `openssl rand -hex 32`. */
  readonly token: string;
  /** True accepts a token of 8 characters or more, which can be guessed. @defaultValue false */
  readonly isDevelopment?: boolean;
  /** Exact values that are removed from the shown bodies of deliveries. @defaultValue none; credentials are known by their form */
  readonly secrets?: readonly string[];
  /** Counts wrong tokens by client; past the limit, each waits a second. @defaultValue in memory, 30 a minute */
  readonly failedTries?: RateLimiter | undefined;
  /** Maximum number of event streams that this process serves at once. @defaultValue 200 */
  readonly maxStreams?: number;
  /** Time after which a silent stream sends a comment, in milliseconds. @defaultValue 15,000 */
  readonly heartbeatMs?: number;
  /** How often a stream looks for lines without a notification, in milliseconds. @defaultValue 2,000 */
  readonly pollMs?: number;
}

/** The form of {@link AdminOptions}. */
export const adminSchema = z
  .strictObject({
    token: z.string().regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks"),
    isDevelopment: z.boolean().default(false),
    secrets: z.array(z.string()).default([]),
    failedTries: rateLimiterSchema.optional(),
    maxStreams: z.int().positive().default(200),
    heartbeatMs: z.int().positive().max(maxTimerMs).default(15_000),
    pollMs: z.int().positive().max(maxTimerMs).default(2000),
  } satisfies ShapeOf<AdminOptions>)
  .superRefine(({ token, isDevelopment }, { addIssue }) => {
    const least = isDevelopment ? 8 : 32;
    const message = `must have at least ${least} characters: \`openssl rand -hex 32\` gives a good one`;
    if (token.length < least) addIssue({ code: "custom", path: ["token"], message });
  });

/** Parsed {@link AdminOptions}. */
export type AdminSettings = z.output<typeof adminSchema>;
