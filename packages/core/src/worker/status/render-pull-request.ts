import type { Task } from "../../task/task.js";
import { cleanComment } from "../../text/clean-comment.js";

const maxTitleCharacters = 120;
const maxSummaryCharacters = 40_000;

/** What the pull request says: the title, the agent's closing words, and who asked where. */
export function renderPullRequest(task: Task, summary: string): { readonly title: string; readonly body: string } {
  const title = task.title.replace(/\s+/g, " ").trim().slice(0, maxTitleCharacters) || "Changes by agentbot";
  const words = cleanComment(summary, { mentionable: [task.actor.login], maxLength: maxSummaryCharacters });
  return {
    title,
    body: `${words}\n\nAsked for by ${task.actor.login} at ${task.origin.url}\n\n<sub>task ${task.id}</sub>`,
  };
}
