import { neutralizeKeywords, toInertLine, toInertMarkdown } from "../../markdown/inert-markdown.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { Task } from "../../task/task.js";
import { capText } from "../../text/cap-text.js";
import { sanitizeText } from "../../text/sanitize-text.js";

/** Maximum lengths in UTF-16 units. */
const maxSubject = 72;
const maxTitle = 120;
const maxTitleInBody = 1000;
const maxSummary = 40_000;
const maxDiffStat = 10_000;

/** Returns the message of a task's commit: its title in a subject of one line, and where it was requested. */
export function commitMessage({ title, origin }: Pick<Task, "title" | "origin">, botName: string): string {
  const whole = toInertLine(title, maxTitleInBody);
  const subject = toInertLine(title, maxSubject) || changesBy(botName);
  const paragraphs = [subject, ...(whole.length > maxSubject ? [whole] : []), `Requested at ${origin.url}`];
  return `${paragraphs.join("\n\n")}\n`;
}

/** The texts of a pull request beside those of its task. */
export interface PullRequestFacts {
  readonly botName: string;
  /** The agent's closing words. */
  readonly summary: string;
  readonly diffStat: string | null;
}

/** Renders the title and body: the task's title, the agent's closing words, the changed files, and the request. */
export function renderPullRequest(
  { id, title, actor, origin }: Pick<Task, "id" | "title" | "actor" | "origin">,
  repository: RepositoryRef,
  { botName, summary, diffStat }: PullRequestFacts,
): { readonly title: string; readonly body: string } {
  // A login of another provider could name a stranger here.
  const mentionable = actor.provider === repository.provider ? [actor.login] : [];
  const parts = [
    toInertMarkdown(summary, { mentionable, maxLength: maxSummary }),
    diffStat === null ? "" : indentAsCode(capText(sanitizeText(diffStat), maxDiffStat)),
    `Requested by ${toInertMarkdown(actor.login, { maxLength: 100 })} at ${origin.url}`,
    `Task ${id}`,
  ];
  return {
    title: toInertLine(title, maxTitle) || changesBy(botName),
    // The names of files are other people's words too.
    body: neutralizeKeywords(parts.filter((part) => part !== "").join("\n\n")),
  };
}

function changesBy(botName: string): string {
  return `Changes by ${botName}`;
}

/** An indented code block: a file name can end a fenced one, but not this. */
function indentAsCode(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line.trim()}`)
    .join("\n");
}
