import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/task/json.js";
import { beginTask } from "../../src/testing/store/begin-task.js";
import { recordTask, recordThread } from "../../src/testing/store/record-task.js";
import { repositoryFixture, taskDraftFixture, tenantFixture } from "../../src/testing/task-draft-fixture.js";
import { startApi } from "./fixtures/start-api.js";

const fields = [
  ...["id", "status", "reason", "title", "origin", "actor", "repository", "threadId", "trigger", "priority", "attempt"],
  ...["agent", "model"],
  ...[
    "costUsd",
    "inputTokens",
    "outputTokens",
    "sessionId",
    "createdAt",
    "startedAt",
    "finishedAt",
    "stages",
    "result",
  ],
];

const tasksOf = ({ json }: { readonly json: JsonObject }): readonly JsonObject[] =>
  json["tasks"] as readonly JsonObject[];
const idsOf = (answer: { readonly json: JsonObject }) => tasksOf(answer).map(({ id }) => id);

describe("GET /api/tasks", () => {
  test("lists tasks newest first, each with exactly the fields of the contract", async () => {
    const api = await startApi();
    const [one, two] = [await recordTask(api.store), await recordTask(api.store)];
    const answer = await api.get("/api/tasks");
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json)).toEqual(["tasks", "nextCursor"]);
    expect(idsOf(answer)).toEqual([two.taskId, one.taskId]);
    expect(answer.json["nextCursor"]).toBeNull();
    for (const task of tasksOf(answer)) expect(Object.keys(task)).toEqual(fields);
    const [task] = tasksOf(answer);
    expect(task).toMatchObject({ status: "queued", attempt: 0, costUsd: 0, stages: [], result: null, startedAt: null });
    expect(new Date(String(task?.["createdAt"])).toISOString()).toBe(task?.["createdAt"]);
  });

  test("every filter selects what it names, and all given ones must hold", async () => {
    const api = await startApi();
    const repository = repositoryFixture({ path: "OctoCat/Hello-World" });
    const tenant = tenantFixture();
    const { origin } = taskDraftFixture({}, tenant, "forge");
    const actor = { provider: "forge", id: "7", login: "mona" };
    const wanted = await recordTask(
      api.store,
      { repository, trigger: "label", title: "A crooked lintel", actor, origin },
      tenant,
    );
    const other = await recordTask(api.store);
    await beginTask(api.store, wanted.taskId);
    const filters = {
      status: "running",
      provider: "forge",
      repository: "octocat/hello-world",
      trigger: "label",
      actor: "mona",
      thread: wanted.entry.lane,
      text: "LINTEL",
    };
    for (const [name, value] of Object.entries(filters)) {
      const found = await api.get(`/api/tasks?${new URLSearchParams({ [name]: value })}`);
      expect([name, ...idsOf(found)]).toEqual([name, wanted.taskId]);
    }
    expect(idsOf(await api.get(`/api/tasks?${new URLSearchParams(filters)}`))).toEqual([wanted.taskId]);
    expect(idsOf(await api.get("/api/tasks?actor=mona&status=queued"))).toEqual([]);
    expect(idsOf(await api.get(`/api/tasks?thread=${other.entry.lane}`))).toEqual([other.taskId]);
  });

  test("pages follow each other without a gap or a repetition while tasks come in", async () => {
    const api = await startApi();
    const recorded = await recordThread(api.store, 7);
    const seen: unknown[] = [];
    let path = "/api/tasks?limit=3";
    for (let pages = 0; pages < 3; pages += 1) {
      const answer = await api.get(path);
      expect(tasksOf(answer).length).toBeLessThanOrEqual(3);
      seen.push(...idsOf(answer));
      await recordTask(api.store);
      path = `/api/tasks?limit=3&cursor=${encodeURIComponent(String(answer.json["nextCursor"]))}`;
    }
    expect(seen).toEqual(recorded.map(({ taskId }) => taskId).toReversed());
  });

  test("a page holds 50 tasks unless a limit is given", async () => {
    const api = await startApi();
    await recordThread(api.store, 60);
    expect(tasksOf(await api.get("/api/tasks"))).toHaveLength(50);
    expect(tasksOf(await api.get("/api/tasks?limit=200"))).toHaveLength(60);
  });
});

describe("a query that is wrong is answered by 400 that names the parameter and what is allowed:", () => {
  test.each([
    ["status=done", "status: expected one of queued, running, succeeded, failed, cancelled"],
    ["status=", "status: expected one of"],
    ["trigger=magic", "trigger: expected one of mention, label,"],
    ["repository=hello", "repository: expected owner/name"],
    ["limit=0", "limit: expected a whole number from 1 to 200"],
    ["limit=201", "limit: expected a whole number from 1 to 200"],
    ["limit=1e2", "limit: expected a whole number"],
    ["cursor=nobody-gave-this", "cursor: expected the nextCursor of the page before"],
    ["cursor=", "cursor: expected"],
    ["text=%20%20", "text: expected more than blanks"],
    ["actor=a%00b", "actor: expected 1 to 200 characters without control characters"],
    [`text=${"x".repeat(201)}`, "text: expected 1 to 200 characters"],
    ["state=queued", "?: unknown; allowed are status, provider, repository,"],
    ["status=queued&status=failed", "status: given more than once"],
    ["__proto__=1", "?: unknown"],
    ["toString=1", "?: unknown"],
  ])("%s", async (query, detail) => {
    const api = await startApi();
    const answer = await api.get(`/api/tasks?${query}`);
    expect([answer.status, answer.json["code"]]).toEqual([400, "PARAMETER_INVALID"]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json["detail"]).toContain(detail);
  });

  test("all that is wrong at once, and nothing that was sent", async () => {
    const api = await startApi();
    const answer = await api.get("/api/tasks?status=<script>&limit=many&%3Cb%3E=1");
    expect((answer.json["errors"] as JsonObject[]).map(({ name }) => name)).toEqual(["status", "limit", "?"]);
    expect(answer.text).not.toMatch(/script|many|<b>/);
  });
});
