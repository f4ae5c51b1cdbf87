import {
  AgentBotError,
  type Clock,
  createSilentLogger,
  type Logger,
  type Metrics,
  type WebhookProvider,
} from "@agentbot/core";
import {
  clockSchema,
  loggerSchema,
  maxTimerMs,
  metricsSchema,
  parseOptions,
  type ShapeOf,
  systemClock,
} from "@agentbot/core/adapter";
import { z } from "zod";
import { parsePrivateKey } from "./api/app-tokens.js";
import { appAnswer, checkApp } from "./api/check-app.js";
import { createGitHubApi } from "./api/create-github-api.js";
import { readAnswer } from "./api/github-errors.js";
import type { Fetch } from "./api/github-octokit.js";
import { createRepositoryCalls } from "./api/repository-calls.js";
import { createGitHubCodeHost } from "./code-host.js";
import { createGitHubConversation } from "./conversation/create-github-conversation.js";
import { createGitHubSource } from "./source/create-github-source.js";

/** Options of {@link createGitHubProvider}. */
export interface GitHubProviderOptions {
  /** The App's numeric id. */
  readonly appId: number | string;
  /** The App's private key: PEM with real or `\n`-escaped line ends, or its base64. A secret. */
  readonly privateKey: string;
  /** The App's webhook secret; two while it is being changed, the new one first. A secret. */
  readonly webhookSecret: string | readonly string[];
  /** The name people mention, and the label that requests work. @defaultValue "agentbot" */
  readonly name?: string;
  /** Address of the REST API. @defaultValue "https://api.github.com" */
  readonly apiUrl?: string;
  /** Address for people and for git. @defaultValue "https://github.com" */
  readonly url?: string;
  /** Numeric ids of Apps, or of their bot accounts, that may request work without a permission. @defaultValue none */
  readonly allowedBotIds?: readonly number[];
  /** Maximum duration of each try of a request, in milliseconds. @defaultValue 15000 */
  readonly requestTimeoutMs?: number;
  /** Source of the time. @defaultValue the machine's */
  readonly clock?: Clock;
  /** Receives log lines. @defaultValue silent */
  readonly logger?: Logger;
  /** Receives measurements. @defaultValue none */
  readonly metrics?: Metrics;
  /** Sends the requests. @defaultValue the platform's */
  readonly fetch?: Fetch;
}

const webAddress = z
  .url({ protocol: /^https?$/, error: "must be an http(s) URL" })
  .refine((value) => !/[?#@]/.test(value), "must have no credentials, query or fragment")
  .transform((value) => value.replace(/\/+$/, ""));

const secret = z
  .string()
  .min(1, "must not be empty: anyone could sign with it")
  .refine(
    (value) => value === value.trim(),
    "begins or ends with white space, a line end perhaps: no signature would fit",
  );

const optionsSchema = z.strictObject({
  appId: z.union([z.int().min(1), z.string().regex(/^\d{1,15}$/, "must be the App's numeric id")]).transform(Number),
  privateKey: z.string().transform((value, context) => {
    const key = parsePrivateKey(value);
    if (key !== null) return key;
    context.addIssue("holds no RSA private key; set it to the App's PEM file, with line ends or \\n, or to its base64");
    return z.NEVER;
  }),
  webhookSecret: z.union([secret.transform((value) => [value]), z.array(secret).min(1).max(2)]),
  name: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,98}[A-Za-z0-9])?$/, "must look like a GitHub login")
    .default("agentbot"),
  apiUrl: webAddress.default("https://api.github.com"),
  url: webAddress.default("https://github.com"),
  allowedBotIds: z.array(z.int().min(1)).default([]),
  requestTimeoutMs: z.int().min(1).max(maxTimerMs).default(15_000),
  clock: clockSchema.optional(),
  logger: loggerSchema.optional(),
  metrics: metricsSchema.optional(),
  fetch: z.custom<Fetch>((value) => typeof value === "function", "must be a function").optional(),
} satisfies ShapeOf<GitHubProviderOptions>);

/**
 * agentbot on GitHub, as a GitHub App.
 *
 * @example
 * const github = createGitHubProvider({ appId: 12345, privateKey, webhookSecret });
 * createGateway({ providers: [github], … });
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option at once
 */
export function createGitHubProvider(options: GitHubProviderOptions): WebhookProvider {
  const parsed = parseOptions("createGitHubProvider", optionsSchema, options);
  const { appId, privateKey, name, apiUrl, url } = parsed;
  const logger = parsed.logger ?? createSilentLogger();
  const clock = parsed.clock ?? systemClock;
  const api = createGitHubApi({
    ...{ appId, privateKey, apiUrl, clock, logger },
    fetch: parsed.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: parsed.requestTimeoutMs,
    metrics: parsed.metrics,
  });
  const calls = createRepositoryCalls({ api, clock, logger });

  const readApp = async (signal: AbortSignal) => {
    const doing = "reading the App";
    const app = { subject: `App ${appId}`, credential: "app", route: "GET /app" } as const;
    const { data } = await api.call({ operation: "get_app", doing, ...app, signal });
    return readAnswer(appAnswer, data, doing);
  };
  let botLogin: string | null = null;
  const readBotLogin = async (signal: AbortSignal): Promise<string> => {
    if (botLogin !== null) return botLogin;
    try {
      botLogin = `${(await readApp(signal)).slug}[bot]`;
    } catch (error) {
      // A gateway in front of GitHub Enterprise may not forward this route.
      if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
      logger.warn({ err: error }, "The App's name cannot be read; the bot's is assumed");
      botLogin = `${name}[bot]`;
    }
    return botLogin;
  };

  const allowedBotIds = new Set(parsed.allowedBotIds.map(String));
  return {
    name: "github",
    source: createGitHubSource({ name, appId: String(appId), url, allowedBotIds }, parsed.webhookSecret),
    conversation: createGitHubConversation({ calls, appId, botName: name, url, logger, readBotLogin }),
    codeHost: createGitHubCodeHost({ calls, url, readBotLogin }),
    lifecycle: {
      check: ({ signal }) => checkApp(() => readApp(signal), url),
      close: ({ signal }) => calls.close(signal),
    },
  };
}
