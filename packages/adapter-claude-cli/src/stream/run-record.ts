import { shortenText } from "@agentbot/core/adapter";
import type { ClaudeRunnerSettings } from "../claude-runner-options.js";
import type { InitLine, ResultLine } from "./line-schemas.js";
import type { ClaudeLine } from "./parse-line.js";
import { createUsageCount, type UsageCount } from "./usage-count.js";

/** The part of a run's output that its outcome depends on. Small, however long the run. */
export interface RunRecord {
  add(parsed: ClaudeLine): void;
  init(): InitLine | null;
  /** The last result line; usually the only one. */
  result(): ResultLine | null;
  /** The rights or servers it has that were not configured, as a phrase, or null. */
  objection(): string | null;
  /** The `error` of the last failed API request, or null. */
  apiError(): string | null;
  wasRefused(): boolean;
  /** Numbers of lines of the protocol, other lines, and result lines. */
  readonly counts: { lines: number; noise: number; results: number };
  readonly usage: UsageCount;
}

/** An empty record of a run with these settings. */
export function createRunRecord(
  settings: Pick<ClaudeRunnerSettings, "permissionMode" | "mcpServers" | "modelPrices">,
): RunRecord {
  const counts = { lines: 0, noise: 0, results: 0 };
  const usage = createUsageCount(settings.modelPrices);
  let init: InitLine | null = null;
  let result: ResultLine | null = null;
  let objection: string | null = null;
  let apiError: string | null = null;
  let wasRefused = false;

  return {
    counts,
    usage,
    init: () => init,
    result: () => result,
    objection: () => objection,
    apiError: () => apiError,
    wasRefused: () => wasRefused,
    add(parsed) {
      if (parsed.kind === "noise") counts.noise += 1;
      else counts.lines += 1;
      if (parsed.kind === "refusal") wasRefused = true;
      if (parsed.kind === "init") {
        init ??= parsed.line;
        objection ??= objectionTo(parsed.line, settings);
      }
      // Without its first line nothing shows what rights it has.
      if (isWork(parsed)) objection ??= init === null ? "it began without saying what rights it has" : null;
      if (parsed.kind === "assistant") {
        apiError = parsed.line.error;
        usage.addMessage(parsed.line);
      }
      if (parsed.kind === "result") {
        counts.results += 1;
        result = parsed.line;
        usage.addResult(parsed.line);
      }
    },
  };
}

/** Returns true for a line that an agent with tools writes: its answers, its tools' results, and its success. */
function isWork(parsed: ClaudeLine): boolean {
  if (parsed.kind === "result") return parsed.line.subtype === "success" && parsed.line.is_error === false;
  return parsed.kind === "user" || (parsed.kind === "assistant" && parsed.line.error === null);
}

/** A server from the command line, `dynamic`, is one of the configured. */
function objectionTo(
  init: InitLine,
  { permissionMode, mcpServers }: Pick<ClaudeRunnerSettings, "permissionMode" | "mcpServers">,
): string | null {
  if (init.permissionMode === "bypassPermissions" && permissionMode !== "bypassPermissions") {
    return `it runs with permission mode bypassPermissions instead of ${permissionMode}`;
  }
  if (init.permissionMode === null) return "it does not say its permission mode";
  if (init.mcp_servers === null) return "it does not say which MCP servers it started";
  const foreign = init.mcp_servers.find(({ name, source }) => !Object.hasOwn(mcpServers, name) && source !== "dynamic");
  return foreign === undefined
    ? null
    : `it started the MCP server '${shortenText(foreign.name, 100)}', which is not configured`;
}
