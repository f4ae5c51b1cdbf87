import { z } from "zod";

/** What a succeeded task has published; every part is null when the agent changed nothing. */
export const taskResultSchema = z.object({
  /** The agent's closing words, redacted and capped. */
  summary: z.string(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  pullRequest: z.object({ number: z.number().int(), url: z.string() }).nullable(),
});

/** What a succeeded task has published. */
export type TaskResult = z.infer<typeof taskResultSchema>;

/** How a task ends, decided by the pipeline and told in the thread before it is stored. */
export type TaskEnd =
  | { readonly status: "succeeded"; readonly result: TaskResult }
  | { readonly status: "failed"; readonly reason: string; readonly explanation: string }
  | { readonly status: "cancelled"; readonly reason: string; readonly explanation: string };
