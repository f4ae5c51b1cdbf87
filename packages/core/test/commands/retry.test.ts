import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createRepositoryResolver } from "../../src/repositories/create-repository-resolver.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { createThread } from "./fixtures/create-thread.js";

describe("retry", () => {
  test("queues the newest failed task again, once however often the command is answered", async () => {
    let isBroken = true;
    const bench = await createThread({
      script: async () => {
        if (isBroken) throw new Error("the agent crashed");
        return { summary: "Done." };
      },
    });
    const [older, newer] = [await bench.request(), await bench.request()];
    await bench.startWorker({ maxAttempts: 1 });
    expect(await bench.ended(older)).toMatchObject({ status: "failed" });
    expect(await bench.ended(newer)).toMatchObject({ status: "failed" });
    isBroken = false;
    let finishes = 0;
    const { commands } = bench.store;
    const finish: typeof commands.finish = async (...given) => {
      finishes += 1;
      if (finishes === 1) throw new AgentBotError("STORE_UNAVAILABLE", "the answer was lost");
      await commands.finish(...given);
    };
    await bench.startWorker({ store: { ...bench.store, commands: { ...commands, finish } } });
    const [first] = [await bench.command("retry")];
    await bench.answered(first);
    expect(await bench.taskWhen(newer, "to succeed", ({ status }) => status === "succeeded")).toBeTruthy();
    expect(await bench.task(older)).toMatchObject({ status: "failed" });
  });

  test("replies that the task is still being stopped, and leaves it alone", async () => {
    let end = (): void => {};
    const endSlowly: Script = ({ signal }) =>
      new Promise((_, reject) => {
        end = () => reject(signal.reason);
      });
    const bench = await createThread({ script: endSlowly });
    const taskId = await bench.request();
    await bench.startWorker({ leaseMs: 600_000 });
    await bench.running();
    await bench.answered(await bench.command("stop"));
    const commandId = await bench.command("retry");
    await bench.answered(commandId);
    expect(bench.replies(commandId)).toMatchObject([{ body: expect.stringContaining("still being stopped") }]);
    await bench.taskWhen(taskId, "to be asked to stop", ({ cancelRequestedAt }) => cancelRequestedAt !== null);
    end();
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
  });

  test("does not repeat a question that was answered", async () => {
    const bench = await createThread();
    const origins = [{ provider: bench.acme.name, tenant: bench.tenant.externalId }];
    const resolver = createRepositoryResolver({ repositories: [{ ...bench.acme.repository, origins }] });
    await bench.startWorker({ resolver });
    const question = await bench.request({ repository: null });
    expect(await bench.ended(question)).toMatchObject({ reason: "repository_unknown" });
    await bench.ended(await bench.request({ repository: null, instruction: bench.acme.repository.path }));
    const commandId = await bench.command("retry");
    await bench.answered(commandId);
    expect(bench.replies(commandId)).toMatchObject([{ body: "There is nothing to retry here." }]);
    expect(await bench.task(question)).toMatchObject({ status: "cancelled" });
  });

  test("leaves a task alone that was refused to another person", async () => {
    let isBroken = true;
    const script: Script = async () => {
      if (isBroken) throw new Error("the agent crashed");
      return { summary: "Done." };
    };
    const bench = await createThread({ script, provider: { permissions: { "2": "read" } } });
    await bench.startWorker({ maxAttempts: 1 });
    const failed = await bench.request();
    expect(await bench.ended(failed)).toMatchObject({ status: "failed" });
    const refused = await bench.request({ actor: { provider: "acme", id: "2", login: "hubot" } });
    expect(await bench.ended(refused)).toMatchObject({ reason: "not_permitted" });
    isBroken = false;
    await bench.answered(await bench.command("retry"));
    expect(await bench.taskWhen(failed, "to succeed", ({ status }) => status === "succeeded")).toBeTruthy();
    expect(await bench.task(refused)).toMatchObject({ status: "cancelled" });
  });

  test("replies that there is nothing to retry", async () => {
    const bench = await createThread();
    await bench.startWorker();
    await bench.ended(await bench.request());
    const commandId = await bench.command("retry");
    await bench.answered(commandId);
    expect(bench.replies(commandId)).toMatchObject([{ body: "There is nothing to retry here." }]);
  });
});
