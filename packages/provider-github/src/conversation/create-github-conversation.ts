import { AgentBotError, type Conversation, type Logger, type Origin, type StatusMessage } from "@agentbot/core";
import { z } from "zod";
import { author, isPerson } from "../api/author.js";
import type { GitHubApi, GitHubCall } from "../api/create-github-api.js";
import { readAnswer } from "../api/read-answer.js";
import { type ConversationAddress, parseConversation } from "../repository-names.js";
import { fitStatusBody } from "./fit-status-body.js";
import { reactionRoute } from "./reaction-route.js";

const perPage = 100;
/** No thread is searched further: 10,000 comments. */
const maxPages = 100;

const statusComment = z.object({ id: z.int(), html_url: z.string().default("") });
const listedComment = statusComment.extend({
  body: z.string().nullish(),
  user: author.nullish(),
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
});

function toMessage({ id, html_url }: z.output<typeof statusComment>): StatusMessage {
  return { id: String(id), url: html_url };
}

function readAddress(origin: Origin): ConversationAddress {
  const address = parseConversation(origin.conversation);
  if (address) return address;
  throw new AgentBotError(
    "PROVIDER_REJECTED",
    "The origin's conversation is no GitHub address such as octocat/hello#7",
  );
}

/** What {@link createGitHubConversation} needs. */
export interface GitHubConversationOptions {
  readonly api: GitHubApi;
  readonly appId: number;
  readonly logger: Logger;
  /** The login the App writes as; asked once. */
  readonly readBotLogin: (signal: AbortSignal) => Promise<string>;
}

/** The talking side of GitHub: reactions, and one comment a task on its issue or pull request. */
export function createGitHubConversation(options: GitHubConversationOptions): Conversation {
  const { api, appId, logger, readBotLogin } = options;

  const callFor = (origin: Origin, signal: AbortSignal, rest: Pick<GitHubCall, "operation" | "doing" | "route">) => {
    const { owner, name, number } = readAddress(origin);
    return (parameters: Readonly<Record<string, unknown>>) =>
      api.call({
        ...rest,
        subject: `${owner}/${name}`,
        credential: { installationId: origin.tenant, repository: { name } },
        parameters: { owner, repo: name, issue_number: number, ...parameters },
        signal,
      });
  };

  const isOurs = async (comment: z.output<typeof listedComment>, signal: AbortSignal): Promise<boolean> => {
    if (comment.performed_via_github_app) {
      // A person may write through our App too, and copy a marker.
      return comment.performed_via_github_app.id === appId && !(comment.user && isPerson(comment.user));
    }
    // Nobody can register a login that ends in [bot], so the login alone proves the author.
    if (!comment.user?.login.endsWith("[bot]")) return false;
    return comment.user.login === (await readBotLogin(signal));
  };

  return {
    async acknowledge(origin, signal) {
      const route = reactionRoute(origin.message);
      const call = callFor(origin, signal, { operation: "react", doing: "reacting to a request", route: route.path });
      try {
        await call({ comment_id: route.id, content: "eyes" });
      } catch (error) {
        if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
        logger.warn({ err: error, conversation: origin.conversation }, "The request got no reaction; the task goes on");
      }
    },

    async findStatus({ origin, marker, signal }) {
      const doing = "looking for the status comment";
      const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
      const call = callFor(origin, signal, { operation: "list_comments", doing, route });
      const found: z.output<typeof listedComment>[] = [];
      for (let page = 1; page <= maxPages; page += 1) {
        const { data, headers } = await call({ per_page: perPage, page });
        for (const comment of readAnswer(z.array(listedComment), data, doing)) {
          if (comment.body?.includes(marker) && (await isOurs(comment, signal))) found.push(comment);
        }
        if (!String(headers["link"] ?? "").includes('rel="next"')) break;
      }
      return found.sort((left, right) => left.id - right.id).map(toMessage);
    },

    async postStatus({ origin, marker, body, signal }) {
      const doing = "posting the status comment";
      const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      const call = callFor(origin, signal, { operation: "create_comment", doing, route });
      const { data } = await call({ body: fitStatusBody(body, marker) });
      return toMessage(readAnswer(statusComment, data, doing));
    },

    async updateStatus({ origin, marker, body, id, signal }) {
      const doing = "updating the status comment";
      const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
      await callFor(origin, signal, { operation: "update_comment", doing, route })({
        comment_id: id,
        body: fitStatusBody(body, marker),
      });
    },

    async removeStatus({ origin, id, signal }) {
      const doing = "removing a duplicate status comment";
      const route = "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}";
      try {
        await callFor(origin, signal, { operation: "delete_comment", doing, route })({ comment_id: id });
      } catch (error) {
        if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
        if (error.details["status"] !== 404 || error.details["operation"] !== doing) throw error;
      }
    },
  };
}
