import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseEnvironment } from "../../src/environment/parse-environment.js";

const directory = mkdtempSync(join(tmpdir(), "agentbot-environment-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const problemsOf = (variables: Record<string, string>): readonly string[] => {
  const parsed = parseEnvironment(variables);
  return parsed.status === "invalid" ? parsed.problems : [];
};

describe("the environment of the server", () => {
  test("has a default for everything", () => {
    const parsed = parseEnvironment({});
    expect(parsed).toMatchObject({
      status: "valid",
      environment: { PORT: 8080, AGENTBOT_ROLE: "all", LEASE_SECONDS: 30, TASK_BUDGET_USD: 5, AGENT_SANDBOX: "auto" },
    });
  });

  test("tells every problem at once, each with its name and the fix", () => {
    const problems = problemsOf({
      PORT: "eighty",
      LEASE_SECONDS: "0",
      DAILY_BUDGET_USD: "-1",
      LOG_LEVEL: "loud",
      AGENTBOT_ROLE: "worker",
      GITHUB_APP_ID: "12",
    });
    expect(problems).toEqual([
      "PORT: must be a whole number",
      "LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent",
      "LEASE_SECONDS: must be at least 1",
      "DAILY_BUDGET_USD: must be an amount in US dollars, such as 5 or 2.50",
      "DATABASE_URL: needed for AGENTBOT_ROLE=worker; separate processes share a PostgreSQL database",
      "GITHUB_PRIVATE_KEY: missing; GitHub is only half configured",
      "GITHUB_WEBHOOK_SECRET: missing; GitHub is only half configured",
    ]);
  });

  test("never repeats a secret in a problem", () => {
    const problems = problemsOf({ AGENTBOT_ENCRYPTION_KEYS: "hunter2", ANTHROPIC_BASE_URL: "ftp://user:hunter3@host" });
    expect(problems.join("\n")).not.toMatch(/hunter/);
    expect(problems).toContainEqual(expect.stringMatching(/^AGENTBOT_ENCRYPTION_KEYS: key 1: /));
    expect(problems).toContain("ANTHROPIC_BASE_URL: must be an http or https URL");
  });

  test("counts an empty variable as absent", () => {
    expect(parseEnvironment({ PORT: "", GITHUB_APP_ID: " ", ANTHROPIC_API_KEY: "" })).toMatchObject({
      status: "valid",
      environment: { PORT: 8080 },
    });
  });

  test("takes a secret from its file", () => {
    const path = join(directory, "key");
    writeFileSync(path, "sk-from-file\n");
    expect(parseEnvironment({ ANTHROPIC_API_KEY_FILE: path })).toMatchObject({
      status: "valid",
      environment: { ANTHROPIC_API_KEY: "sk-from-file" },
    });
  });

  test("refuses a secret given twice and a file that cannot be read", () => {
    const problems = problemsOf({
      ANTHROPIC_API_KEY: "sk-one-two-three",
      ANTHROPIC_API_KEY_FILE: join(directory, "key"),
      GITHUB_WEBHOOK_SECRET_FILE: join(directory, "absent"),
    });
    expect(problems).toContain(
      "ANTHROPIC_API_KEY: given twice, as ANTHROPIC_API_KEY and ANTHROPIC_API_KEY_FILE; remove one",
    );
    expect(problems).toContain("GITHUB_WEBHOOK_SECRET_FILE: the file cannot be read (ENOENT)");
  });
});
