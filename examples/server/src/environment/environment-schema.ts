import { checkRedisUrl } from "@agentbot/adapter-redis";
import { AgentBotError, parseEncryptionKeys } from "@agentbot/core";
import { trustedProxiesSchema } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { z } from "zod";
import { certificateFile, noProxyList, proxyUrl } from "./outgoing-schema.js";

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(minimum, `must be at least ${minimum}`).max(maximum, `must be at most ${maximum}`));

const dollars = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/, "must be an amount in US dollars, such as 5 or 2.50")
  .transform(Number)
  .pipe(z.number().positive("must be more than 0"));

const webUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .transform((url) => url.replace(/\/+$/, ""));

const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

const numericIds = z
  .string()
  .regex(/^\d{1,15}(\s*,\s*\d{1,15})*$/, "must be numeric app ids, separated by commas")
  .transform((ids) => ids.split(",").map(Number));

const webOrigins = z
  .string()
  .transform((origins) => origins.split(",").map((origin) => origin.trim().replace(/\/$/, "")))
  .refine(
    (origins) => origins.every(isWebOrigin),
    "must be origins such as https://dash.example, separated by commas, or *",
  );

function isWebOrigin(origin: string): boolean {
  return origin === "*" || (/^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin);
}

const proxyList = z
  .string()
  .transform((entries) => entries.split(",").map((entry) => entry.trim()))
  .pipe(trustedProxiesSchema);

/** A text with a check that returns its fault, without the text itself, or null. */
const checkedText = (check: (value: string) => string | null) =>
  z.string().superRefine((value, context) => {
    const objection = check(value);
    if (objection !== null) context.addIssue(objection);
  });

/** The address of a PostgreSQL, which may contain a password. */
const databaseUrl = checkedText((url) =>
  URL.canParse(url) && ["postgres:", "postgresql:"].includes(new URL(url).protocol)
    ? null
    : "must be a URL such as postgres://user@host:5432/agentbot",
);

/** Returns the fault that `parse` finds in a text, or null. */
function faultOf(parse: () => unknown, prefix: RegExp): string | null {
  try {
    parse();
    return null;
  } catch (error) {
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    return error.message.replace(prefix, "");
  }
}

const redisUrl = checkedText((url) => faultOf(() => checkRedisUrl(url), /^Redis URL: /));

const encryptionKeys = checkedText((keys) => faultOf(() => parseEncryptionKeys(keys), /^encryption keys: /i));

const privateKeyOfApp = checkedText((privateKey) =>
  faultOf(
    () => createGitHubProvider({ appId: 1, privateKey, webhookSecret: "unused: this provider receives nothing" }),
    /^createGitHubProvider: privateKey: /,
  ),
);

/** Every variable the server reads. An empty one counts as absent; a secret may also be given as `NAME_FILE`. */
export const environmentSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(8080),
  HOST: z.string().default("0.0.0.0"),
  LOG_LEVEL: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent").default("info"),
  AGENTBOT_ROLE: oneOf("all", "gateway", "worker").default("all"),
  AGENTBOT_NAME: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/, "must be letters, digits and inner hyphens, at most 39")
    .default("agentbot"),
  AGENTBOT_ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks, such as `openssl rand -hex 32` gives")
    .optional(),
  NODE_ENV: z.string().optional(),
  AGENTBOT_ENCRYPTION_KEYS: encryptionKeys.optional(),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
  DATA_DIR: z.string().default(".agentbot"),
  WORKSPACE_DIR: z.string().optional(),
  CORS_ORIGINS: webOrigins.default([]),
  TRUSTED_PROXIES: proxyList.default([]),
  WORKER_CONCURRENCY: wholeNumber(1, 64).default(2),
  INSTALLATION_CONCURRENCY: wholeNumber(0, 1000).default(0),
  LEASE_SECONDS: wholeNumber(1, 3600).default(30),
  TASK_TIMEOUT_SECONDS: wholeNumber(1, 86_400).default(1800),
  GIT_TIMEOUT_SECONDS: wholeNumber(1, 86_400).default(600),
  TASK_MAX_ATTEMPTS: wholeNumber(1, 100).default(3),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 3600).default(25),
  TASK_BUDGET_USD: dollars.default(5),
  DAILY_BUDGET_USD: dollars.default(100),
  USER_TASKS_PER_HOUR: wholeNumber(1, 1_000_000).default(20),
  REPOSITORY_TASKS_PER_HOUR: wholeNumber(1, 1_000_000).default(60),
  AGENT_CLI: oneOf("claude", "cursor", "codex").default("claude"),
  CLAUDE_BIN: z.string().default("claude"),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: webUrl.optional(),
  AGENT_SANDBOX: oneOf("auto", "bwrap", "none").default("auto"),
  GITHUB_APP_ID: z
    .string()
    .regex(/^\d{1,15}$/, "must be the App's numeric id")
    .transform(Number)
    .optional(),
  GITHUB_PRIVATE_KEY: privateKeyOfApp.optional(),
  GITHUB_WEBHOOK_SECRET: z.string().optional(),
  GITHUB_ALLOWED_BOT_IDS: numericIds.default([]),
  GITHUB_URL: webUrl.default("https://github.com"),
  GITHUB_API_URL: webUrl.default("https://api.github.com"),
  HTTPS_PROXY: proxyUrl.optional(),
  HTTP_PROXY: proxyUrl.optional(),
  NO_PROXY: noProxyList.default([]),
  NODE_EXTRA_CA_CERTS: certificateFile.optional(),
});

/** The parsed environment. */
export type Environment = z.output<typeof environmentSchema>;

/** The variables that hold secrets: each may be given as a file, and none is ever logged. */
export const secretNames = [
  "AGENTBOT_ADMIN_TOKEN",
  "AGENTBOT_ENCRYPTION_KEYS",
  "DATABASE_URL",
  "REDIS_URL",
  "ANTHROPIC_API_KEY",
  "GITHUB_PRIVATE_KEY",
  "GITHUB_WEBHOOK_SECRET",
] as const satisfies readonly (keyof Environment)[];
