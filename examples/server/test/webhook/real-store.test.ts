import { createPostgresStore, openPgliteDatabase, type PgliteDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing, type Store } from "@agentbot/core";
import { createMemoryStore } from "@agentbot/core/memory";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentPayload, installationPayload, recorded } from "../fixtures/github-payloads.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

let database: PgliteDatabase;
beforeAll(async () => {
  database = await openPgliteDatabase({ dataDirectory: null });
});
afterAll(() => database.close());

const stores: [string, () => Store][] = [
  ["memory", () => createMemoryStore()],
  [
    "PostgreSQL",
    () =>
      createPostgresStore({ database, keyRing: createAesKeyRing({ keys: [{ id: "k", key: new Uint8Array(32) }] }) }),
  ],
];

describe.each(stores)("over a store in %s", (_name, makeStore) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ store: makeStore() });
  });
  afterAll(() => server.stop());
  const verdictOf = async (event: string, payload: object | string) => {
    const { status, body } = await server.deliver(event, payload);
    return status === 200 ? body : { status: String(status), ...body };
  };
  const statusOf = async (taskId = "") => (await server.store.tasks.find(taskId))?.status;

  test("text that PostgreSQL cannot hold is cleaned, not refused", async () => {
    const payload = JSON.stringify(
      commentPayload(
        "@agentbot fix NUL and LONE",
        {},
        { issue: { ...Object(recorded("issues", "opened")["issue"]), title: "NUL LONE" } },
      ),
    );
    const hostile = payload.replaceAll("NUL", "a\\u0000b").replaceAll("LONE", "c\\ud800d");
    const { status, taskId = "" } = await verdictOf("issue_comment", hostile);
    expect(status).toBe("accepted");
    const task = await server.store.tasks.find(taskId);
    expect(task?.instruction).toMatch(/^fix a.?b and c.?d$/);
    expect(`${task?.instruction}${task?.title}`).not.toMatch(/\0|\ud800/);
    expect(await verdictOf("issue_comment", hostile)).toEqual({ status: "duplicate", taskId });
  });

  test("an installation without an installation event is created by its first delivery", async () => {
    const { taskId = "" } = await verdictOf(
      "issue_comment",
      commentPayload("@agentbot fix it", {}, { installation: { id: 77 } }),
    );
    const task = await server.store.tasks.find(taskId);
    expect(await server.store.installations.find(task?.installationId ?? "")).toMatchObject({
      provider: "github",
      externalId: "77",
      status: "active",
    });
  });

  test("an installation is followed through its life, and its tasks end with it", async () => {
    const id = 42;
    const ask = () => verdictOf("issue_comment", commentPayload("@agentbot fix it", {}, { installation: { id } }));
    const tell = (action: string) => verdictOf("installation", installationPayload(action, id));
    const updated = { status: "ignored", reason: "installation_updated" };

    expect(await tell("created")).toEqual(updated);
    const first = await ask();
    expect(first).toMatchObject({ status: "accepted" });
    expect(await tell("suspend")).toEqual(updated);
    expect(await statusOf(first["taskId"])).toBe("cancelled");
    expect(await ask()).toEqual({ status: "ignored", reason: "installation_suspended" });
    expect(await tell("unsuspend")).toEqual(updated);
    const second = await ask();
    expect(second).toMatchObject({ status: "accepted" });
    expect(await tell("deleted")).toEqual(updated);
    expect(await statusOf(second["taskId"])).toBe("cancelled");
    expect(await ask()).toEqual({ status: "ignored", reason: "installation_deleted" });
  });

  test("the tasks of a repository that is taken away end, those of others go on", async () => {
    const id = 43;
    const ask = () => verdictOf("issue_comment", commentPayload("@agentbot fix it", {}, { installation: { id } }));
    const { taskId } = await ask();
    const repositoryId = (await server.store.tasks.find(taskId ?? ""))?.repository?.id;
    const removed = (ids: readonly number[]) => ({
      ...recorded("installation_repositories", "removed"),
      installation: { ...Object(installationPayload("created")["installation"]), id },
      repositories_removed: ids.map((each) => ({ id: each })),
    });
    expect(await verdictOf("installation_repositories", removed([1]))).toMatchObject({ status: "ignored" });
    expect(await statusOf(taskId)).toBe("queued");
    expect(await verdictOf("installation_repositories", removed([Number(repositoryId)]))).toMatchObject({
      status: "ignored",
    });
    expect(await statusOf(taskId)).toBe("cancelled");
  });

  test.each(["%00", "%ff", "%F0%9F%92%A9", "..%2f..", "a".repeat(300), "1", "null"])(
    "a path that names the installation %s gets the 401 of any other",
    async (installation) => {
      const response = await fetch(`${server.url}/webhooks/github/${installation}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect([response.status, await response.text()]).toEqual([401, '{"error":"unauthorized"}']);
    },
  );
});
