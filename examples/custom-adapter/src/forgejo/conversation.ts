import { AgentBotError, type Conversation, type Origin, type StatusView, type TextSpan } from "@agentbot/core";
import { linkToMarkdown, plainToMarkdown, sanitizeMarkdown, toInertMarkdown } from "@agentbot/core/markdown";
import { z } from "zod";
import { type ForgejoApi, nullIf, readRepository } from "./forgejo-api.js";

const commentAnswer = z.object({
  id: z.int(),
  html_url: z.string(),
  body: z.string(),
  user: z.object({ id: z.int(), login: z.string() }).nullable(),
  created_at: z.coerce.date(),
});

type Comment = z.output<typeof commentAnswer>;

const markStart = "<!-- agentbot:task=";

/** Returns true if a text carries the mark of a task's status comment. */
export function hasStatusMark(text: string): boolean {
  return text.includes(markStart);
}

/**
 * The talking side: one comment a task, found by its hidden mark and its author.
 *
 * @param bot - the login of its account, and the web address of Forgejo: links may lead there
 */
export function createForgejoConversation(
  api: ForgejoApi,
  { name, url }: { readonly name: string; readonly url: string },
): Conversation {
  /** Returns the paths of a conversation's repository and of its issue. */
  const placeOf = async ({ conversation }: Origin, signal: AbortSignal) => {
    const [, id, number] = /^(\d{1,16})#(\d{1,15})$/.exec(conversation) ?? [];
    if (id === undefined) throw new AgentBotError("PROVIDER_REJECTED", "The conversation does not have the form 7#12");
    const { path } = await readRepository(api, id, signal);
    return { repository: `/repos/${path}`, issue: `/repos/${path}/issues/${number}` };
  };
  const list = async (origin: Origin, signal: AbortSignal): Promise<readonly Comment[]> => {
    const { issue } = await placeOf(origin, signal);
    const comments = await api("GET", `${issue}/comments`, { signal, schema: z.array(commentAnswer) });
    return comments.toSorted((one, other) => one.id - other.id);
  };
  const isOwn = ({ user }: Comment): boolean => user?.login.toLowerCase() === name.toLowerCase();
  const messageOf = ({ id, html_url: url }: Comment) => ({ id: String(id), url });

  return {
    async acknowledge(origin, { signal }) {
      if (origin.message === null) return;
      const react = async (): Promise<unknown> => {
        const { repository } = await placeOf(origin, signal);
        const reactions = `${repository}/issues/comments/${origin.message}/reactions`;
        return await api("POST", reactions, { signal, schema: z.unknown(), body: { content: "eyes" } });
      };
      // A reaction that is refused, e.g. to a deleted comment, holds nothing up.
      await nullIf(react(), 400, 403, 404);
    },
    async findStatus({ origin, taskId }, { signal }) {
      const comments = await list(origin, signal);
      return comments.filter((comment) => isOwn(comment) && comment.body.includes(markOf(taskId))).map(messageOf);
    },
    async postStatus({ origin, taskId, view }, { signal }) {
      const { issue } = await placeOf(origin, signal);
      const body = { body: render(view, { taskId, name, url }) };
      return messageOf(await api("POST", `${issue}/comments`, { signal, schema: commentAnswer, body }));
    },
    async updateStatus({ origin, id, taskId, view }, { signal }) {
      const { repository } = await placeOf(origin, signal);
      const body = { body: render(view, { taskId, name, url }) };
      await api("PATCH", `${repository}/issues/comments/${id}`, { signal, schema: z.unknown(), body });
    },
    async removeStatus({ origin, id }, { signal }) {
      const { repository } = await placeOf(origin, signal);
      await nullIf(api("DELETE", `${repository}/issues/comments/${id}`, { signal, schema: z.unknown() }), 404);
    },
    async history({ origin, until, maxCharacters }, { signal }) {
      signal.throwIfAborted();
      const comments = await list(origin, signal).catch(() => null);
      signal.throwIfAborted();
      if (comments === null) return { spans: [], unreadable: ["comments"] };
      const others = comments.filter(
        (comment) => comment.created_at < until && !(isOwn(comment) && hasStatusMark(comment.body)),
      );
      const spans: TextSpan[] = [];
      let left = maxCharacters;
      for (const { body, user } of others.toReversed()) {
        const text = sanitizeMarkdown(body);
        left -= text.length;
        if (left < 0) break;
        spans.unshift({ source: "comment", authorId: user ? String(user.id) : null, permission: null, text });
      }
      return { spans, unreadable: [] };
    },
  };
}

function markOf(taskId: string): string {
  return `${markStart}${taskId} -->`;
}

/** The longest comment that is written, in characters. */
const maxCommentLength = 65_536;
const stepMarks = { done: "✅", current: "⏳", pending: "▫️" } as const;

/** A view as Markdown, with the task's mark in a comment that Forgejo does not show. A summary that is too long is cut. */
function render(
  { headline, steps, summaryMarkdown, links, actions }: StatusView,
  { taskId, name, url }: { readonly taskId: string; readonly name: string; readonly url: string },
): string {
  const linked = links.map((link) => linkToMarkdown(link.label, link.url));
  const head = [
    [plainToMarkdown(headline), ...linked].join(" "),
    steps.map(({ label, state }) => `- ${stepMarks[state]} ${plainToMarkdown(label)}`).join("\n"),
  ];
  const foot = [actions.map((action) => `<code>@${name} ${action}</code>`).join(" · "), markOf(taskId)];
  const join = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");
  const room = maxCommentLength - join([...head, ...foot]).length - 2;
  const summary = toInertMarkdown(summaryMarkdown ?? "", { linkable: [url], maxLength: room });
  return join([...head, summary, ...foot]);
}
