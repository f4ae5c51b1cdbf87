import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { JsonObject } from "../../src/task/json.js";
import { deliveryFixture } from "../../src/testing/delivery-fixture.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import type { WorkerOptions } from "../../src/worker/create-worker.js";
import { type Bench, type BenchOptions, createBench } from "../worker/fixtures/create-bench.js";
import { createImpatientClock } from "../worker/fixtures/impatient-clock.js";
import { watchStore } from "../worker/fixtures/watch-store.js";
import { startApi } from "./fixtures/start-api.js";

const beforeTheAgent = ["resolve-repository", "admit", "gather-context", "prepare-workspace", "index-workspace"];
const allStages = [...beforeTheAgent, "run-agent", "checkpoint", "publish-result", "complete-task"];
const done = (names: readonly string[], attempt = 1) => names.map((name) => `${attempt} ${name}: done`);

const workUntilStopped: Script = async ({ signal }) => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  signal.throwIfAborted();
  return undefined;
};

/** A task that has been asked for, and the stages the API shows of it, each as its attempt, its name and how it ended. */
async function askFor(options: BenchOptions, worker: Partial<WorkerOptions> = {}) {
  const bench = await createBench(options);
  const taskId = await bench.ask();
  const started = await bench.startWorker(worker);
  const api = await startApi({ store: bench.store, queue: bench.queue });
  const stages = async (): Promise<readonly string[]> => {
    const { json } = await api.get(`/api/tasks/${taskId}`);
    return (json["stages"] as JsonObject[]).map(({ attempt, name, finishedAt, durationMs, isDone }) => {
      expect(durationMs === null).toBe(finishedAt === null);
      return `${attempt} ${name}: ${isDone ? "done" : finishedAt === null ? "no end" : "not done"}`;
    });
  };
  return { bench, taskId, worker: started, stages };
}

const suspension = ({ tenant }: Bench) =>
  ({ kind: "installation", tenant, change: { kind: "suspended", removedRepositoryIds: [] } }) as const;

const agentRuns = (bench: Bench) => eventually("the agent to run", () => bench.agent.jobs[0] ?? null);

describe("the stages of a task", () => {
  test("that succeeded are all done, the last one too", async () => {
    const { bench, taskId, stages } = await askFor({});
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(await stages()).toEqual(done(allStages));
  });

  test("whose agent failed are done all the same: its failure was stored and shown", async () => {
    const script: Script = async () => ({ status: "failed", reason: "agent_failed", isRetryable: false });
    const { bench, taskId, stages } = await askFor({ script });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "agent_failed" });
    expect(await stages()).toEqual(done(allStages));
  });

  test("that was refused has an admission that is not done, and an end that is shown", async () => {
    const { bench, taskId, stages } = await askFor({ provider: { defaultPermission: "read" } });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted" });
    expect(await stages()).toEqual(["1 resolve-repository: done", "1 admit: not done", "1 complete-task: done"]);
  });

  test("that failed by what one of them threw end with that one, not done", async () => {
    const bench = await createBench();
    const prepare = async (): Promise<never> => {
      throw new AgentBotError("GIT_NAME_INVALID", "no such name");
    };
    const taskId = await bench.ask();
    await bench.startWorker({ workspaces: { ...bench.workspaces, prepare } });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "git_name_invalid" });
    const api = await startApi({ store: bench.store, queue: bench.queue });
    const { json } = await api.get(`/api/tasks/${taskId}`);
    expect(json["stages"]).toMatchObject([
      { name: "resolve-repository", isDone: true },
      { name: "admit", isDone: true },
      { name: "gather-context", isDone: true },
      { name: "prepare-workspace", isDone: false, finishedAt: expect.any(String) },
    ]);
  });

  test("that was stopped end with the one that was stopped, not done", async () => {
    const { bench, taskId, stages } = await askFor({ script: workUntilStopped }, { clock: createImpatientClock(100) });
    await agentRuns(bench);
    await bench.store.commands.requestStop(taskId, "stopped");
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled" });
    expect(await stages()).toEqual([...done(beforeTheAgent), "1 run-agent: not done"]);
  });

  test("that was given back end with the one that was given up, and the next worker adds its own", async () => {
    const script: Script = async (run) => (run.number === 1 ? workUntilStopped(run) : undefined);
    const { bench, taskId, worker, stages } = await askFor({ script });
    await agentRuns(bench);
    await worker.stop();
    const givenBack = [...done(beforeTheAgent), "1 run-agent: not done"];
    expect(await stages()).toEqual(givenBack);
    await bench.startWorker();
    await bench.ended(taskId);
    expect(await stages()).toEqual([...givenBack, ...done(allStages)]);
  });

  test("whose worker died show the one it was in without an end, even where the task was ended after that", async () => {
    const clock = createImpatientClock(100);
    const store = createMemoryStore({ clock });
    let isDead = false;
    const mortal = watchStore(store, () => {
      if (isDead) throw new AgentBotError("STORE_UNAVAILABLE", "a dead worker's store");
    });
    const { bench, stages, taskId } = await askFor({ store, script: workUntilStopped }, { store: mortal, clock });
    await agentRuns(bench);
    const shown = [...done(beforeTheAgent), "1 run-agent: no end"];
    await eventually("its lines", async () => ((await stages()).length === shown.length ? true : null));
    isDead = true;
    clock.pass(60_000);
    await eventually("its lease to end", async () => (await store.outbox.recover(10)).at(0) ?? null);
    expect(await stages()).toEqual(shown);
    expect((await store.tasks.find(taskId))?.status).toBe("queued");
    await store.inbox.record(deliveryFixture(), suspension(bench));
    expect(await store.tasks.find(taskId)).toMatchObject({ status: "cancelled" });
    expect(await stages()).toEqual(shown);
  });
});
