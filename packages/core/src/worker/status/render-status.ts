import { toInertMarkdown } from "../../markdown/inert-markdown.js";
import type { Task } from "../../task/task.js";
import type { EndOfRun } from "../end-of-run.js";
import { statusMarker } from "./status-marker.js";

/** Leaves room under the 65,536 characters that GitHub allows a comment. */
const maxSummaryCharacters = 40_000;

/** What a status comment says while the task moves. */
export function renderProgress(task: Task, botName: string, step: string): string {
  return join(task, `**${botName}** is on it. ${step} …`, "");
}

/** What a status comment says between two attempts. */
export function renderRetry(task: Task, botName: string): string {
  return join(task, `**${botName}** waits. An attempt failed; another one starts by itself.`, "");
}

/** What a status comment says when the task has ended, or was put back in line. */
export function renderEnd(task: Task, botName: string, end: EndOfRun): string {
  switch (end.status) {
    case "succeeded": {
      const { pullRequest, summary } = end.result;
      const headline = pullRequest
        ? `**${botName}** is done: [#${pullRequest.number}](${pullRequest.url}).`
        : `**${botName}** is done; no file was changed.`;
      return join(
        task,
        headline,
        toInertMarkdown(summary, { mentionable: [task.actor.login], maxLength: maxSummaryCharacters }),
      );
    }
    case "failed":
      return join(task, `**${botName}** could not do this. ${end.explanation}`, "");
    case "cancelled":
      return join(task, `**${botName}** did not do this. ${end.explanation}`, "");
    case "queued":
      return join(task, `**${botName}** waits. ${end.explanation}`, "");
  }
}

function join(task: Task, headline: string, text: string): string {
  const footer = `<sub>task ${task.id} · attempt ${task.attempt}</sub>`;
  return [headline, text, footer, statusMarker(task.id)].filter((part) => part !== "").join("\n\n");
}
