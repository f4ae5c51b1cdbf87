import { recordTask, rejectsWithCode } from "@agentbot/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  createPostgresQueue,
  createPostgresStore,
  migrate,
  openPgliteDatabase,
  openPostgresDatabase,
  type SqlDatabase,
} from "../../src/index.js";
import { migrationList } from "../../src/migrations/migration-list.js";
import { createDatabase } from "../fixtures/create-database.js";
import { keyRingFixture } from "../fixtures/key-ring.js";

const server = await createDatabase();
const pglite = await openPgliteDatabase({ dataDirectory: null });
afterAll(() => pglite.close());
const signal = new AbortController().signal;

const subjects: readonly (readonly [string, () => SqlDatabase])[] = [
  ["over a pool", () => openPostgresDatabase({ pool: server.pool({ max: 3 }) })],
  [
    "behind a transaction pooler",
    () => openPostgresDatabase({ pool: server.pool({ max: 3 }), isBehindTransactionPooler: true }),
  ],
  ["embedded", () => pglite],
];

describe.each(subjects)("a schema of its own, %s,", (name, open) => {
  const database = open();
  const schemas = ["One", "two"].map((prefix) => `${prefix}_${name.replaceAll(/\W/g, "_")}`);

  test("keeps two stores on one database apart, tables and queue", async () => {
    const stores = await Promise.all(
      schemas.map(async (schema) => {
        const { migrations } = await migrate(database, { schema });
        expect(migrations).toEqual(migrationList.map(({ id }) => id));
        return createPostgresStore({ database, keyRing: keyRingFixture(), schema });
      }),
    );
    const ids = await Promise.all(stores.map(async (store) => (await recordTask(store)).taskId));
    for (const [place, schema] of schemas.entries()) {
      const queue = createPostgresQueue({ database, schema });
      const claimed = await queue.claim({ limit: 10, leaseMs: 60_000, waitMs: 0, signal });
      expect(claimed.map(({ entry }) => entry.id)).toEqual([ids[place]]);
      await claimed[0]?.complete();
      await queue.close();
      expect(await database.query(`SELECT id FROM "${schema}".tasks`, [])).toEqual([{ id: ids[place] }]);
      expect(await stores[place]?.tasks.find(ids[1 - place] ?? "")).toBeNull();
    }
    expect(await migrate(database, { schema: schemas[0] ?? "" })).toEqual({ migrations: [], sql: "" });
  });

  test("is refused with a name that needs quoting", () => {
    expect(() => createPostgresStore({ database, keyRing: keyRingFixture(), schema: 'a"; DROP' })).toThrow(/schema:/);
  });
});

test("without a schema the tables are in the connection's search_path, also beside a store that has a schema", async () => {
  await server.pool().query("CREATE SCHEMA plain");
  const pool = server.pool({ max: 1, options: "-c search_path=plain" });
  const database = openPostgresDatabase({ pool });
  const store = createPostgresStore({ database, keyRing: keyRingFixture() });
  await migrate(database, { schema: "beside" });
  await rejectsWithCode(store.tasks.find("any"), "MIGRATION_MISMATCH");
  await migrate(database);
  const { taskId } = await recordTask(store);
  const beside = createPostgresStore({ database, keyRing: keyRingFixture(), schema: "beside" });
  expect(await beside.tasks.find(taskId)).toBeNull();
  expect(await store.tasks.find(taskId)).toMatchObject({ id: taskId });
  expect(await database.query("SELECT status, COUNT(*)::integer AS count FROM tasks GROUP BY status", [])).toEqual([
    { status: "queued", count: 1 },
  ]);
});
