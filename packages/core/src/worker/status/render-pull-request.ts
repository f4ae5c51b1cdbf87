import { toInertMarkdown } from "../../markdown/inert-markdown.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { Task } from "../../task/task.js";

const maxTitleCharacters = 120;
const maxSummaryCharacters = 40_000;
const maxDiffStatCharacters = 10_000;

/** The texts of a pull request beside those of its task. */
export interface PullRequestTexts {
  /** The agent's closing words. */
  readonly summary: string;
  readonly diffStat: string | null;
}

/** Renders the title and body: the task's title, the agent's closing words, the changed files, and the request. */
export function renderPullRequest(
  { id, title, actor, origin }: Pick<Task, "id" | "title" | "actor" | "origin">,
  repository: RepositoryRef,
  { summary, diffStat }: PullRequestTexts,
): { readonly title: string; readonly body: string } {
  // A login of another provider could name a stranger here.
  const mentionable = actor.provider === repository.provider ? [actor.login] : [];
  const parts = [
    toInertMarkdown(summary, { mentionable, maxLength: maxSummaryCharacters }),
    diffStat === null ? "" : indentAsCode(diffStat.slice(0, maxDiffStatCharacters)),
    `Requested by ${toInertMarkdown(actor.login, { maxLength: 100 })} at ${origin.url}`,
    `<sub>task ${id}</sub>`,
  ];
  return {
    title: title.replace(/\s+/g, " ").trim().slice(0, maxTitleCharacters) || "Changes by agentbot",
    body: parts.filter((part) => part !== "").join("\n\n"),
  };
}

/** An indented code block: a file name can end a fenced one, but not this. */
function indentAsCode(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line.trim()}`)
    .join("\n");
}
