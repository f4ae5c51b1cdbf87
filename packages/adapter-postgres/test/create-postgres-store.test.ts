import { storeContract } from "@agentbot/core/testing";
import { afterAll, describe, test } from "vitest";
import { createPostgresStore, openPgliteDatabase } from "../src/index.js";
import { keyRingFixture } from "./fixtures/key-ring.js";

// One database for all cases: they use names of their own, and a cold start costs seconds.
const database = await openPgliteDatabase({ dataDirectory: null });
const subject = createPostgresStore({ database, keyRing: keyRingFixture() });

afterAll(() => database.close());

describe("the store on embedded PostgreSQL", () => {
  for (const { name, run } of storeContract({ create: async () => ({ subject, dispose: async () => {} }) })) {
    test(name, run);
  }
});
