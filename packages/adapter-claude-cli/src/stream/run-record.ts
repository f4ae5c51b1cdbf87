import type { ClaudeRunnerSettings } from "../claude-runner-options.js";
import type { InitLine, ResultLine } from "./line-schemas.js";
import type { ClaudeLine } from "./parse-line.js";
import { createUsageCount, type UsageCount } from "./usage-count.js";

/** What a run has said so far, as far as its outcome depends on it. Small, however long the run. */
export interface RunRecord {
  add(parsed: ClaudeLine): void;
  init(): InitLine | null;
  /** The last result line; there is one, as a rule. */
  result(): ResultLine | null;
  /** Why it is not the run that was asked for, or null. */
  objection(): string | null;
  /** The `error` of the last failed API request, or null. */
  apiError(): string | null;
  wasRefused(): boolean;
  /** Lines of the protocol, lines that are none, and result lines. */
  readonly counts: { lines: number; noise: number; results: number };
  readonly usage: UsageCount;
}

/** Makes the {@link RunRecord} of a run. */
export function createRunRecord(settings: Pick<ClaudeRunnerSettings, "permissionMode" | "mcpServers">): RunRecord {
  const counts = { lines: 0, noise: 0, results: 0 };
  const usage = createUsageCount();
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

/** What speaks against going on: rights or servers that nobody gave. A server from the command line is one of ours. */
function objectionTo(
  init: InitLine,
  { permissionMode, mcpServers }: Pick<ClaudeRunnerSettings, "permissionMode" | "mcpServers">,
): string | null {
  if (init.permissionMode === "bypassPermissions" && permissionMode !== "bypassPermissions") {
    return `it runs with permission mode bypassPermissions instead of ${permissionMode}`;
  }
  const stranger = init.mcp_servers.find(
    ({ name, source }) => !Object.hasOwn(mcpServers, name) && source !== "dynamic",
  );
  return stranger === undefined
    ? null
    : `it started the MCP server '${stranger.name.slice(0, 100)}', which nobody configured`;
}
