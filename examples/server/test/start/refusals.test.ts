import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { nowhere, startServerProcess } from "../fixtures/server-process.js";

const secret = "hunter2-canary";

describe("a server that cannot start", () => {
  const directory = mkdtempSync(join(tmpdir(), "agentbot-refusals-"));
  const inDirectory = (...names: string[]): string => join(directory, ...names);
  const squatter = createServer();
  let takenPort = 0;
  beforeAll(async () => {
    writeFileSync(inDirectory("file"), "");
    mkdirSync(inDirectory("damaged"));
    writeFileSync(inDirectory("damaged", "encryption-keys"), secret);
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    takenPort = Number(Object(squatter.address()).port);
  });
  afterAll(() => {
    squatter.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Starts it, and gives the problems that it printed before it ended with 1. */
  const refusalOf = async (variables: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const own = { DATA_DIR: inDirectory("data"), LOG_LEVEL: "error" };
    const agent = { ANTHROPIC_API_KEY: secret, ANTHROPIC_BASE_URL: nowhere };
    const { ended } = startServerProcess({ ...own, ...agent, ...variables });
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toMatch(/^\s+at /m);
    const [title, ...problems] = stderr.trimEnd().split("\n");
    expect(title).toBe("agentbot cannot start:");
    return problems.map((line) => line.replace(/^ {2}- /, ""));
  };

  test("for its variables reports all their faults at once", async () => {
    const problems = await refusalOf({
      PORT: "eighty",
      LEASE_SECONDS: "0",
      TASK_BUDGET_USD: "-1",
      AGENTBOT_ROLE: "gateway",
      AGENTBOT_ENCRYPTION_KEYS: secret,
      ANTHROPIC_BASE_URL: `ftp://user:${secret}@host`,
      GITHUB_PRIVATE_KEY: secret,
      GITHUB_URL: "github.com",
    });
    const names = problems.map((problem) => /^([A-Z_]+): /.exec(problem)?.[1]);
    expect(names.sort()).toEqual([
      "AGENTBOT_ENCRYPTION_KEYS",
      "ANTHROPIC_BASE_URL",
      "DATABASE_URL",
      "GITHUB_APP_ID",
      "GITHUB_PRIVATE_KEY",
      "GITHUB_URL",
      "GITHUB_WEBHOOK_SECRET",
      "LEASE_SECONDS",
      "PORT",
      "TASK_BUDGET_USD",
    ]);
  });

  test("for a secret's file names the file's variable", async () => {
    expect(await refusalOf({ ANTHROPIC_API_KEY: "", ANTHROPIC_API_KEY_FILE: inDirectory("absent") })).toEqual([
      "ANTHROPIC_API_KEY_FILE: the file cannot be read (ENOENT)",
    ]);
  });

  test("for a proxy that cannot be one names its variable", async () => {
    const proxy = { https_proxy: `socks5://user:${secret}@proxy`, NO_PROXY: "github.com:443" };
    expect(await refusalOf(proxy)).toEqual([
      expect.stringMatching(/^https_proxy: must be an address such as/),
      expect.stringMatching(/^NO_PROXY: must be host names/),
    ]);
  });

  test("for its data directory names it, and why", async () => {
    expect(await refusalOf({ DATA_DIR: inDirectory("file") })).toEqual([
      expect.stringMatching(/^DATA_DIR: .*file is a file .*choose a directory that this user may write$/),
    ]);
    expect(await refusalOf({ DATA_DIR: inDirectory("file", "below") })).toEqual([
      expect.stringMatching(/^DATA_DIR: .* lies below a file/),
    ]);
    expect(await refusalOf({ WORKSPACE_DIR: inDirectory("file") })).toEqual([
      expect.stringMatching(/^WORKSPACE_DIR: .* is a file/),
    ]);
  });

  test("for a directory that this user may not write names it", async () => {
    // No user, root included, may create a directory there.
    expect(await refusalOf({ DATA_DIR: "/sys/agentbot" })).toEqual([
      expect.stringMatching(/^DATA_DIR: .* (may not be written|is on a read-only)/),
    ]);
  });

  test("for a key file that is damaged names the file and not what is in it", async () => {
    expect(await refusalOf({ DATA_DIR: inDirectory("damaged") })).toEqual([
      expect.stringMatching(/encryption-keys is damaged: .*Restore the file from a backup/),
    ]);
  });

  test("for a database or a Redis that never answers names the host, and no password", async () => {
    const keys = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
    const [database, redis] = await Promise.all([
      refusalOf({
        DATABASE_URL: `postgres://agentbot:${secret}@127.0.0.1:1/agentbot`,
        AGENTBOT_ENCRYPTION_KEYS: keys,
        LOG_LEVEL: "silent",
      }),
      refusalOf({ REDIS_URL: `redis://:${secret}@127.0.0.1:1` }),
    ]);
    expect(database).toEqual([
      expect.stringMatching(
        /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1\/agentbot cannot be opened after 5 tries: .*REFUSED/,
      ),
    ]);
    expect(redis).toEqual([
      expect.stringMatching(/^REDIS_URL: Redis at 127\.0\.0\.1:1 does not answer after 5 tries: .*REFUSED/),
    ]);
  });

  test("for a database that its server has and agentbot refuses gives the one remedy", async () => {
    const url = new URL(inject("databaseUrl"));
    const admin = new Pool({ connectionString: url.href, max: 1 });
    const name = `refused_${randomBytes(8).toString("hex")}`;
    await admin.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    url.pathname = `/${name}`;
    const keys = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
    const problems = await refusalOf({ DATABASE_URL: url.href, AGENTBOT_ENCRYPTION_KEYS: keys });
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
    expect(problems).toEqual([
      expect.stringMatching(
        /^DATABASE_URL: .* cannot be opened: .* make one with ENCODING 'UTF8' TEMPLATE template0\.$/,
      ),
    ]);
  });

  test("for a Redis that does not have the database names it", async () => {
    const url = new URL(inject("redisUrl"));
    url.pathname = "/99999";
    expect(await refusalOf({ REDIS_URL: url.href })).toEqual([
      expect.stringMatching(/^REDIS_URL: Redis at .* has no database 99999 /),
    ]);
  });

  test("for its port reports that it is taken", async () => {
    expect(await refusalOf({ PORT: String(takenPort) })).toEqual([
      `PORT: ${takenPort} on 127.0.0.1 is in use by another program; stop it, or choose another port`,
    ]);
  });

  test("for its host reports that this machine has no such address", async () => {
    expect(await refusalOf({ HOST: "192.0.2.1" })).toEqual([
      expect.stringMatching(/^HOST: this machine has no address 192\.0\.2\.1/),
    ]);
  });
});
