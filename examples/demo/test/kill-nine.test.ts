import { join } from "node:path";
import { createPostgresStore, openPgliteDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing } from "@agentbot/core";
import { crashPointsOf } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type CrashServer, startCrashServer } from "./fixtures/crash-server-process.js";
import { commentOn, deliver, startWorld, type World } from "./fixtures/start-world.js";

// A restart of the whole server takes long; test/faults dies at every other step too.
const crashPoints = crashPointsOf([
  ...(["record", "enqueue", "begin", "comment", "workspace"] as const),
  ...(["agent", "checkpoint", "push", "pull-request", "settle"] as const),
]);
const cases = crashPoints.map((point, index) => [point, 100 + index] as const);

describe("a server killed with SIGKILL", () => {
  let world: World;
  let server: CrashServer;
  const taskIds: string[] = [];

  beforeAll(async () => {
    // A killed server's lease ends soon.
    world = await startWorld(
      cases.map(([, issueNumber]) => issueNumber),
      { LEASE_SECONDS: "2" },
    );
    server = await startCrashServer(world.environment);
  });
  afterAll(async () => {
    await server.stop();
    await world.close();
  });

  test.each(cases)(
    "at %s ends its task once: one comment, one branch, one pull request",
    async (point, issueNumber) => {
      const { github, git } = world.local;
      const commentsOf = () => github.comments.filter((comment) => comment.issueNumber === issueNumber);
      const runsBefore = world.agentRuns().length;
      await server.crashAt(point);
      const payload = commentOn(issueNumber, "@agentbot fix the typo");
      let answer = await deliver(server.url, payload);
      expect(await server.ended()).toBe("SIGKILL");
      const runsAtCrash = world.agentRuns().length;

      server = await startCrashServer(world.environment);
      // An unanswered webhook is delivered again by GitHub's redelivery, with the same bytes.
      answer ??= await deliver(server.url, payload);
      expect(answer?.status).toBe(200);
      const taskId = answer?.taskId ?? "";
      taskIds.push(taskId);
      await vi.waitUntil(async () => (await server.statusOf(taskId)) === "succeeded", { timeout: 240_000 });

      expect(commentsOf()).toHaveLength(1);
      expect(commentsOf()[0]?.body).toContain("is done");
      expect(commentsOf()[0]?.body).toContain(`<!-- agentbot:task=${taskId} -->`);
      const head = `agentbot/${taskId}`;
      expect(github.pullRequests.filter((pull) => pull.head === head)).toHaveLength(1);
      expect(await git("diff", "--stat", github.pullRequests.at(-1)?.base ?? "", head)).toContain("README.md | 2 +-");
      const hasCheckpoint = crashPoints.indexOf(point) >= crashPoints.indexOf("after:checkpoint");
      if (hasCheckpoint) expect(world.agentRuns()).toHaveLength(runsAtCrash);
      expect(world.agentRuns().length).toBeGreaterThan(runsBefore);
    },
  );

  test("leaves every effect recorded once, and no branch too many", async () => {
    await server.stop();
    const database = await openPgliteDatabase({ dataDirectory: join(world.dataDirectory, "database") });
    try {
      const keyRing = createAesKeyRing({ keys: [{ id: "unused", key: new Uint8Array(32) }] });
      const store = createPostgresStore({ database, keyRing });
      for (const taskId of taskIds) {
        expect((await store.effects.list(taskId)).map(({ kind }) => kind)).toEqual([
          "status-comment",
          "branch",
          "pull-request",
        ]);
      }
    } finally {
      await database.close();
    }
    const branches = await world.local.git("for-each-ref", "--format=%(refname:short)", "refs/heads/agentbot");
    expect(branches?.split("\n").sort()).toEqual(taskIds.map((taskId) => `agentbot/${taskId}`).sort());
    expect(world.local.github.pullRequests).toHaveLength(crashPoints.length);
  });
});
