import { join } from "node:path";
import { createPostgresStore, openPgliteDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing } from "@agentbot/core";
import { crashPointsOf, eventually } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CrashServer, startCrashServer } from "./fixtures/crash-server-process.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

// A restart of the whole server takes long: a short run crashes at both sides of three steps, and test/faults at all of
// them within one process.
const steps = process.env["AGENTBOT_TEST_FULL"]
  ? ([
      ...(["record", "enqueue", "begin", "comment", "workspace"] as const),
      ...(["agent", "checkpoint", "push", "pull-request", "settle"] as const),
    ] as const)
  : (["record", "checkpoint", "pull-request"] as const);
const crashPoints = crashPointsOf(steps);
const firstWithCheckpoint = crashPoints.indexOf("after:checkpoint");
const issueNumber = 100;

describe("a server killed with SIGKILL", () => {
  test.each(crashPoints)("at %s ends its task once: one comment, one branch, one pull request", async (point) => {
    // A killed server's lease ends soon.
    const world = await startWorld([issueNumber], { LEASE_SECONDS: "5" });
    onTestFinished(() => world.close());
    const { github, git } = world.local;
    const start = async (): Promise<CrashServer> => {
      const server = await startCrashServer(world.environment);
      onTestFinished(() => server.stop());
      return server;
    };
    const killed = await start();
    await killed.crashAt(point);
    const payload = commentOn(issueNumber, "@agentbot fix the typo");
    const lost = await deliver(killed.url, payload);
    expect(await killed.ended()).toBe("SIGKILL");
    const runsAtCrash = world.agentRuns().length;

    const server = await start();
    // An unanswered webhook is delivered again by GitHub's redelivery, with the same bytes.
    const answer = lost ?? (await deliver(server.url, payload));
    expect(answer?.status).toBe(200);
    const taskId = answer?.taskId ?? "";
    await eventually("the task to succeed", async () => (await server.statusOf(taskId)) === "succeeded" || null);

    const comments = github.comments.filter((comment) => comment.issueNumber === issueNumber);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain("is done");
    expect(comments[0]?.body).toContain(`<!-- agentbot:task=${taskId} -->`);
    const head = `agentbot/${taskId}`;
    expect(github.pullRequests.map((pull) => pull.head)).toEqual([head]);
    expect(await git("for-each-ref", "--format=%(refname:short)", "refs/heads/agentbot")).toBe(head);
    expect(await git("diff", "--stat", github.pullRequests[0]?.base ?? "", head)).toContain("README.md | 2 +-");
    if (crashPoints.indexOf(point) >= firstWithCheckpoint) expect(world.agentRuns()).toHaveLength(runsAtCrash);
    expect(world.agentRuns().length).toBeGreaterThan(0);

    await server.stop();
    expect(await effectsOf(taskId, join(world.dataDirectory, "database"))).toEqual([
      "status-comment",
      "branch",
      "pull-request",
    ]);
  });
});

async function effectsOf(taskId: string, dataDirectory: string): Promise<readonly string[]> {
  const database = await openPgliteDatabase({ dataDirectory });
  try {
    const keyRing = createAesKeyRing({ keys: [{ id: "unused", key: new Uint8Array(32) }] });
    const store = createPostgresStore({ database, keyRing });
    return (await store.effects.list(taskId)).map(({ kind }) => kind);
  } finally {
    await database.close();
  }
}
