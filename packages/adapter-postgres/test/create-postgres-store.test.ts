import { rejectsWithCode, storeContract } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPostgresStore } from "../src/index.js";
import { openStore } from "./fixtures/open-store.js";

const { store: subject, database } = await openStore();

describe("the store on embedded PostgreSQL", () => {
  for (const { name, run } of storeContract({ create: async () => ({ subject, dispose: async () => {} }) })) {
    test(name, run);
  }
});

describe("createPostgresStore", () => {
  test("names every wrong option", () => {
    expect(() => Reflect.apply(createPostgresStore, null, [{ database: {}, keyRing: null }])).toThrow(
      /createPostgresStore: database: expected a database.*; keyRing: expected a KeyRing/,
    );
  });

  test("makes a store that says so when its database is not migrated", async () => {
    await database.runScript("CREATE SCHEMA empty; SET search_path TO empty;");
    onTestFinished(() => database.runScript("RESET search_path"));
    await rejectsWithCode(subject.tasks.find("any"), "MIGRATION_MISMATCH");
  });
});
