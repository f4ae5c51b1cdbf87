import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createBench } from "./fixtures/create-bench.js";

const secret = "sesame-open-0123456789";

describe("a secret in the words of the agent", () => {
  test("reaches neither comment, pull request, result, checkpoint, transcript nor events", async () => {
    const bench = await createBench({
      script: async ({ write, say, emit }) => {
        say(`The key is ${secret}`);
        emit({ type: "agent:tool-returned", data: { isError: false, text: secret, more: [{ [secret]: secret }, 1] } });
        await write("fixed.ts", "x\n");
        return { summary: `Done with ${secret}.` };
      },
    });
    const emitted: unknown[] = [];
    bench.events.on("agent:acted", (event) => emitted.push(event));
    bench.events.on("task:settled", (event) => emitted.push(event));
    const taskId = await bench.ask();
    await bench.startWorker({ secrets: [secret] });
    const task = await bench.ended(taskId);
    expect(task.result?.summary).toBe("Done with [redacted].");
    const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 100 });
    const checkpoint = await bench.store.checkpoints.find(taskId);
    expect(checkpoint?.outcome.summary).toBe("Done with [redacted].");
    const everything = [task, lines, checkpoint?.outcome, emitted, bench.bodies, bench.acme.codeHost.pullRequests];
    expect(JSON.stringify(everything)).toContain("[redacted]");
    expect(JSON.stringify(everything)).not.toContain(secret);
  });

  test("is not in the checkpoint of an interrupted run either", async () => {
    const bench = await createBench({
      script: async ({ number }) =>
        number === 1 ? { status: "failed", reason: "agent_api", isRetryable: true, summary: secret } : {},
    });
    const taskId = await bench.ask();
    const summaries: (string | undefined)[] = [];
    const checkpoints = {
      ...bench.store.checkpoints,
      async save(...[lease, checkpoint]: Parameters<typeof bench.store.checkpoints.save>) {
        summaries.push(checkpoint.outcome.summary);
        await bench.store.checkpoints.save(lease, checkpoint);
      },
    };
    await bench.startWorker({ store: { ...bench.store, checkpoints }, secrets: [secret] });
    await bench.ended(taskId);
    expect(summaries).toEqual(["[redacted]", "Done."]);
  });
});

describe("a secret in the words of a git server that refuses a push", () => {
  test("is not in the thread", async () => {
    const bench = await createBench();
    const workspaces: typeof bench.workspaces = {
      ...bench.workspaces,
      async prepare(...request) {
        const prepared = await bench.workspaces.prepare(...request);
        const publish = async (): Promise<never> => {
          const details = { answer: `The hook has read ${secret}.` };
          throw new AgentBotError("PUSH_REFUSED", "The push was refused", { details });
        };
        return { ...prepared, workspace: { ...prepared.workspace, publish } };
      },
    };
    const taskId = await bench.ask();
    await bench.startWorker({ workspaces, secrets: [secret] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "push_refused" });
    expect(bench.comments()).toEqual([expect.stringContaining("The hook has read [redacted].")]);
    expect(bench.bodies.join()).not.toContain(secret);
  });
});
