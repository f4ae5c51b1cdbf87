import { stopTask } from "../cancellation/stop-task.js";
import type { StopResult } from "../ports/command-store.js";
import type { Command } from "../task/command.js";
import type { TaskSummary } from "../task/task.js";
import type { CommandAnswer, CommandDeps } from "./answer-command.js";
import { noticeView } from "./command-views.js";

/** Stops every unfinished task of the thread that was requested before the command. */
export async function stopThread(command: Command, deps: CommandDeps): Promise<CommandAnswer> {
  const results = new Map<string, StopResult>();
  // Waiting tasks first: none of them should begin because the running one has ended. Then once more: the running one may
  // have gone back in line in between, for its next attempt.
  for (const status of ["queued", "running", "queued"] as const) {
    for (const { id } of await unfinishedOf(command, status, deps)) {
      if (!results.has(id)) results.set(id, await stopTask(id, "stopped", deps));
    }
  }
  const count = (wanted: StopResult): number => [...results.values()].filter((result) => result === wanted).length;
  const [requested, cancelled] = [count("requested"), count("cancelled")];
  const facts = { requested, cancelled };
  // The status messages of tasks that were begun show the stop themselves.
  if (requested > 0) return { view: null, facts };
  const stopped = await stoppedSince(command, deps);
  if (cancelled === 0 && stopped.some(({ startedAt }) => startedAt !== null)) return { view: null, facts };
  const { length } = stopped;
  const headline = `Stopped ${length} waiting ${length === 1 ? "task" : "tasks"}.`;
  return { view: noticeView(length > 0 ? headline : "Nothing is running here."), facts };
}

async function unfinishedOf(
  { threadId, createdAt }: Command,
  status: "queued" | "running",
  { store }: CommandDeps,
): Promise<readonly TaskSummary[]> {
  if (threadId === null) return [];
  const found: TaskSummary[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.tasks.search({ threadId, status, limit: 100, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items.filter((task) => task.createdAt <= createdAt));
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

/** The tasks that were stopped since the command was given: by this try of it, by an earlier one, or by another command. */
async function stoppedSince({ threadId, createdAt }: Command, { store }: CommandDeps): Promise<readonly TaskSummary[]> {
  if (threadId === null) return [];
  const { items } = await store.tasks.search({ threadId, status: "cancelled", limit: 100 });
  return items.filter((task) => task.reason === "stopped" && task.finishedAt !== null && task.finishedAt >= createdAt);
}
