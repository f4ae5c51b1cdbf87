import { describe, expect, test } from "vitest";
import { createRepositoryResolver } from "../../src/repositories/create-repository-resolver.js";
import type { WorkerOptions } from "../../src/worker/create-worker.js";
import { createThread, hang, noSandboxYet } from "./fixtures/create-thread.js";

describe("access to commands", () => {
  const without = { permissions: { "2": "read" } } as const;
  const hubot = { provider: "acme", id: "2", login: "hubot" };

  test.each(["stop", "help"] as const)("%s of an actor without access is finished in silence", async (name) => {
    const bench = await createThread({ script: hang, provider: without });
    const taskId = await bench.request();
    await bench.startWorker();
    await bench.running();
    const commandId = await bench.command(name, { actor: hubot });
    await bench.answered(commandId);
    expect(bench.replies(commandId)).toEqual([]);
    expect(await bench.task(taskId)).toMatchObject({ status: "running", cancelRequestedAt: null });
  });

  test.each(["stop", "retry", "status", "help", "resume"] as const)(
    "%s in a thread whose repository is still to be chosen is silent to an actor without access to any choice",
    async (name) => {
      const bench = await createThread({ provider: without });
      const { repository } = bench.acme;
      const origins = [{ provider: bench.acme.name, tenant: bench.tenant.externalId }];
      const resolver = createRepositoryResolver({ repositories: [{ ...repository, origins }] });
      await bench.startWorker({ resolver });
      const foreign = await bench.command(name, { actor: hubot, repository: null });
      await bench.answered(foreign);
      expect([bench.replies(foreign), bench.acme.conversation.acknowledged]).toEqual([[], []]);
      const own = await bench.command(name, { repository: null });
      await bench.answered(own);
      expect(bench.replies(own)).toHaveLength(1);
    },
  );

  test("is decided by the policy with the thread's repository", async () => {
    const bench = await createThread({ script: hang });
    const decided: unknown[] = [];
    const access: WorkerOptions["access"] = {
      async decide({ task, repository }) {
        decided.push([task.actor.id, repository.id]);
        return { status: "allowed", allowedTools: null };
      },
    };
    const taskId = await bench.request();
    await bench.startWorker({ access });
    await bench.running();
    await bench.command("stop", { actor: hubot });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled" });
    expect(decided.at(-1)).toEqual(["2", bench.acme.repository.id]);
  });

  test("in a thread without a repository is that of the actors who requested its tasks", async () => {
    const bench = await createThread();
    const taskId = await bench.request({ repository: null });
    const foreign = await bench.command("stop", { actor: hubot, repository: null });
    await bench.startWorker({
      access: { decide: () => Promise.reject(new Error("no repository")) },
      sandbox: noSandboxYet,
    });
    await bench.answered(foreign);
    expect(await bench.task(taskId)).toMatchObject({ cancelRequestedAt: null });
    const own = await bench.command("stop", { repository: null });
    await bench.answered(own);
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
  });
});
