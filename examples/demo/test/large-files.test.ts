import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { commitFiles } from "@agentbot/workspace-git/testing";
import { pino } from "pino";
import { expect, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

test("a file that Git LFS keeps leaves a task as a pointer, with its content at the host", async () => {
  const world = await startWorld([710]);
  const { repositoryDirectory, git, findBranch } = world.local;
  const files = { ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "notes.bin": "teh notes\n" };
  await commitFiles(repositoryDirectory, { branch: "master", files });
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const adapters = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, adapters);
  try {
    const { taskId = "" } = (await deliver(server.url, commentOn(710, "@agentbot mend the typo"))) ?? {};
    const task = await eventually("the end of the task", async () => {
      const found = await adapters.store.tasks.find(taskId);
      return found?.finishedAt ? found : null;
    });
    expect(task).toMatchObject({ status: "succeeded", reason: null });
    const commit = await findBranch(`agentbot/${taskId}`);
    const oid = createHash("sha256").update("the notes\n").digest("hex");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 10`;
    expect(await git("show", `${commit}:notes.bin`)).toBe(pointer);
    expect(readFileSync(join(repositoryDirectory, "lfs/objects", oid), "utf8")).toBe("the notes\n");
  } finally {
    await server.stop();
    await world.close();
  }
}, 180_000);
