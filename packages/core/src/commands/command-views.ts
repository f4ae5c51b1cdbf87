import type { StatusView } from "../ports/conversation.js";
import { explainReason } from "../reasons/explain.js";
import type { CommandName } from "../task/command.js";
import type { TaskSummary } from "../task/task.js";

const plain = { steps: [], summaryMarkdown: null, links: [], actions: [] } as const;

const meanings: Readonly<Record<CommandName, string>> = {
  stop: "stops the running task of this conversation and cancels those that wait",
  retry: "starts the last failed or stopped task of this conversation again",
  status: "shows how the work in this conversation is going",
  help: "shows this list",
  resume: "continues work that was paused",
};

/** One sentence. */
export function noticeView(headline: string): StatusView {
  return { ...plain, state: "succeeded", headline };
}

/** The list of commands. */
export function helpView(botName: string): StatusView {
  const lines = Object.entries(meanings).map(([name, meaning]) => `- \`${name}\` ${meaning}`);
  const summaryMarkdown = [...lines, "", "Every other request starts a task."].join("\n");
  return { ...plain, state: "succeeded", headline: `Commands for ${botName}:`, summaryMarkdown };
}

/** The state of a thread by its tasks, newest first. */
export function threadView(botName: string, tasks: readonly TaskSummary[]): StatusView {
  const [newest] = tasks;
  if (!newest) return noticeView("No task was requested here yet.");
  const waiting = tasks.filter(({ status }) => status === "queued").length;
  const isRunning = tasks.some(({ status }) => status === "running");
  if (isRunning) {
    const more = waiting === 0 ? "" : ` ${waiting} more ${waiting === 1 ? "task waits" : "tasks wait"}.`;
    return { ...plain, state: "working", headline: `${botName} is working on a task.${more}`, actions: ["stop"] };
  }
  if (waiting > 0) {
    const headline = `${botName} has ${waiting} waiting ${waiting === 1 ? "task" : "tasks"} here.`;
    return { ...plain, state: "waiting", headline, actions: ["stop"] };
  }
  if (newest.status === "succeeded") {
    const pullRequest = newest.result?.pullRequest;
    const links = pullRequest ? [{ label: `#${pullRequest.number}`, url: pullRequest.url }] : [];
    return { ...plain, state: "succeeded", headline: "The last task has succeeded.", links };
  }
  const state = newest.status === "failed" ? "failed" : "cancelled";
  const sentence = newest.reason === null ? null : explainReason(newest.reason);
  const headline = [`The last task ${state === "failed" ? "has failed" : "was cancelled"}.`, sentence];
  return { ...plain, state, headline: headline.filter((part) => part !== null).join(" "), actions: ["retry"] };
}
