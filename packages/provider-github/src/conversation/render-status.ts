import type { StatusView } from "@agentbot/core";
import { neutralizeMentions, toInertMarkdown } from "@agentbot/core/markdown";

/** The longest comment GitHub stores, in characters. */
const maxCommentLength = 65_536;

const stepMarks = { done: "✅", current: "⏳", pending: "▫️" } as const;

/** The mark of a task's status comment: together with the bot's authorship it identifies the comment. */
export function statusMark(taskId: string): string {
  return `<!-- agentbot:task=${taskId} -->`;
}

/** Returns true if a text carries the mark of any task. */
export function hasStatusMark(text: string): boolean {
  return text.includes("<!-- agentbot:task=");
}

/** Shows plain text as it is: nothing in it is markup or a mention. */
function escapePlain(text: string): string {
  const escaped = text
    .trim()
    .replace(/[\\`*_[\]<>|~&]/g, "\\$&")
    .replace(/^(\s*)([-+#])/gm, "$1\\$2")
    .replace(/^(\s*\d{1,9})([.)])/gm, "$1\\$2");
  return neutralizeMentions(escaped);
}

function renderLink({ label, url }: StatusView["links"][number]): string {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) return escapePlain(label);
  const address = target.href.replace(/[()<>\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `[${escapePlain(label)}](${address})`;
}

/** Options of {@link renderStatus}. */
export interface RenderStatusOptions {
  readonly taskId: string;
  /** The name people mention. */
  readonly botName: string;
  readonly view: StatusView;
}

/**
 * A status view as GitHub Markdown, with the task's mark. A summary that makes the comment longer than GitHub's limit is
 * cut, in whole characters.
 */
export function renderStatus({ taskId, botName, view }: RenderStatusOptions): string {
  const { headline, steps, summaryMarkdown, links, actions } = view;
  const commands = actions.map((action) => `<code>@${botName} ${action}</code>`);
  const head = [
    [escapePlain(headline), links.map(renderLink).join(" · ")].filter((part) => part !== "").join(" "),
    steps.map(({ label, state }) => `- ${stepMarks[state]} ${escapePlain(label)}`).join("\n"),
  ];
  const foot = [commands.length === 0 ? "" : `<sub>${commands.join(" · ")}</sub>`, statusMark(taskId)];
  const join = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");
  const room = maxCommentLength - join([...head, ...foot]).length - "\n\n".length;
  if (room < 0) {
    const short = toInertMarkdown(head.join("\n\n"), {
      maxLength: maxCommentLength - join(foot).length - "\n\n".length,
    });
    return join([short, ...foot]);
  }
  const isLong = summaryMarkdown !== null && summaryMarkdown.length > room;
  const summary = isLong ? toInertMarkdown(summaryMarkdown, { maxLength: room }) : (summaryMarkdown ?? "");
  return join([...head, summary, ...foot]);
}
