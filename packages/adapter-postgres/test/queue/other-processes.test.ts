import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { type BundledProgram, bundleProgram } from "@agentbot/test-services";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createPostgresQueue, openPostgresDatabase } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { startProgram } from "../fixtures/start-program.js";
import { insertTasks } from "./support/queue-subject.js";

const { server, database } = await openPostgresStore();
const admin = server.pool({ max: 2 });
const signal = new AbortController().signal;
const forEver = { limit: 1, leaseMs: 600_000, waitMs: 600_000, signal };
/** A poll that never comes: an entry is found by a notification. */
const pollMs = 3_600_000;

/** Another process, in the database's view. */
const otherQueue = (max = 4) =>
  createPostgresQueue({ database: openPostgresDatabase({ pool: server.pool({ max }) }), pollMs });

const newTask = async () => {
  const entry = queueEntryFixture();
  await insertTasks(database, [entry]);
  return entry;
};
const listeners = async (): Promise<number> => {
  const { rows } = await admin.query(
    "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
  );
  return rows[0].count;
};

let program: BundledProgram;
beforeAll(async () => {
  program = await bundleProgram(new URL("../fixtures/programs/claim-entry.ts", import.meta.url));
});
afterAll(() => program.remove());
beforeEach(() => database.runScript("TRUNCATE installations, threads CASCADE"));

test("a worker that was stopped past its lease can neither extend nor end what another one holds", async () => {
  const queue = otherQueue();
  const entry = await newTask();
  await queue.enqueue([entry]);
  const worker = startProgram(program.path, [server.url]);
  await worker.line(/^claimed/);
  worker.process.kill("SIGSTOP");
  const [taken] = await queue.claim({ ...forEver, waitMs: 0 }).then(async (none) => {
    expect(none).toEqual([]);
    // A poll of its own: no process is notified of a lease that ends.
    const polling = createPostgresQueue({ database, pollMs: 50 });
    const claimed = await polling.claim(forEver);
    await polling.close();
    return claimed;
  });
  expect(taken?.entry.id).toBe(entry.id);
  worker.process.kill("SIGCONT");
  await worker.line(/^extended false$/);
  await worker.line(/^completed$/);
  expect(await queue.stats()).toMatchObject({ claimed: 1, waiting: 0 });
  expect(await taken?.extend(600_000)).toBe(true);
  await worker.ended();
  await queue.close();
});

test("waiting claims are notified of an entry that another process adds, of all in one notification", async () => {
  const queue = otherQueue();
  const waiting = Promise.all(Array.from({ length: 3 }, () => queue.claim(forEver)));
  await eventually("the queue to listen", async () => (await listeners()) === 1 || null);
  const entries = await Promise.all([newTask(), newTask(), newTask()]);
  const client = await admin.connect();
  let notifications = 0;
  client.on("notification", () => {
    notifications += 1;
  });
  await client.query("LISTEN agentbot");
  await createPostgresQueue({ database, pollMs }).enqueue(entries);
  const claimed = (await waiting).flat().map(({ entry }) => entry.id);
  expect(claimed.toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
  await client.query("UNLISTEN agentbot");
  expect(notifications).toBe(1);
  client.release(true);
  await queue.close();
});

test("a waiting claim is notified when another process frees the thread of its next entry", async () => {
  const [queue, other] = [otherQueue(), otherQueue()];
  const first = await newTask();
  const second = { ...first, id: queueEntryFixture().id };
  await insertTasks(database, [second]);
  await queue.enqueue([first, second]);
  const [held] = await queue.claim(forEver);
  const waiting = other.claim(forEver);
  await eventually("both to listen", async () => (await listeners()) === 2 || null);
  await held?.complete();
  expect((await waiting).map(({ entry }) => entry.id)).toEqual([second.id]);
  await Promise.all([queue.close(), other.close()]);
});

test("a waiting claim goes on when its listening connection is lost, over a new one", async () => {
  const queue = otherQueue();
  const waiting = queue.claim(forEver);
  await eventually("the queue to listen", async () => (await listeners()) === 1 || null);
  const terminate =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";
  await admin.query(terminate);
  await eventually("the queue to listen again", async () => (await listeners()) === 1 || null);
  const entry = await newTask();
  await createPostgresQueue({ database, pollMs }).enqueue([entry]);
  expect((await waiting).map((claimed) => claimed.entry.id)).toEqual([entry.id]);
  await queue.close();
});

test("claims that wait hold no connection but the one that listens", async () => {
  const queue = otherQueue(2);
  const waiting = Array.from({ length: 50 }, () => queue.claim({ ...forEver, signal: new AbortController().signal }));
  await eventually("the queue to listen", async () => (await listeners()) === 1 || null);
  expect(await queue.stats()).toMatchObject({ waiting: 0, claimed: 0 });
  await queue.close();
  expect((await Promise.all(waiting)).flat()).toEqual([]);
});
