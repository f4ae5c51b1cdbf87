import { toInertMarkdown } from "../../markdown/inert-markdown.js";
import type { Task } from "../../task/task.js";

const maxTitleCharacters = 120;
const maxSummaryCharacters = 40_000;
const maxDiffStatCharacters = 10_000;

/** What a pull request is made of, beside its task. */
export interface PullRequestWords {
  /** The agent's closing words. */
  readonly summary: string;
  readonly diffStat: string | null;
}

/** What the pull request says: the title, the agent's closing words, what changed, and who asked where. */
export function renderPullRequest(
  task: Task,
  { summary, diffStat }: PullRequestWords,
): { readonly title: string; readonly body: string } {
  const title = task.title.replace(/\s+/g, " ").trim().slice(0, maxTitleCharacters) || "Changes by agentbot";
  const words = toInertMarkdown(summary, { mentionable: [task.actor.login], maxLength: maxSummaryCharacters });
  const changes = diffStat === null ? "" : indentAsCode(diffStat.slice(0, maxDiffStatCharacters));
  const asked = `Asked for by ${task.actor.login} at ${task.origin.url}`;
  const parts = [words, changes, asked, `<sub>task ${task.id}</sub>`];
  return { title, body: parts.filter((part) => part !== "").join("\n\n") };
}

/** An indented code block: a file name can end a fenced one, but not this. */
function indentAsCode(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line.trim()}`)
    .join("\n");
}
