import { AgentBotError } from "@agentbot/core";
import { redactCredential } from "./redact-credential.js";
import type { GitEnd } from "./run-git.js";

/** What kind of trouble a git command met. `local` is the machine's own: the mirror may be damaged. */
export type GitFailureKind =
  | "authentication"
  | "network"
  | "not_found"
  | "object_missing"
  | "refused"
  | "disk"
  | "timeout"
  | "local";

const signs: readonly (readonly [GitFailureKind, RegExp])[] = [
  [
    "authentication",
    /authentication failed|could not read (user|pass)|terminal prompts disabled|returned error: 40[13]/i,
  ],
  ["not_found", /repository .* not found|returned error: 404|not valid: is this a git repository/i],
  ["object_missing", /not our ref|unadvertised object|couldn't find remote ref/i],
  ["refused", /fsck error|in strict mode|hook declined|protected branch|refusing to allow/i],
  ["disk", /no space left|disk quota|read-only file system/i],
  [
    "network",
    /unable to access|could not resolve|failed to connect|connection (refused|reset|timed out)|rpc failed|early eof|hung up|unexpected disconnect|returned error: (429|5\d\d)|\b(ssl|tls)\b|bad line length|expected flush|update url base from redirection/i,
  ],
];

const isFinal: Readonly<Record<GitFailureKind, boolean>> = {
  authentication: false,
  network: false,
  not_found: false,
  object_missing: true,
  refused: true,
  disk: false,
  timeout: false,
  local: false,
};

/** The AgentBotError for a git command that failed, with its kind in `details.kind` and nothing secret in its words. */
export function gitFailure(action: string, end: GitEnd, authorization: string | null): AgentBotError {
  const kind = kindOf(end);
  const code = kind === "authentication" ? "GIT_AUTHENTICATION_FAILED" : "GIT_FAILED";
  const complaint = kind === "timeout" ? "it took too long and was stopped" : tellingLine(end);
  const message = `${action} failed: ${redactCredential(complaint, authorization)}`;
  const details = { kind, exitCode: end.exitCode };
  const isOutage = kind === "network" || kind === "timeout" || kind === "disk";
  return new AgentBotError(code, message, isFinal[kind] ? { details, isRetryable: false } : { details, isOutage });
}

/** Did the error come from the machine's own files, so that starting from scratch may cure it? */
export function isLocalGitFailure(error: unknown): boolean {
  return AgentBotError.isInstance(error) && error.details["kind"] === "local";
}

function kindOf(end: GitEnd): GitFailureKind {
  if (end.stopped === "timeout") return "timeout";
  const words = end.stderr
    .split("\n")
    // The server writes these lines: its words must not choose how we treat the failure.
    .filter((line) => !line.startsWith("remote:"))
    .join("\n");
  return signs.find(([, sign]) => sign.test(words))?.[0] ?? "local";
}

function tellingLine(end: GitEnd): string {
  const lines = end.stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const tellingSigns = [/^ ! \[/, /^(fatal|error):/, /./];
  const line = tellingSigns.map((sign) => lines.find((candidate) => sign.test(candidate))).find(Boolean);
  return (line ?? `it exited with ${end.exitCode ?? "a signal"}`)
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, 300);
}
