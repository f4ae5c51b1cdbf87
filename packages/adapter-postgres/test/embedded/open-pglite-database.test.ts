import fs, { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rejectsWithCode } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { makeDataDirectory } from "../../src/embedded/open-pglite-database.js";
import { migrate, openPgliteDatabase, type PgliteDatabase } from "../../src/index.js";
import { temporaryDirectories } from "../fixtures/temporary-directory.js";

const emptyDirectory = temporaryDirectories();
let template: string;

// Made once and copied: making one from nothing takes seconds.
beforeAll(async () => {
  template = join(await mkdtemp(join(tmpdir(), "agentbot-template-")), "pgdata");
  await makeDataDirectory(template);
});
afterAll(() => rm(dirname(template), { recursive: true, force: true }));

async function dataDirectory(): Promise<string> {
  const directory = await emptyDirectory();
  await cp(template, join(directory, "pgdata"), { recursive: true });
  return directory;
}

async function open(directory: string): Promise<PgliteDatabase> {
  const database = await openPgliteDatabase({ dataDirectory: directory });
  onTestFinished(() => database.close());
  return database;
}

describe("openPgliteDatabase", () => {
  test("makes a migrated database, keeps it over a restart and lets one open it at a time", async () => {
    const directory = join(await emptyDirectory(), "not", "yet", "there");
    const database = await open(directory);
    expect(await migrate(database, { dryRun: true })).toEqual({ migrations: [], sql: "" });
    await rejectsWithCode(openPgliteDatabase({ dataDirectory: directory }), "DATA_DIRECTORY_LOCKED");
    await database.query("INSERT INTO budgets (scope, spent_usd) VALUES ($1, 1.5)", ["day"]);
    const closing = database.close();
    expect(database.close()).toBe(closing);
    await closing;
    await rejectsWithCode(database.query("SELECT 1", []), "STORE_UNAVAILABLE");
    await rejectsWithCode(
      database.transaction(async () => {}),
      "STORE_UNAVAILABLE",
    );
    expect(readdirSync(directory)).toEqual(["pgdata"]);
    const reopened = await open(directory);
    expect(await reopened.query("SELECT scope, spent_usd FROM budgets", [])).toEqual([
      { scope: "day", spent_usd: "1.5" },
    ]);
  });

  test("has each commit on the disk before it answers", async () => {
    const original = fs.fsyncSync;
    let synced = 0;
    fs.fsyncSync = (descriptor) => {
      synced += 1;
      original(descriptor);
    };
    syncBuiltinESMExports();
    onTestFinished(() => {
      fs.fsyncSync = original;
      syncBuiltinESMExports();
    });
    const database = await open(await dataDirectory());
    for (let count = 0; count < 5; count += 1) {
      const before = synced;
      await database.query("INSERT INTO budgets (scope) VALUES ($1)", [`scope ${count}`]);
      expect(synced).toBeGreaterThan(before);
    }
  });

  test("touches nothing any more once another machine has taken its directory over", async () => {
    const directory = await dataDirectory();
    const database = await open(directory);
    for (const name of readdirSync(directory)) if (name.startsWith("lock-")) rmSync(join(directory, name));
    const query = database.query("INSERT INTO budgets (scope) VALUES ($1)", ["late"]);
    await expect(query).rejects.toThrow("Another machine has taken over the data directory");
    const openFile = join(directory, "pgdata", "postmaster.pid");
    const before = statSync(openFile).mtimeMs;
    await database.close();
    expect(statSync(openFile).mtimeMs).toBe(before);
  });

  test("refuses what a newer release has migrated, and leaves it unlocked", async () => {
    const directory = await dataDirectory();
    const database = await open(directory);
    await database.query("INSERT INTO agentbot_migrations (id, checksum) VALUES ('9999-future', 'x')", []);
    await database.close();
    await rejectsWithCode(openPgliteDatabase({ dataDirectory: directory }), "MIGRATION_MISMATCH");
    expect(readdirSync(directory)).toEqual(["pgdata"]);
  });

  test("starts over where making the directory was cut off", async () => {
    const directory = await emptyDirectory();
    mkdirSync(join(directory, "pgdata.new", "base"), { recursive: true });
    writeFileSync(join(directory, "pgdata.new", "PG_VERSION"), "18\n");
    await makeDataDirectory(join(directory, "pgdata"));
    expect(readdirSync(directory)).toEqual(["pgdata"]);
    expect(await migrate(await open(directory))).toEqual({ migrations: [], sql: "" });
  });

  test("refuses a damaged data directory, and leaves it unlocked", async () => {
    const directory = await emptyDirectory();
    mkdirSync(join(directory, "pgdata"));
    writeFileSync(join(directory, "pgdata", "PG_VERSION"), "18\n");
    await rejectsWithCode(openPgliteDatabase({ dataDirectory: directory }), "STORE_UNAVAILABLE");
    expect(readdirSync(directory)).toEqual(["pgdata"]);
  });

  test("gives up when the signal aborts, and names wrong options", async () => {
    const directory = await emptyDirectory();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(openPgliteDatabase({ dataDirectory: directory, signal })).rejects.toThrow("enough");
    expect(readdirSync(directory)).toEqual([]);
    await rejectsWithCode(openPgliteDatabase({ dataDirectory: "" }), "CONFIGURATION_INVALID");
  });
});
