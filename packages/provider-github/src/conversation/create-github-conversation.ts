import {
  AgentBotError,
  type Conversation,
  type Logger,
  type Origin,
  type StatusMessage,
  type StatusView,
} from "@agentbot/core";
import { linkToMarkdown, plainToMarkdown, toInertMarkdown } from "@agentbot/core/markdown";
import { z } from "zod";
import { conversationAddress, hasStatusMark, statusMark } from "../addresses.js";
import { author, isPerson, isStatus, readAnswer } from "../api/github-errors.js";
import { redirectStatuses } from "../api/github-octokit.js";
import type { RepositoryCall, RepositoryCalls } from "../api/repository-calls.js";
import { readHistory } from "./read-history.js";

const perPage = 100;
/** Maximum pages that are searched for a status comment: 10,000 comments. */
const maxPages = 100;

const statusComment = z.object({ id: z.int(), html_url: z.string().default("") });
const ownedComment = z.object({
  user: author.nullish(),
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
});
const listedComment = statusComment.extend({ body: z.string().nullish(), ...ownedComment.shape });

const reactionRoutes = new Map([
  ["issue_comment", "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"],
  ["review_comment", "POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions"],
]);

/** The route of a reaction. Issues, pull requests and reviews take none in the REST API: their conversation gets it. */
function reactionRoute(message: string | null): { readonly route: string; readonly id: string } {
  const [kind = "", id = ""] = (message ?? "").split("/");
  const route = /^\d{1,16}$/.test(id) ? reactionRoutes.get(kind) : undefined;
  return { route: route ?? "POST /repos/{owner}/{repo}/issues/{issue_number}/reactions", id };
}

function toMessage({ id, html_url }: z.output<typeof statusComment>): StatusMessage {
  return { id: String(id), url: html_url };
}

/** Answers for an issue that was transferred or deleted, or that the bot cannot read any more. */
const goneStatuses = [...redirectStatuses, 404, 410];

/** Adds the reason `conversation_gone` to the error of a call about an issue that is not there. */
function ifConversationGone(error: unknown, doing: string): unknown {
  const isGone = goneStatuses.some((status) => isStatus(error, status, doing));
  if (!isGone || !AgentBotError.isInstance(error)) return error;
  const details = { ...error.details, reason: "conversation_gone" };
  return new AgentBotError("PROVIDER_REJECTED", error.message, { cause: error, details });
}

/** Options of {@link createGitHubConversation}. */
export interface GitHubConversationOptions {
  readonly calls: RepositoryCalls;
  readonly appId: number;
  /** The name people mention. */
  readonly botName: string;
  /** GitHub's own web address: links in comments may lead there. */
  readonly url: string;
  readonly logger: Logger;
  /** The login the App writes as; requested once. */
  readonly readBotLogin: (signal: AbortSignal) => Promise<string>;
}

/** The talking side of GitHub: reactions, one comment per task on its issue or pull request, and the conversation so far. */
export function createGitHubConversation(options: GitHubConversationOptions): Conversation {
  const { calls, appId, botName, url, logger, readBotLogin } = options;

  const callFor = (origin: Origin, signal: AbortSignal, rest: Omit<RepositoryCall, "parameters">) => {
    const { repositoryId, number } = conversationAddress(origin);
    const repository = { tenant: origin.tenant, id: repositoryId };
    return (parameters: Readonly<Record<string, unknown>>) =>
      calls
        .call(repository, signal, { ...rest, parameters: { issue_number: number, ...parameters } })
        .catch((error: unknown) => {
          throw rest.route.includes("/{issue_number}/") ? ifConversationGone(error, rest.doing) : error;
        });
  };

  const isOurs = async (comment: z.output<typeof ownedComment>, signal: AbortSignal): Promise<boolean> => {
    if (comment.performed_via_github_app) {
      // A person may write through our App too, and copy a mark.
      return comment.performed_via_github_app.id === appId && !(comment.user && isPerson(comment.user));
    }
    // No person can register a login that ends in [bot], so the login alone proves the author.
    if (!comment.user?.login.endsWith("[bot]")) return false;
    return comment.user.login === (await readBotLogin(signal));
  };

  return {
    async acknowledge(origin, { signal }) {
      const { route, id } = reactionRoute(origin.message);
      const call = callFor(origin, signal, { operation: "react", doing: "reacting to a request", route });
      try {
        await call({ comment_id: id, content: "eyes" });
      } catch (error) {
        if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
        logger.warn({ err: error, conversation: origin.conversation }, "The request got no reaction; the task goes on");
      }
    },

    async findStatus({ origin, taskId, since }, { signal }) {
      const doing = "looking for the status comment";
      const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
      const call = callFor(origin, signal, { operation: "list_comments", doing, route });
      const found: z.output<typeof listedComment>[] = [];
      for (let page = 1; page <= maxPages; page += 1) {
        const { data, headers } = await call({ per_page: perPage, page, ...(since && { since: since.toISOString() }) });
        for (const comment of readAnswer(z.array(listedComment), data, doing)) {
          if (comment.body?.includes(statusMark(taskId)) && (await isOurs(comment, signal))) found.push(comment);
        }
        if (!String(headers["link"] ?? "").includes('rel="next"')) break;
      }
      return found.sort((left, right) => left.id - right.id).map(toMessage);
    },

    async postStatus({ origin, taskId, view }, { signal }) {
      const doing = "posting the status comment";
      const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      const call = callFor(origin, signal, { operation: "create_comment", doing, route });
      const { data } = await call({ body: renderStatus({ taskId, botName, url, view }) });
      return toMessage(readAnswer(statusComment, data, doing));
    },

    async updateStatus({ origin, taskId, view, id }, { signal }) {
      const doing = "updating the status comment";
      const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
      const call = callFor(origin, signal, { operation: "update_comment", doing, route });
      await call({ comment_id: id, body: renderStatus({ taskId, botName, url, view }) });
    },

    async removeStatus({ origin, id }, { signal }) {
      const doing = "removing a duplicate status comment";
      const route = "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}";
      try {
        await callFor(origin, signal, { operation: "delete_comment", doing, route })({ comment_id: id });
      } catch (error) {
        if (!isStatus(error, 404, doing)) throw error;
      }
    },

    async history(request, { signal }) {
      const { origin } = request;
      return await readHistory(
        request,
        {
          logger,
          listerOf: (route, doing) => callFor(origin, signal, { operation: "read_history", doing, route }),
          isOwnStatus: async (comment) => hasStatusMark(comment.body) && (await isOurs(comment, signal)),
        },
        signal,
      );
    },
  };
}

/** The longest comment GitHub stores, in characters. */
const maxCommentLength = 65_536;

const stepMarks = { done: "✅", current: "⏳", pending: "▫️" } as const;

/** Options of {@link renderStatus}. */
export interface RenderStatusOptions {
  readonly taskId: string;
  /** The name people mention. */
  readonly botName: string;
  /** GitHub's own web address. */
  readonly url: string;
  readonly view: StatusView;
}

/**
 * A status view as GitHub Markdown, with the task's mark. Every text in it is made inert here, by itself. A summary that
 * makes the comment longer than GitHub's limit is cut, in whole characters.
 */
export function renderStatus({ taskId, botName, url, view }: RenderStatusOptions): string {
  const { headline, steps, summaryMarkdown, links, actions } = view;
  const linkable = [url];
  const commands = actions.map((action) => `<code>@${botName} ${action}</code>`);
  const opening = [
    plainToMarkdown(headline, { linkable }),
    links.map(({ label, url: address }) => linkToMarkdown(label, address)).join(" · "),
  ];
  const list = steps.map(({ label, state }) => `- ${stepMarks[state]} ${plainToMarkdown(label)}`);
  const foot = [commands.length === 0 ? "" : `<sub>${commands.join(" · ")}</sub>`, statusMark(taskId)];
  const join = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");
  const room = maxCommentLength - join(foot).length - "\n\n".length;
  const wholeHead = join([opening.filter((part) => part !== "").join(" "), list.join("\n")]);
  const head = wholeHead.length <= room ? wholeHead : toInertMarkdown(wholeHead, { linkable, maxLength: room });
  const maxLength = Math.max(0, room - head.length - "\n\n".length);
  const summary = maxLength === 0 ? "" : toInertMarkdown(summaryMarkdown ?? "", { linkable, maxLength });
  return join([head, summary, ...foot]);
}
