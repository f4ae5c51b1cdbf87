import { z } from "zod";
import { toInertLine } from "../../markdown/acting-words.js";
import { fenceCode, toInertMarkdown } from "../../markdown/inert-markdown.js";
import type { StatusLink, StatusStep, StatusView } from "../../ports/conversation.js";
import type { Logger } from "../../ports/logger.js";
import { repositoryUnknown } from "../../reasons/explain.js";
import type { Task, TaskResult } from "../../task/task.js";
import type { EndOfRun } from "../stage.js";
import { type HeadlineFacts, readOperatorTexts, type StatusTexts } from "../texts/operator-texts.js";

/** The steps of the work as people see them, in order. */
const steps = ["Getting ready", "Working on it", "Publishing the change"] as const;

/** One of the steps that a status message shows. */
export type StepLabel = (typeof steps)[number];

/** Maximum length of the agent's closing words in a view, in UTF-16 units; a provider with a lower limit cuts more. */
const maxSummaryCharacters = 40_000;

/** Maximum length of a headline, in UTF-16 units: a question lists repositories. */
const maxHeadlineCharacters = 8000;

/** Puts the operator's words, where there are some, into a view. */
export type WordView = (
  view: StatusView,
  facts?: Partial<Pick<HeadlineFacts, "reason" | "explanation" | "result">>,
) => StatusView;

/** The words of one task. A function that fails is not called again for it, so that one warning is logged. */
export function createWordView(task: Task, { steps: labels, headline }: StatusTexts, logger: Logger): WordView {
  let hasFailed = false;
  const headlineFor = (facts: HeadlineFacts): string => {
    if (!headline || hasFailed) return facts.defaultText;
    const call = (): unknown => headline(facts);
    const own = readOperatorTexts({ option: "statusTexts.headline", call, schema: z.string(), logger });
    hasFailed = own === null;
    return headlineOf(own ?? "") || facts.defaultText;
  };
  return (view, { reason = null, explanation = null, result = null } = {}) => ({
    ...view,
    headline: headlineFor({ task, state: view.state, reason, explanation, result, defaultText: view.headline }),
    steps: view.steps.map((step, index) => ({ ...step, label: toInertLine(labels?.[index] ?? step.label) })),
  });
}

/** The view of a task that is being worked on. */
export function progressView(botName: string, current: StepLabel): StatusView {
  const currentIndex = steps.indexOf(current);
  const stateOf = (index: number): StatusStep["state"] =>
    index < currentIndex ? "done" : index === currentIndex ? "current" : "pending";
  return {
    ...{ state: "working", headline: `${botName} is on it.`, summaryMarkdown: null, links: [], actions: ["stop"] },
    steps: steps.map((label, index) => ({ label, state: stateOf(index) })),
  };
}

/**
 * The view of a task that has ended, or is back in line. Links in the agent's words may lead to the host of its pull
 * request, or else of the conversation at `originUrl`.
 */
export function endView(botName: string, end: EndOfRun, originUrl: string): StatusView {
  const ended = { steps: [], summaryMarkdown: null, links: [] } as const;
  switch (end.status) {
    case "succeeded":
      return {
        ...{ state: "succeeded", headline: successHeadline(botName, end.result), steps: [], actions: [] },
        summaryMarkdown: summaryOf(end.result, end.result.pullRequest?.url ?? originUrl),
        links: pullRequestLinks(end.result),
      };
    case "failed":
      return { ...ended, ...failureView(botName, end), state: "failed", actions: ["retry"] };
    case "cancelled":
      if (end.reason === repositoryUnknown) {
        return { ...ended, state: "asking", headline: headlineOf(end.explanation), actions: [] };
      }
      return {
        ...ended,
        ...{
          state: "cancelled",
          headline: headlineOf(`${botName} did not do this. ${end.explanation}`),
          actions: ["retry"],
        },
      };
    case "queued":
      return waitingView(botName, end.explanation);
  }
}

/** An explanation may hold a server's words, or the names of repositories. */
function headlineOf(text: string): string {
  return toInertLine(text, { maxLength: maxHeadlineCharacters });
}

/** A change that was pushed is not lost: its branch is named and linked. */
function failureView(
  botName: string,
  { explanation, branch }: Extract<EndOfRun, { status: "failed" }>,
): Pick<StatusView, "headline" | "links"> {
  if (!branch) return { headline: headlineOf(`${botName} could not do this. ${explanation}`), links: [] };
  const headline = headlineOf(`${botName} could not open a pull request. ${explanation} The change is in the branch`);
  return { headline, links: [{ label: branch.name, url: branch.url }] };
}

/** The view of a task that is back in line, for a reason in one sentence. */
export function waitingView(botName: string, explanation: string): StatusView {
  return {
    ...{ state: "waiting", headline: headlineOf(`${botName} waits. ${explanation}`), steps: [] },
    ...{ summaryMarkdown: null, links: [], actions: ["stop"] },
  };
}

function successHeadline(botName: string, { pullRequest, leftOut }: TaskResult): string {
  if (pullRequest) return `${botName} is done${leftOut === null ? "." : "; a part of its change was held back."}`;
  return leftOut === null
    ? `${botName} is done; no file was changed.`
    : `${botName} is done; what it changed cannot be published.`;
}

function summaryOf({ summary, leftOut }: TaskResult, hostUrl: string): string | null {
  const text = leftOut === null ? summary : `${fenceCode(leftOut)}\n\n${summary}`;
  return toInertMarkdown(text, { maxLength: maxSummaryCharacters, linkable: [hostUrl] }) || null;
}

function pullRequestLinks({ pullRequest }: TaskResult): readonly StatusLink[] {
  return pullRequest ? [{ label: `#${pullRequest.number}`, url: pullRequest.url }] : [];
}
