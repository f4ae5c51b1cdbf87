import { taskQueueContract } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { openPgliteDatabase, type PgliteDatabase, type SqlDatabase } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { emptyQueueSubject } from "./support/queue-subject.js";

const casesOn = (databaseOf: () => SqlDatabase) => {
  const create = async () => {
    const subject = await emptyQueueSubject(databaseOf());
    return { subject, dispose: () => subject.queue.close() };
  };
  for (const { name, run } of taskQueueContract({ create })) test(name, run);
};

describe("the queue on a real PostgreSQL keeps the queue contract", () => {
  let database: SqlDatabase;
  beforeAll(async () => {
    database = (await openPostgresStore()).database;
  });
  casesOn(() => database);
});

describe("the queue on embedded PostgreSQL keeps the queue contract", () => {
  let database: PgliteDatabase;
  beforeAll(async () => {
    database = await openPgliteDatabase({ dataDirectory: null });
  });
  afterAll(() => database.close());
  casesOn(() => database);
});
