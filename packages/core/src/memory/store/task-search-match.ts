import type { TaskSearch } from "../../ports/task-store.js";
import type { Task } from "../../task/task.js";

/** Does every given filter match? */
export function matchesTaskSearch(task: Task, search: TaskSearch): boolean {
  const { status, provider, repository, trigger, actor, threadId, text } = search;
  const words = (text ?? "").toLowerCase().split(/\s+/);
  const texts = `${task.title}\n${task.instruction}`.toLowerCase();
  return (
    (status === undefined || task.status === status) &&
    (provider === undefined || task.origin.provider === provider) &&
    (trigger === undefined || task.trigger === trigger) &&
    (actor === undefined || task.actor.login === actor) &&
    (threadId === undefined || task.threadId === threadId) &&
    (repository === undefined ||
      `${task.repository.owner}/${task.repository.name}`.toLowerCase() === repository.toLowerCase()) &&
    words.every((word) => texts.includes(word))
  );
}
