import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseEnvironment } from "../../src/environment/parse-environment.js";
import { secretsOf } from "../../src/environment/secrets-of.js";

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

  test("reports every problem at once, each with its name and the fix", () => {
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

  test("asks for keys where processes share a database, and not for a second time", () => {
    const shared = { DATABASE_URL: "postgres://agentbot:hunter2@db/agentbot", REDIS_URL: "redis://:hunter3@cache" };
    expect(problemsOf(shared)).toEqual([expect.stringMatching(/^AGENTBOT_ENCRYPTION_KEYS: needed with DATABASE_URL/)]);
    const keys = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
    for (const role of ["all", "gateway", "worker"]) {
      const parsed = parseEnvironment({ ...shared, AGENTBOT_ENCRYPTION_KEYS: keys, AGENTBOT_ROLE: role });
      expect(parsed).toMatchObject({ status: "valid", environment: { ...shared, AGENTBOT_ROLE: role } });
    }
  });

  test("takes an admin token as a file, refuses one that no header can carry, and counts it as a secret", () => {
    const path = join(directory, "admin-token");
    writeFileSync(path, "a-token-of-the-operator-of-this-server\n");
    const given = parseEnvironment({ AGENTBOT_ADMIN_TOKEN: "a-token-of-the-operator-of-this-server\n" });
    expect(given).toMatchObject({ environment: { AGENTBOT_ADMIN_TOKEN: "a-token-of-the-operator-of-this-server" } });
    const parsed = parseEnvironment({ AGENTBOT_ADMIN_TOKEN_FILE: path });
    if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
    expect(parsed.environment.AGENTBOT_ADMIN_TOKEN).toBe("a-token-of-the-operator-of-this-server");
    expect(secretsOf(parsed.environment)).toContain("a-token-of-the-operator-of-this-server");
    for (const token of ["two whole words that are long enough", "tökén".repeat(7)]) {
      expect(problemsOf({ AGENTBOT_ADMIN_TOKEN: token })).toEqual([
        expect.stringMatching(/^AGENTBOT_ADMIN_TOKEN: must be printable ASCII without blanks/),
      ]);
    }
  });

  test("takes URLs of the right kind only, and never repeats them", () => {
    const problems = problemsOf({ DATABASE_URL: "mysql://user:hunter2@db/x", REDIS_URL: "cache:hunter3" });
    expect(problems).toContainEqual(expect.stringMatching(/^DATABASE_URL: must be a URL such as postgres:/));
    expect(problems).toContainEqual(expect.stringMatching(/^REDIS_URL: must be a URL such as redis:/));
    expect(problems.join("\n")).not.toMatch(/hunter/);
  });

  test.each([
    ["redis://:hunter3@cache/queue", /^REDIS_URL: must end with the number of a database/],
    ["redis://:hunter3%@cache", /^REDIS_URL: must have %25 for each %/],
    ["redis://:hunter3@cache:6379#1", /^REDIS_URL: must have %23 for each #/],
  ])("names the fault of %s and does not repeat it", (REDIS_URL, fault) => {
    const problems = problemsOf({ REDIS_URL });
    expect(problems).toEqual([expect.stringMatching(fault)]);
    expect(problems.join("\n")).not.toMatch(/hunter/);
  });

  test("counts the password within a URL as a secret, as it is written and as it is meant", () => {
    const parsed = parseEnvironment({
      DATABASE_URL: "postgres://agentbot:hunter%202@db/agentbot?password=hunter4",
      REDIS_URL: "redis://:hunter3@cache",
      AGENTBOT_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
    });
    if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
    expect(secretsOf(parsed.environment)).toEqual(
      expect.arrayContaining(["hunter%202", "hunter 2", "hunter3", "hunter4"]),
    );
  });

  test("accepts origins and quotas, and refuses invalid ones", () => {
    const parsed = parseEnvironment({
      CORS_ORIGINS: "https://dash.example/, http://localhost:3000",
      USER_TASKS_PER_HOUR: "3",
    });
    expect(parsed).toMatchObject({
      environment: {
        CORS_ORIGINS: ["https://dash.example", "http://localhost:3000"],
        USER_TASKS_PER_HOUR: 3,
        REPOSITORY_TASKS_PER_HOUR: 60,
      },
    });
    for (const CORS_ORIGINS of [
      "dash.example",
      "https://dash.example/path",
      "https://a.example,",
      "javascript:alert(1)",
    ])
      expect(problemsOf({ CORS_ORIGINS })).toEqual([expect.stringContaining("CORS_ORIGINS: must be origins such as")]);
    expect(problemsOf({ REPOSITORY_TASKS_PER_HOUR: "0" })).toEqual(["REPOSITORY_TASKS_PER_HOUR: must be at least 1"]);
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

  test("refuses a secret whose file is empty, by the file alone and with all other problems", () => {
    const path = join(directory, "empty");
    writeFileSync(path, " \n");
    const names = ["AGENTBOT_ADMIN_TOKEN", "DATABASE_URL", "ANTHROPIC_API_KEY", "GITHUB_WEBHOOK_SECRET"];
    const files = Object.fromEntries(names.map((name) => [`${name}_FILE`, path]));
    expect(problemsOf({ ...files, PORT: "eighty", AGENTBOT_ROLE: "gateway", GITHUB_APP_ID: "12" })).toEqual([
      ...names.map((name) => `${name}_FILE: the file is empty`),
      "PORT: must be a whole number",
      expect.stringMatching(/^AGENTBOT_ENCRYPTION_KEYS: needed with DATABASE_URL/),
      "GITHUB_PRIVATE_KEY: missing; GitHub is only half configured",
    ]);
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
