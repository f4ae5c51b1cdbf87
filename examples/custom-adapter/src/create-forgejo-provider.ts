import { AgentBotError, type SetupProblem, type WebhookProvider } from "@agentbot/core";
import { parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { createForgejoCodeHost } from "./forgejo/code-host.js";
import { createForgejoConversation } from "./forgejo/conversation.js";
import { createForgejoApi } from "./forgejo/forgejo-api.js";
import { createForgejoSource } from "./forgejo/source.js";

/** Options of {@link createForgejoProvider}. */
export interface ForgejoProviderOptions {
  /** Address of the Forgejo or Gitea, e.g. `https://codeberg.org`. */
  readonly url: string;
  /** The login of the bot's account: the name people mention. */
  readonly name: string;
  /** A token of that account with the scopes `write:issue`, `write:repository` and `read:user`. A secret. */
  readonly token: string;
  /** The secret of the webhooks. A secret. */
  readonly webhookSecret: string;
}

const optionsSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).transform((url) => url.replace(/\/+$/, "")),
  name: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/, "must be a login that can be mentioned"),
  token: z.string().regex(/^\S{8,}$/, "must be an access token"),
  webhookSecret: z.string().min(1, "must not be empty: anyone could sign with it"),
});

/**
 * agentbot on Forgejo or Gitea, as an ordinary account. The account is a collaborator of each repository with the right
 * `admin`: Forgejo shows the permissions of others to administrators alone.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 */
export function createForgejoProvider(options: ForgejoProviderOptions): WebhookProvider {
  const { url, name, token, webhookSecret } = parseOptions("createForgejoProvider", optionsSchema, options);
  const api = createForgejoApi({ url, token });
  return {
    name: "forgejo",
    source: createForgejoSource({ url, name, webhookSecret }),
    conversation: createForgejoConversation(api, { name, url }),
    codeHost: createForgejoCodeHost(api, { url, name, token }),
    lifecycle: {
      async check({ signal }) {
        const problem = (severity: SetupProblem["severity"], message: string): readonly SetupProblem[] => [
          { part: "forgejo", severity, message },
        ];
        try {
          const { login } = await api("GET", "/user", { signal, schema: z.object({ login: z.string() }) });
          if (login.toLowerCase() === name.toLowerCase()) return [];
          return problem("error", `The token is of the account ${login}: set FORGEJO_BOT to it.`);
        } catch (error) {
          if (!AgentBotError.hasCode(error, "PROVIDER_AUTHENTICATION_FAILED")) throw error;
          return problem("error", `${error.message}: set FORGEJO_TOKEN to a token of the account ${name}.`);
        }
      },
    },
  };
}
