import { stopTask } from "../cancellation/stop-task.js";
import type { StopResult } from "../ports/command-store.js";
import type { Command } from "../task/command.js";
import type { Task } from "../task/task.js";
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
  if (requested > 0 || (cancelled === 0 && (await wasStoppedBefore(command, deps)))) return { view: null, facts };
  const stopped = `Stopped ${cancelled} waiting ${cancelled === 1 ? "task" : "tasks"}.`;
  return { view: noticeView(cancelled > 0 ? stopped : "Nothing is running here."), facts };
}

async function unfinishedOf(
  { threadId, createdAt }: Command,
  status: "queued" | "running",
  { store }: CommandDeps,
): Promise<readonly Task[]> {
  if (threadId === null) return [];
  const found: Task[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.tasks.search({ threadId, status, limit: 100, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items.filter((task) => task.createdAt <= createdAt));
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

/** Returns true if an earlier try of this command has stopped something. */
async function wasStoppedBefore({ threadId, createdAt }: Command, { store }: CommandDeps): Promise<boolean> {
  if (threadId === null) return false;
  const { items } = await store.tasks.search({ threadId, status: "cancelled", limit: 100 });
  return items.some(({ finishedAt }) => finishedAt !== null && finishedAt >= createdAt);
}
