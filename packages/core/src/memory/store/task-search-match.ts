import type { TaskSearch } from "../../ports/task-store.js";
import type { Task } from "../../task/task.js";

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function hasWords(text: string, wanted: readonly string[]): boolean {
  const words = wordsOf(text);
  return wanted.length > 0 && wanted.every((beginning) => words.some((word) => word.startsWith(beginning)));
}

/** Does every given filter match? */
export function matchesTaskSearch(task: Task, search: TaskSearch): boolean {
  const { status, provider, repository, trigger, actor, threadId, text } = search;
  return (
    (status === undefined || task.status === status) &&
    (provider === undefined || task.origin.provider === provider) &&
    (trigger === undefined || task.trigger === trigger) &&
    (actor === undefined || task.actor.login.toLowerCase() === actor.toLowerCase()) &&
    (threadId === undefined || task.threadId === threadId) &&
    (repository === undefined ||
      `${task.repository.owner}/${task.repository.name}`.toLowerCase() === repository.toLowerCase()) &&
    (text === undefined || text.trim() === "" || hasWords(`${task.title}\n${task.instruction}`, wordsOf(text)))
  );
}
