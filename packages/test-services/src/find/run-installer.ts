import { environmentFrom, runProcess } from "@agentbot/core/process";
import type { TestServicesOptions } from "./find-test-services.js";

const limitMs = 600_000;
const keptLines = 15;
const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];
const passedOnToNpm = ["npm_config_registry", "npm_config_cache", "npm_config_userconfig", "NODE_EXTRA_CA_CERTS"];

/** Runs an installer. Returns null if it succeeded, else its last lines. */
export async function runInstaller(
  program: string,
  words: readonly string[],
  directory: string,
  { environment }: TestServicesOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const lines: string[] = [];
  const result = await runProcess({
    program,
    arguments: words,
    directory,
    environment: environmentFrom(environment, [...passedOn, ...passedOnToNpm], { DEBIAN_FRONTEND: "noninteractive" }),
    signal,
    timeoutMs: limitMs,
    onLine: (line) => {
      if (lines.push(line) > keptLines) lines.shift();
    },
  });
  signal.throwIfAborted();
  if (result.end === "exited" && result.exitCode === 0) return null;
  const reason = result.startError?.message ?? `${result.end}, exit code ${result.exitCode}`;
  return [`${program} ${words.join(" ")} fails (${reason})`, ...lines, result.stderrTail].join("\n").trim();
}
