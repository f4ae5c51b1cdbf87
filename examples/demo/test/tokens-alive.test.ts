import { eventually } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { type CrashServer, startCrashServer } from "./fixtures/crash-server-process.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

test("a server that is stopped leaves no token alive at GitHub; one that is killed leaves one and that of its run", async () => {
  const world = await startWorld([800], { LEASE_SECONDS: "5" });
  onTestFinished(() => world.close());
  const { github } = world.local;
  const start = async (): Promise<CrashServer> => {
    const server = await startCrashServer(world.environment);
    onTestFinished(() => server.stop());
    return server;
  };
  const ask = async ({ url }: CrashServer): Promise<string> =>
    (await deliver(url, commentOn(800, "@agentbot fix the typo")))?.taskId ?? "";
  const succeeded = (server: CrashServer, taskId: string) =>
    eventually("the task to succeed", async () => (await server.statusOf(taskId)) === "succeeded" || null);

  for (let life = 1; life <= 2; life += 1) {
    const server = await start();
    await succeeded(server, await ask(server));
    await succeeded(server, await ask(server));
    // Git's own tokens have ended with their tasks.
    expect(github.liveTokens).toHaveLength(1);
    await server.stop();
    expect(github.liveTokens).toEqual([]);
  }

  const killed = await start();
  await killed.crashAt("before:agent");
  const taskId = await ask(killed);
  expect(await killed.ended()).toBe("SIGKILL");
  const left = github.liveTokens;
  expect(left).toHaveLength(2);

  const server = await start();
  await succeeded(server, taskId);
  await server.stop();
  expect(github.liveTokens).toEqual(left);
}, 300_000);
