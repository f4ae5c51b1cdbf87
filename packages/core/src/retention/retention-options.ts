import { z } from "zod";

const dayMs = 86_400_000;
/** Node's timers fire at once for more milliseconds than this; the pause is up to a tenth longer. */
const longestIntervalMs = 1_900_000_000;

/** How long deliveries are kept. */
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
    intervalMs: z.int().positive().max(longestIntervalMs).default(3_600_000),
  })
  .refine(({ bodiesMs, deliveriesMs }) => bodiesMs <= deliveriesMs, {
    path: ["bodiesMs"],
    message: "a body cannot be kept longer than its delivery: at most deliveriesMs",
  });

/** How long what only explains the past is kept. Tasks, threads and effects are kept for ever. */
export interface RetentionOptions {
  /** The raw bodies of deliveries, in milliseconds: so long they can be replayed. @defaultValue 14 days */
  readonly bodiesMs?: number;
  /** Deliveries with their verdicts and hashes, in milliseconds: so long a copy is a duplicate. @defaultValue 400 days */
  readonly deliveriesMs?: number;
  /** How often what is older is forgotten, in milliseconds, give or take a tenth. @defaultValue 1 h */
  readonly intervalMs?: number;
}

/** {@link RetentionOptions} with everything said. */
export type RetentionSettings = Readonly<z.output<typeof retentionSchema>>;
