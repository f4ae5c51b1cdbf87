import { rejectsWithCode, storeContract } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPostgresStore } from "../src/index.js";
import { openPostgresStore, openStore } from "./fixtures/open-store.js";

const embedded = await openStore();
const { store } = await openPostgresStore();

describe("the store on embedded PostgreSQL", () => {
  for (const { name, run } of storeContract({
    create: async () => ({ subject: embedded.store, dispose: async () => {} }),
  })) {
    test(name, run);
  }
});

describe("the store on PostgreSQL", () => {
  for (const { name, run } of storeContract({ create: async () => ({ subject: store, dispose: async () => {} }) })) {
    test(name, run);
  }
});

describe("createPostgresStore", () => {
  test("names every wrong option", () => {
    expect(() => Reflect.apply(createPostgresStore, null, [{ database: {}, keyRing: null }])).toThrow(
      /createPostgresStore: database: expected a database.*; keyRing: expected a KeyRing/,
    );
  });

  test("makes a store that fails while its database is not migrated", async () => {
    await embedded.database.runScript("CREATE SCHEMA empty; SET search_path TO empty;");
    onTestFinished(() => embedded.database.runScript("RESET search_path"));
    await rejectsWithCode(embedded.store.tasks.find("any"), "MIGRATION_MISMATCH");
  });
});
