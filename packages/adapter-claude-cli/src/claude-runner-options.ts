import type { Logger, Sandbox } from "@agentbot/core";
import { z } from "zod";

/** `setTimeout` takes a signed 32-bit number. */
const milliseconds = z.number().int().positive().max(2_147_483_647);
const hasMethod = (name: string) => (value: unknown) => typeof Object(value)[name] === "function";

/** What {@link createClaudeRunner} takes. */
export const claudeRunnerOptionsSchema = z.strictObject({
  /** The `claude` program: a path, or a name that is looked for in `environment.PATH`. */
  program: z.string().min(1),
  /** Words before ours, for a CLI that is a script: `program: process.execPath, programArguments: ["cli.js"]`. @defaultValue [] */
  programArguments: z.array(z.string()).default([]),
  /** The wall around the program. `createNoSandbox()` says on purpose that it runs with all rights of this process. */
  sandbox: z.custom<Sandbox>(hasMethod("wrap"), "must be a Sandbox; createNoSandbox() runs without one"),
  /**
   * The base environment, such as `PATH` and `LANG`; nothing else of the parent's gets through. `HOME`, `TMPDIR` and our
   * own switches are set on top. `CLAUDE_CODE_SUBPROCESS_ENV_SCRUB=1` may be given, but measured with 2.1.330 it needs
   * bubblewrap, forces the permission mode to `default` and leaves empty files (`package.json`, `.npmrc`, ...) in the work
   * tree; keeping the key out of reach is the sandbox's work.
   */
  environment: z.record(z.string(), z.string()),
  /** The key of the Messages API, as `ANTHROPIC_API_KEY`; the agent process holds it. */
  apiKey: z.string().min(1).optional(),
  /** Where the Messages API is, as `ANTHROPIC_BASE_URL`. */
  baseUrl: z.url().optional(),
  /** The model, in the CLI's words. @defaultValue undefined: the CLI's own default */
  model: z.string().min(1).optional(),
  /** The most turns of one run. @defaultValue undefined: no limit */
  maxTurns: z.number().int().positive().optional(),
  /** Rules of tools that need no permission, such as `Bash(npm test)`. @defaultValue [] */
  allowedTools: z.array(z.string().min(1)).default([]),
  /** MCP servers by name, as in the CLI's `mcpServers`; any other one ends the run. @defaultValue \{\} */
  mcpServers: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  /** What is permitted without being asked: nobody is there to be asked. @defaultValue "acceptEdits" */
  permissionMode: z
    .enum(["acceptEdits", "dontAsk", "plan", "default", "auto", "bypassPermissions"])
    .default("acceptEdits"),
  /** How often the CLI repeats a failed API request. @defaultValue 4 */
  maxApiRetries: z.number().int().min(0).default(4),
  /** Ends a run that hasn't begun to speak, in milliseconds. @defaultValue 60000 */
  startTimeoutMs: milliseconds.default(60_000),
  /** Ends a run that has fallen silent, in milliseconds. @defaultValue 600000 */
  idleTimeoutMs: milliseconds.default(600_000),
  /** Ends a process that stays after its result, in milliseconds; the result is kept. @defaultValue 5000 */
  lingerMs: milliseconds.default(5000),
  /** Time between SIGTERM and SIGKILL, in milliseconds. @defaultValue 5000 */
  killGraceMs: milliseconds.default(5000),
  /** Told what is odd about a run, such as lines that are not JSON. @defaultValue undefined: silent */
  logger: z.custom<Logger>(hasMethod("warn"), "must be a Logger").optional(),
});

/** What {@link createClaudeRunner} takes. */
export type ClaudeRunnerOptions = z.input<typeof claudeRunnerOptionsSchema>;

/** {@link ClaudeRunnerOptions} with every default filled in. */
export type ClaudeRunnerSettings = z.output<typeof claudeRunnerOptionsSchema>;
