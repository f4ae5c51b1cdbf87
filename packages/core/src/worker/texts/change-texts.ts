import { z } from "zod";
import { neutralizeActingWords, toInertLine } from "../../markdown/acting-words.js";
import { fenceCode, plainToMarkdown, toInertMarkdown } from "../../markdown/inert-markdown.js";
import type { Logger } from "../../ports/logger.js";
import type { Task } from "../../task/task.js";
import { capText } from "../../text/cap-text.js";
import { type PullRequestFacts, type PullRequestTexts, readOperatorTexts } from "./operator-texts.js";

/** Maximum lengths in UTF-16 units. */
const maxSubject = 72;
const maxTitle = 120;
const maxOwnTitle = 250;
const maxTitleInBody = 1000;
const maxSummary = 40_000;
const maxDiffStat = 10_000;
const maxOwnBody = 60_000;

/** Returns the message of a task's commit: its title in a subject of one line, and where it was requested. */
export function commitMessage({ title, origin }: Pick<Task, "title" | "origin">, botName: string): string {
  const whole = titleLine(title, maxTitleInBody);
  const subject = titleLine(title, maxSubject) || changesBy(botName);
  const paragraphs = [subject, ...(whole.length > maxSubject ? [whole] : []), `Requested at ${origin.url}`];
  return `${paragraphs.join("\n\n")}\n`;
}

/** Dependencies of {@link pullRequestTexts}. */
export interface PullRequestWriter {
  readonly botName: string;
  /** The operator's function, or undefined. */
  readonly write: ((facts: PullRequestFacts) => PullRequestTexts) | undefined;
  /** A web address at the code host: links may lead there. */
  readonly hostUrl: string;
  readonly logger: Logger;
}

const ownTexts = z.object({ title: z.string(), body: z.string() });

/** Returns the texts of a pull request, the operator's or the built-in ones; inert and bounded in both cases. */
export function pullRequestTexts(
  change: Omit<PullRequestFacts, "defaults">,
  { botName, write, hostUrl, logger }: PullRequestWriter,
): PullRequestTexts {
  const { task, repository, diffStat } = change;
  // A login of another provider could name a stranger here.
  const mentionable = task.actor.provider === repository.provider ? [task.actor.login] : [];
  const inert = { mentionable, linkable: [hostUrl] };
  const facts = {
    ...change,
    summary: toInertMarkdown(change.summary, { ...inert, maxLength: maxSummary }),
    diffStat: diffStat === null ? null : capText(diffStat, maxDiffStat),
  };
  const defaults = builtInTexts(facts, botName);
  const call = (): unknown => write?.({ ...facts, defaults });
  const own = write && readOperatorTexts({ option: "pullRequestTexts", call, schema: ownTexts, logger });
  if (!own) return defaults;
  return {
    title: titleLine(own.title, maxOwnTitle) || defaults.title,
    body: toInertMarkdown(own.body, { ...inert, maxLength: maxOwnBody }),
  };
}

/** The task's title; the agent's closing words, the changed files, and the request. */
function builtInTexts(
  { task, summary, diffStat }: Omit<PullRequestFacts, "defaults">,
  botName: string,
): PullRequestTexts {
  const parts = [
    summary,
    diffStat ? fenceCode(diffStat) : "",
    `Requested by ${plainToMarkdown(task.actor.login)} at ${task.origin.url}`,
    `Task ${task.id}`,
  ];
  return {
    title: titleLine(task.title, maxTitle) || changesBy(botName),
    // A host may make a commit message of the whole: no part ends in a word that acts on the next.
    body: neutralizeActingWords(parts.filter((part) => part !== "").join("\n\n")),
  };
}

/** A code host shows the title of a pull request, and the message of a commit, with its addresses as links. */
function titleLine(title: string, maxLength: number): string {
  return toInertLine(title, { maxLength, hasAddresses: false });
}

function changesBy(botName: string): string {
  return `Changes by ${botName}`;
}
