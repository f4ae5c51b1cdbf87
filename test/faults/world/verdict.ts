import type { FakeGitHub } from "@agentbot/provider-github/testing";
import type { Client } from "pg";
import type { BranchServer } from "./branch-server.js";
import { acceptedAnswer, type SentWebhook } from "./webhook-sender.js";

/** One row of `tasks`, as far as a verdict needs it. */
export interface TaskRow {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempt: number;
  readonly fence: number;
  /** The comment that asked for it, such as `issue_comment/1000001`. */
  readonly message: string;
}

/** The outcome of everything that was sent. All numbers but the first four must be 0 in every case. */
export interface Verdict {
  readonly sent: number;
  readonly acknowledged: number;
  readonly tasks: number;
  readonly succeeded: number;
  /** Acknowledged, but without the one task that was promised. */
  readonly lost: number;
  /** Tasks that are not final. */
  readonly unfinished: number;
  /** Tasks that are final, but neither succeeded nor cancelled. */
  readonly failed: number;
  /** Comments that asked once and got more than one task. */
  readonly doubledTasks: number;
  readonly doubledStatusComments: number;
  /** A second commit for a branch that was made already. */
  readonly doubledBranches: number;
  readonly doubledPullRequests: number;
  /** Succeeded tasks without their status comment, branch or pull request. */
  readonly missingEffects: number;
}

/** Every task of the database. */
export async function readTasks(client: Client): Promise<readonly TaskRow[]> {
  const { rows } = await client.query(
    "SELECT id, status, reason, attempt, fence, draft -> 'origin' ->> 'message' AS message FROM tasks ORDER BY sequence",
  );
  return rows.map((row) => ({ ...row, fence: Number(row.fence) }) as TaskRow);
}

/** Is there a task that is not final? */
export async function hasOpenTasks(client: Client): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT EXISTS (SELECT FROM tasks WHERE status IN ('queued', 'running')) AS is_open",
  );
  return rows[0]?.is_open === true;
}

function countBy<Item>(items: Iterable<Item>, key: (item: Item) => string | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = key(item);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
const countAboveOne = (counts: Map<string, number>): number => [...counts.values()].filter((count) => count > 1).length;
const taskOfComment = (body: string): string | null => /<!-- agentbot:task=([\w-]+) -->/.exec(body)?.[1] ?? null;

/** Counts what was promised against what is there. */
export function judge(
  sent: readonly SentWebhook[],
  tasks: readonly TaskRow[],
  github: FakeGitHub,
  { branches, pushes }: BranchServer,
): Verdict {
  const tasksOfMessage = countBy(tasks, ({ message }) => message);
  const ids = new Set(tasks.map(({ id }) => id));
  const acknowledged = sent.flatMap((one) => {
    const answer = acceptedAnswer(one);
    return answer ? [{ message: `issue_comment/${one.comment.id}`, taskId: answer.body.taskId ?? "" }] : [];
  });
  const comments = countBy(github.comments, ({ body }) => taskOfComment(body));
  const pulls = countBy(github.pullRequests, ({ head }) => head);
  const succeeded = tasks.filter(({ status }) => status === "succeeded");
  const isWhole = ({ id }: TaskRow): boolean =>
    comments.has(id) && branches.has(`agentbot/${id}`) && pulls.has(`agentbot/${id}`);
  return {
    sent: sent.length,
    acknowledged: acknowledged.length,
    tasks: tasks.length,
    succeeded: succeeded.length,
    lost: acknowledged.filter(({ message, taskId }) => !tasksOfMessage.has(message) || !ids.has(taskId)).length,
    unfinished: tasks.filter(({ status }) => status === "queued" || status === "running").length,
    failed: tasks.filter(({ status }) => status === "failed").length,
    doubledTasks: countAboveOne(tasksOfMessage),
    doubledStatusComments: countAboveOne(comments),
    doubledBranches: pushes.filter(({ outcome }) => outcome === "conflict").length,
    doubledPullRequests: countAboveOne(pulls),
    missingEffects: succeeded.filter((task) => !isWhole(task)).length,
  };
}

/** The verdict if nothing was lost and nothing done twice. */
export const nothingWrong = {
  lost: 0,
  unfinished: 0,
  failed: 0,
  doubledTasks: 0,
  doubledStatusComments: 0,
  doubledBranches: 0,
  doubledPullRequests: 0,
  missingEffects: 0,
} as const satisfies Partial<Verdict>;
