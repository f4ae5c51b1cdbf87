import { eventually, pubSubContract } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  createPostgresPubSub,
  createPostgresQueue,
  openPgliteDatabase,
  openPostgresDatabase,
  type PgliteDatabase,
  type SqlDatabase,
} from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";

const casesOn = (databaseOf: () => SqlDatabase) => {
  const create = async () => {
    const subject = createPostgresPubSub({ database: databaseOf() });
    return { subject, dispose: () => subject.close() };
  };
  for (const { name, run } of pubSubContract({ create })) test(name, run);
};

describe("wake-ups on embedded PostgreSQL keep the wake-ups contract", () => {
  let database: PgliteDatabase;
  beforeAll(async () => {
    database = await openPgliteDatabase({ dataDirectory: null });
  });
  afterAll(() => database.close());
  casesOn(() => database);
});

describe("wake-ups on a real PostgreSQL", async () => {
  const { server, database } = await openPostgresStore();
  /** Another process, in the database's view. */
  const otherDatabase = openPostgresDatabase({ pool: server.pool() });
  const pool = server.pool();

  describe("keep the wake-ups contract", () => casesOn(() => database));

  const listen = async (channel: string) => {
    const sent = createPostgresPubSub({ database });
    const received = createPostgresPubSub({ database: otherDatabase });
    let count = 0;
    received.subscribe(channel, () => {
      count += 1;
    });
    // On a channel of its own: a late one of these many wake-ups must not pass for one of the test's.
    let probes = 0;
    received.subscribe("probe", () => {
      probes += 1;
    });
    const untilReceived = async () => {
      const before = probes;
      await eventually("a wake-up of the other process", () => {
        sent.publish("probe");
        return probes > before || null;
      });
    };
    const close = () => Promise.all([sent.close(), received.close()]);
    onTestFinished(async () => void (await close()));
    await untilReceived();
    return { sent, received, count: () => count, untilReceived, close };
  };
  /** Every payload that is notified while `work` runs. */
  const payloadsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const client = await pool.connect();
    const payloads: string[] = [];
    const onNotification = ({ payload = "" }: { payload?: string | undefined }): void => void payloads.push(payload);
    client.on("notification", onNotification);
    await client.query("LISTEN agentbot");
    await work();
    // Notifications come in order: behind this one there are none of before.
    await client.query("SELECT pg_notify('agentbot', 'the end')");
    await eventually("the end", () => payloads.includes("the end") || null);
    client.off("notification", onNotification);
    await client.query("UNLISTEN agentbot");
    client.release();
    return payloads.filter((payload) => payload !== "the end");
  };

  test("reach other processes, whatever the channel's name looks like", async () => {
    for (const channel of ["task:1", `"; DROP TABLE tasks; --`, "ü \u0000 ".repeat(5000), ""]) {
      const { count, sent, close } = await listen(channel);
      const before = count();
      sent.publish(channel);
      await eventually("the other process to be woken", () => count() > before || null);
      await close();
    }
  });

  test("of one moment travel together, each channel once", async () => {
    const { count, close } = await listen("task:0");
    // A sender that posts nothing else: the probes of the other one may still be under way.
    const sent = createPostgresPubSub({ database });
    const payloads = await payloadsOf(async () => {
      for (let event = 0; event < 1000; event += 1) sent.publish(`task:${event % 3}`);
      await eventually("the other process to be woken", () => count() > 0 || null);
      await Promise.all([sent.close(), close()]);
    });
    const wordCounts = payloads.map((payload) => payload.split(" ").length);
    expect(wordCounts.filter((wordCount) => wordCount > 2)).toEqual([4]);
  });

  test("of very many channels stay below what a payload may hold", async () => {
    const { sent, count, close } = await listen("the last of them");
    const before = count();
    const payloads = await payloadsOf(async () => {
      for (let task = 0; task < 2000; task += 1) sent.publish(`task:${task}`);
      sent.publish("the last of them");
      await eventually("the last channel to be received", () => count() > before || null);
    });
    expect(payloads.join(" ").split(" ").length).toBeGreaterThan(2000);
    for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(8000);
    await close();
  });

  test("share their listening connection with the queue, and give it back when both are closed", async () => {
    const listening = async (): Promise<number> => {
      const { rows } = await pool.query(
        "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
      );
      return rows[0].count;
    };
    const queue = createPostgresQueue({ database });
    const pubSub = createPostgresPubSub({ database });
    expect(await listening()).toBe(0);
    pubSub.subscribe("task:1", () => {});
    const claim = queue.claim({ limit: 1, leaseMs: 1000, waitMs: 60_000, signal: new AbortController().signal });
    await eventually("a listening connection", async () => (await listening()) === 1 || null);
    await queue.close();
    expect(await claim).toEqual([]);
    expect(await listening()).toBe(1);
    await pubSub.close();
    expect(await listening()).toBe(0);
  });

  test("wake every subscriber when the listening connection is lost, and go on over a new one", async () => {
    const { count, received, untilReceived, close } = await listen("task:1");
    let others = 0;
    received.subscribe("task:2", () => {
      others += 1;
    });
    const before = count();
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
    );
    await eventually("every subscriber to be woken", () => (count() > before && others > 0) || null);
    await untilReceived();
    await close();
  });

  test("are lost without harm while the database is away", async () => {
    const gone = createPostgresPubSub({ database: openPostgresDatabase({ pool: server.pool({ port: 1 }) }) });
    let count = 0;
    gone.subscribe("task:1", () => {
      count += 1;
    });
    gone.publish("task:1");
    await eventually("this process's own subscriber to be woken", () => count > 0 || null);
    await gone.close();
  });
});
