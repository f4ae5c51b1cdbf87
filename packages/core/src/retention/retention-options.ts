import { z } from "zod";
import type { ShapeOf } from "../task/shape-of.js";

const dayMs = 86_400_000;
/** Node's timers fire at once for more milliseconds than this; the pause is up to a tenth longer. */
const maxIntervalMs = 1_900_000_000;

/** How long what only explains the past is kept. Tasks, threads and effects are kept for ever. */
export interface RetentionOptions {
  /** Age until which the raw bodies of deliveries can be replayed, in milliseconds. @defaultValue 14 days */
  readonly bodiesMs?: number;
  /**
   * Age of deliveries with their verdicts and hashes, in milliseconds: until then a copy is a duplicate.
   * @defaultValue 400 days
   */
  readonly deliveriesMs?: number;
  /** Age of a transcript since the end of its task, in milliseconds. @defaultValue 90 days */
  readonly transcriptsMs?: number;
  /** Time between two rounds, in milliseconds, give or take a tenth. @defaultValue 1 hour */
  readonly intervalMs?: number;
}

/** The schema of {@link RetentionOptions}. */
export const retentionSchema = z
  .strictObject({
    bodiesMs: z
      .int()
      .positive()
      .default(14 * dayMs),
    deliveriesMs: z
      .int()
      .positive()
      .default(400 * dayMs),
    transcriptsMs: z
      .int()
      .positive()
      .default(90 * dayMs),
    intervalMs: z.int().positive().max(maxIntervalMs).default(3_600_000),
  } satisfies ShapeOf<RetentionOptions>)
  .refine(({ bodiesMs, deliveriesMs }) => bodiesMs <= deliveriesMs, {
    path: ["bodiesMs"],
    message: "a body cannot be kept longer than its delivery: at most deliveriesMs",
  });

/** {@link RetentionOptions} with all defaults. */
export type RetentionSettings = Readonly<z.output<typeof retentionSchema>>;
