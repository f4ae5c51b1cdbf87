import type { JsonObject, Logger } from "@agentbot/core";
import { loggerSchema, maxTimerMs, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import type { ModelPrice, ModelPrices } from "./stream/usage-count.js";

const milliseconds = z.number().int().positive().max(maxTimerMs);

/** Options of {@link createClaudeRunner}. */
export interface ClaudeRunnerOptions {
  /** The `claude` program: a path, or a name that is looked up in `environment.PATH`. */
  readonly program: string;
  /** Arguments before those of the run, for a CLI that is a script: `program: "node", programArguments: ["cli.js"]`. @defaultValue [] */
  readonly programArguments?: readonly string[] | undefined;
  /**
   * The base environment, such as `PATH` and `LANG`; nothing else of this process's gets through. `HOME`, `TMPDIR` and the
   * runner's switches are set on top. `CLAUDE_CODE_SUBPROCESS_ENV_SCRUB=1` may be given, but measured with 2.1.330 it
   * needs bubblewrap, forces the permission mode to `default` and leaves empty files (`package.json`, `.npmrc`, ...) in
   * the work tree; keeping the key out of reach is the sandbox's work.
   */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The key of the Messages API, as `ANTHROPIC_API_KEY`; the agent process holds it. A job's endpoint replaces it. Without
   * it the credential is a variable of `environment`, such as `CLAUDE_CODE_OAUTH_TOKEN`. @defaultValue none
   */
  readonly apiKey?: string | undefined;
  /** The address of the Messages API, as `ANTHROPIC_BASE_URL`. A job's endpoint replaces it. @defaultValue the CLI's own */
  readonly baseUrl?: string | undefined;
  /** The model, in the CLI's words. A job's model replaces it. @defaultValue undefined: the CLI's own default */
  readonly model?: string | undefined;
  /**
   * US dollars per million tokens by the model's exact name, before the built-in list prices of Anthropic's models. A run
   * costs the larger of what the CLI reports and of the price of its tokens, and a model that is in neither list has the price of
   * the dearest one (15 in, 75 out): name the models of another API here. @defaultValue \{\}
   */
  readonly modelPrices?: ModelPrices | undefined;
  /** Maximum number of turns of a run. @defaultValue undefined: no limit */
  readonly maxTurns?: number | undefined;
  /** Rules of tools that need no permission, such as `Bash(npm test)`. A job's rules replace them. @defaultValue [] */
  readonly allowedTools?: readonly string[] | undefined;
  /**
   * MCP servers by name, as in the CLI's `mcpServers`. A job's servers are added and win over one of the same name; any
   * other server ends the run. @defaultValue \{\}
   */
  readonly mcpServers?: Readonly<Record<string, JsonObject>> | undefined;
  /** The CLI's permission mode; there is no person to ask for a permission. @defaultValue "acceptEdits" */
  readonly permissionMode?: "acceptEdits" | "dontAsk" | "plan" | "default" | "auto" | "bypassPermissions" | undefined;
  /** Maximum number of times the CLI repeats a failed API request. @defaultValue 4 */
  readonly maxApiRetries?: number | undefined;
  /** Maximum time until the first message of a run, in milliseconds. @defaultValue 60000 */
  readonly startTimeoutMs?: number | undefined;
  /** Maximum silence within a run, in milliseconds. @defaultValue 600000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Maximum time a process stays after its result, in milliseconds; the result is kept. @defaultValue 5000 */
  readonly lingerMs?: number | undefined;
  /** Time between SIGTERM and SIGKILL, in milliseconds. @defaultValue 5000 */
  readonly killGraceMs?: number | undefined;
  /** Receives warnings about a run, such as output that is not JSON. @defaultValue undefined: silent */
  readonly logger?: Logger | undefined;
  /** Sends the request by which `check` tries the key. @defaultValue the platform's */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Parses {@link ClaudeRunnerOptions} and fills in the defaults. */
export const claudeRunnerOptionsSchema = z.strictObject({
  program: z.string().min(1),
  programArguments: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()),
  apiKey: z
    .string()
    .min(1, "must not be empty: set it to a key of the Messages API")
    // Each occurrence in the agent's words is redacted: a few letters occur in many.
    .regex(/^(?:|\S{8,})$/, "has less than 8 characters, or white space: it is not a key of the Messages API")
    .optional(),
  baseUrl: z.url().optional(),
  model: z.string().min(1).optional(),
  modelPrices: z
    .record(
      z.string(),
      z.strictObject({
        inputUsd: z.number().min(0),
        outputUsd: z.number().min(0),
      } satisfies ShapeOf<ModelPrice>),
    )
    .default({}),
  maxTurns: z.number().int().positive().optional(),
  allowedTools: z.array(z.string().min(1)).readonly().default([]),
  mcpServers: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  permissionMode: z
    .enum(["acceptEdits", "dontAsk", "plan", "default", "auto", "bypassPermissions"])
    .default("acceptEdits"),
  maxApiRetries: z.number().int().min(0).default(4),
  startTimeoutMs: milliseconds.default(60_000),
  idleTimeoutMs: milliseconds.default(600_000),
  lingerMs: milliseconds.default(5000),
  killGraceMs: milliseconds.default(5000),
  logger: loggerSchema.optional(),
  fetch: z.custom<typeof globalThis.fetch>((value) => typeof value === "function", "must be a function").optional(),
} satisfies ShapeOf<ClaudeRunnerOptions>);

/** {@link ClaudeRunnerOptions} with the defaults filled in. */
export type ClaudeRunnerSettings = z.output<typeof claudeRunnerOptionsSchema>;
