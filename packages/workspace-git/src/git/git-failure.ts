import { AgentBotError } from "@agentbot/core";
import { shortenText } from "@agentbot/core/adapter";
import type { GitEnd } from "./run-git.js";

/** The kind of a git command's failure. `local` comes from this machine's files: the mirror may be damaged. */
export type GitFailureKind =
  | "authentication"
  | "network"
  | "not_found"
  | "moved"
  | "gone"
  | "blocked"
  | "object_missing"
  | "refused"
  | "unstorable"
  | "disk"
  | "timeout"
  | "local";

const mask = "[redacted]";

const signs: readonly (readonly [GitFailureKind, RegExp])[] = [
  [
    "authentication",
    /authentication failed|could not read (user|pass)|terminal prompts disabled|returned error: 40[13]/i,
  ],
  ["moved", /returned error: 30[1278]\b/i],
  ["gone", /returned error: 410\b/i],
  ["blocked", /returned error: 451\b/i],
  ["not_found", /repository .* not found|returned error: 404|not valid: is this a git repository/i],
  ["object_missing", /not our ref|unadvertised object|couldn't find remote ref/i],
  ["refused", /fsck error|in strict mode/i],
  // Before `unstorable`: git ends every failure to add a file alike, and a full disk is not the file's fault.
  ["disk", /no space left|disk quota|read-only file system/i],
  ["unstorable", /failed to encode|\bBOM is (prohibited|required)|and back is not the same|^error: invalid path/im],
  [
    "network",
    /unable to access|could not resolve|failed to connect|connection (refused|reset|timed out)|rpc failed|early eof|hung up|unexpected disconnect|returned error: (429|5\d\d)|\b(ssl|tls)\b|bad line length|expected flush|update url base from redirection/i,
  ],
];

const isFinal: Readonly<Record<GitFailureKind, boolean>> = {
  authentication: false,
  network: false,
  not_found: false,
  // The next attempt reads the address again.
  moved: false,
  gone: true,
  blocked: true,
  object_missing: true,
  refused: true,
  unstorable: true,
  disk: false,
  timeout: false,
  local: false,
};

/** Words for people in place of a status that git reports as a number. */
const answers: Readonly<Partial<Record<GitFailureKind, string>>> = {
  moved: "it has moved to another address.",
  gone: "it is gone, or switched off there.",
  blocked: "it was taken down for legal reasons.",
};

/** A server that refuses a ref for a moment only: it is busy, or its disk is. */
const isPassing = /failed to update ref|cannot lock|internal|unpack|index-pack|time(?:d )?out|temporar|try again/i;

/** A server that refuses an account for a moment only. */
const isLimited = /rate limit|too many requests|temporar|try again/i;

const maxAnswerCharacters = 600;

/** Returns the words with which a server refused a push, as one line; null if it did not, or only for this moment. */
function refusalOf(end: GitEnd, authorization: string | null): string | null {
  const lines = end.stderr.split(/[\r\n]+/);
  const reason = lines.map((line) => /^ ! \[remote rejected\] .* \(([^()]{1,500})\)\s*$/.exec(line)?.[1]).find(Boolean);
  if (reason === undefined || isPassing.test(reason)) return null;
  return printableAnswer([...serverWords(end), reason], authorization);
}

/**
 * Returns the words with which a server refused an account after its credential was accepted, e.g. for an archived repository;
 * null without any, as a proxy answers, and for words about this moment.
 */
function forbiddenOf(end: GitEnd, authorization: string | null): string | null {
  if (!/returned error: 403\b/.test(ownWords(end))) return null;
  const words = serverWords(end);
  return words.length === 0 || words.some((line) => isLimited.test(line))
    ? null
    : printableAnswer(words, authorization);
}

/** The lines that the server wrote. */
function serverWords({ stderr }: GitEnd): readonly string[] {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.startsWith("remote:"));
  return lines
    .map((line) =>
      line
        .slice("remote:".length)
        .trim()
        .replace(/^(?:error|fatal): /i, ""),
    )
    .filter(Boolean);
}

/** The text without the server's lines, which must not choose the kind of a failure. */
function ownWords({ stderr }: GitEnd): string {
  const lines = stderr.split("\n").filter((line) => !line.startsWith("remote:"));
  return lines.join("\n");
}

/** Returns a server's own words as sentences on one line: without control characters and credential, and bounded. */
export function printableAnswer(words: readonly string[], authorization: string | null): string {
  const sentences = words.filter((line) => line !== "").map((line) => (/[.!?:]$/.test(line) ? line : `${line}.`));
  const answer = redactCredential(sentences.join(" ").replace(/\p{Cc}/gu, " "), authorization);
  return shortenText(answer, maxAnswerCharacters);
}

/** Returns the error of a failed git command, with its kind in `details.kind` and without the credential. */
export function gitFailure(action: string, end: GitEnd, authorization: string | null): AgentBotError {
  const answer = refusalOf(end, authorization);
  if (answer !== null)
    return new AgentBotError("PUSH_REFUSED", `${action} was refused: ${answer}`, { details: { answer } });
  const forbidden = forbiddenOf(end, authorization);
  if (forbidden !== null) {
    const details = { kind: "authentication", exitCode: end.exitCode, answer: forbidden };
    const message = `${action} was refused: ${forbidden}`;
    return new AgentBotError("GIT_AUTHENTICATION_FAILED", message, { details, isRetryable: false });
  }
  const kind = kindOf(end);
  const code = kind === "authentication" ? "GIT_AUTHENTICATION_FAILED" : "GIT_FAILED";
  const complaint = kind === "timeout" ? "it took too long and was stopped" : tellingLine(end);
  const message = `${action} failed: ${redactCredential(complaint, authorization)}`;
  const details = { kind, exitCode: end.exitCode, ...(answers[kind] ? { answer: answers[kind] } : {}) };
  // Without a server in it, the files are at fault, not a dependency.
  const isOutage = kind === "network" || kind === "disk" || (kind === "timeout" && authorization !== null);
  return new AgentBotError(code, message, isFinal[kind] ? { details, isRetryable: false } : { details, isOutage });
}

/** Returns whether an error came from this machine's own files, so that starting from scratch may cure it. */
export function isLocalGitFailure(error: unknown): boolean {
  return AgentBotError.isInstance(error) && error.details["kind"] === "local";
}

/** Returns whether a command was stopped at its time limit. */
export function isTimeout(error: unknown): boolean {
  return AgentBotError.isInstance(error) && error.details["kind"] === "timeout";
}

/** Returns whether git refused a file for its name or its content, which no second try changes. */
export function isUnstorable(error: unknown): boolean {
  return AgentBotError.isInstance(error) && error.details["kind"] === "unstorable";
}

function kindOf(end: GitEnd): GitFailureKind {
  if (end.stopped === "timeout") return "timeout";
  const words = ownWords(end);
  return signs.find(([, sign]) => sign.test(words))?.[0] ?? "local";
}

function tellingLine(end: GitEnd): string {
  const lines = end.stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const tellingSigns = [/^ ! \[/, /^(fatal|error):/, /./];
  const line = tellingSigns.map((sign) => lines.find((candidate) => sign.test(candidate))).find(Boolean);
  const complaint = line ?? `it exited with ${end.exitCode ?? "a signal"}`;
  return shortenText(complaint.replace(/\p{Cc}/gu, " ").trim(), 300);
}

/** Removes a credential from a text, in the forms in which git and servers echo it: whole, bare, and decoded from Basic. */
export function redactCredential(text: string, authorization: string | null): string {
  const secrets = authorization === null ? [] : formsOf(authorization);
  const clean = secrets.reduce((remaining, secret) => remaining.split(secret).join(mask), text);
  return clean.replace(/(https?:\/\/)[^/\s@]+@/gi, `$1${mask}@`);
}

function formsOf(authorization: string): string[] {
  const bare = authorization.replace(/^\S+\s+/, "");
  const decoded = /^basic\s/i.test(authorization) ? Buffer.from(bare, "base64").toString("utf8") : "";
  const password = decoded.slice(decoded.indexOf(":") + 1);
  // The longest form first, so that none leaves a tail of another; a few characters are not a secret.
  return [authorization, decoded, bare, password, encodeURIComponent(password)].filter((form) => form.length >= 6);
}

/**
 * Runs work on the disk; an error of the operating system, such as a full disk, becomes a retryable one.
 *
 * @throws AgentBotError `GIT_FAILED`
 */
export async function withDiskFailures<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    const message = `${action} failed: ${cause.code} at ${cause.syscall}; check the workspace directory and its disk`;
    throw new AgentBotError("GIT_FAILED", message, { cause, details: { kind: "disk", code: cause.code } });
  }
}

function isSystemError(error: unknown): error is { code: string; syscall: string } {
  return error instanceof Error && "code" in error && "syscall" in error;
}
