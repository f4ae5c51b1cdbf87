import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { CodeHost } from "../../src/ports/code-host.js";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";

/** A part that throws until it is mended. */
function breakable<Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>, error: () => Error) {
  let isBroken = true;
  let calls = 0;
  return {
    calls: () => calls,
    mend() {
      isBroken = false;
    },
    async run(...given: Given): Promise<Result> {
      calls += 1;
      if (isBroken) throw error();
      return await work(...given);
    },
  };
}

const down = () => new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down");

/** A bench whose code host cannot decide about access; time passes by hand. */
async function startUndecided(codeHost: Partial<CodeHost> = {}) {
  const clock = createImpatientClock(20);
  const bench = await createBench({ store: createMemoryStore({ clock }), queue: createMemoryQueue({ clock }) });
  const permission = breakable(bench.acme.codeHost.permission, down);
  const providers = [
    { ...bench.provider, codeHost: { ...bench.acme.codeHost, permission: permission.run, ...codeHost } },
  ];
  const taskId = await bench.ask();
  await bench.startWorker({ providers, clock, retryBackOff: { baseMs: 1, capMs: 5 } });
  const looks = async (more: number): Promise<void> => {
    const wanted = permission.calls() + more;
    await eventually("more looks", () => permission.calls() >= wanted || null);
  };
  await looks(3);
  return { bench, clock, permission, taskId, looks };
}

describe("A task that waits for the end of an outage", () => {
  test("shows so at once in the message that it has, in a plain sentence with the reason", async () => {
    const bench = await createBench();
    const outage = () => new AgentBotError("GIT_FAILED", "connection refused by 10.0.0.7", { isOutage: true });
    const prepare = breakable(bench.workspaces.prepare, outage);
    const taskId = await bench.ask();
    await bench.startWorker({ workspaces: { ...bench.workspaces, prepare: prepare.run } });
    const [shown] = await eventually("the message to show it", () => {
      const waiting = bench.comments().filter((body) => body.includes("waits"));
      return waiting.length > 0 ? waiting : null;
    });
    expect(shown).toContain(
      "agentbot waits. The repository could not be read or written with git. It goes on by itself once that is over.",
    );
    expect(shown).not.toContain("10.0.0.7");
    prepare.mend();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.comments()).toEqual([expect.stringContaining("is done")]);
  });

  test("before access is decided posts nothing for an outage of seconds", async () => {
    const { bench, clock, permission, taskId, looks } = await startUndecided();
    clock.pass(30_000);
    await looks(3);
    expect(bench.bodies).toEqual([]);
    permission.mend();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.bodies.join()).not.toContain("waits");
  });

  test("before access is decided posts one message after a minute, which then shows the work", async () => {
    const { bench, clock, permission, taskId, looks } = await startUndecided();
    clock.pass(60_000);
    await eventually("a message", () => bench.comments().length > 0 || null);
    await looks(3);
    expect(bench.comments()).toEqual([
      expect.stringContaining(
        "agentbot waits. The provider could not be reached, or limits the bot's requests for now. It goes on by itself",
      ),
    ]);
    permission.mend();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.comments()).toEqual([expect.stringContaining("is done")]);
  });

  test("where the worker lacks the repository's provider is silent for seconds, and not for minutes", async () => {
    const clock = createImpatientClock(20);
    const bench = await createBench({ store: createMemoryStore({ clock }), queue: createMemoryQueue({ clock }) });
    const { codeHost: _missing, ...provider } = bench.provider;
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [provider], clock });
    await bench.taskWhen(taskId, "to be parked", ({ reason }) => reason === "provider_not_configured");
    expect(bench.bodies).toEqual([]);
    clock.pass(60_000);
    await eventually("a message", () => bench.comments().length > 0 || null);
    expect(bench.comments()).toEqual([expect.stringContaining("agentbot waits. The bot is not set up for")]);
  });
});

describe("A repository that was renamed", () => {
  test("is stored under its present path on the task and for its thread", async () => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    const path = "mona/hello-there";
    const credentials: CodeHost["credentials"] = async (...given) => ({
      ...(await codeHost.credentials(...given)),
      path,
    });
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost: { ...codeHost, credentials } }] });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "succeeded", repository: { id: bench.acme.repository.id, path } });
    expect(await bench.store.threads.findById(task.threadId)).toMatchObject({ repository: { path } });
    expect(bench.workspaces.requests).toMatchObject([{ repository: { id: bench.acme.repository.id, path } }]);
    const [found] = (await bench.store.tasks.search({ repository: path, limit: 10 })).items;
    expect(found?.id).toBe(taskId);
  });
});
