import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { workspaceRequest } from "@agentbot/core/testing";
import { bundleProgram } from "@agentbot/test-services";
import { afterEach, expect, test } from "vitest";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";
import { startProgram } from "../fixtures/start-program.js";

const at = new Date("2026-01-02T03:04:05Z");
const commits = process.env["AGENTBOT_TEST_FULL"] === undefined ? 25 : 1000;
const secret = "a-secret-of-this-process-0123456789";
const innocent = "x".repeat(secret.length);
let subject: TestSubject;

afterEach(() => subject.dispose());

test(`none of ${commits} commits holds a secret or a link that a process writes into the tree meanwhile`, {
  timeout: commits * 10_000,
}, async () => {
  subject = await createSubject();
  await subject.remote.seed("main", { "a.txt": "a\n" });
  const { workspace } = await subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted);
  const directory = await mkdtemp(join(tmpdir(), "agentbot-race-"));
  const program = await bundleProgram(new URL("../fixtures/flip-program.ts", import.meta.url));
  const file = join(workspace.directory, "flipped.txt");
  const flipping = startProgram(program.path, { file, innocent, secret, target: "/etc/passwd" });
  const seen = { refused: 0, failed: 0, clean: 0, dirty: 0 };
  try {
    await flipping.firstLine;
    for (let turn = 0; turn < commits; turn += 1) {
      await writeFile(join(workspace.directory, "a.txt"), `${turn}\n`);
      const committing = workspace.commit({ message: "Change", at, secrets: [secret] }, neverAborted);
      const result = await committing.catch((error: unknown) => {
        if (!AgentBotError.isInstance(error)) throw error;
        seen[error.code === "CHANGE_HOLDS_SECRET" ? "refused" : "failed"] += 1;
        return null;
      });
      if (result?.status === "committed") {
        const bundle = join(directory, "bundle");
        await writeFile(bundle, result.bundle);
        await subject.remote.git("bundle", "unbundle", bundle);
        const files = await subject.remote.filesOf(result.commit);
        const isDirty = [...files.values()].some(({ mode, text }) => mode === "120000" || text.includes(secret));
        seen[isDirty ? "dirty" : "clean"] += 1;
      }
    }
  } finally {
    await flipping.kill();
    await program.remove();
    await rm(directory, { recursive: true, force: true });
  }
  expect(seen, JSON.stringify(seen)).toMatchObject({ dirty: 0 });
  // Both happen: the race is one.
  expect(seen.refused).toBeGreaterThan(0);
  expect(seen.clean).toBeGreaterThan(0);
  expect(seen.refused + seen.failed + seen.clean).toBe(commits);
});
