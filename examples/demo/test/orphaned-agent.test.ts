import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { startCrashServer } from "./fixtures/crash-server-process.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test.runIf(process.platform === "linux")(
  "the agent of a server killed with SIGKILL is gone before the next attempt works in its place",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "agentbot-orphan-"));
    const program = join(directory, "lingering-agent.mjs");
    copyFileSync(here("./fixtures/lingering-agent.mjs"), program);
    copyFileSync(here("../agent/scripted-agent.mjs"), join(directory, "scripted-agent.mjs"));
    chmodSync(program, 0o755);
    const world = await startWorld([300], { CLAUDE_BIN: program, LEASE_SECONDS: "2" });
    let server = await startCrashServer(world.environment);
    try {
      const answer = await deliver(server.url, commentOn(300, "@agentbot fix the typo"));
      await eventually("the agent to begin", () => existsSync(join(directory, "first")) || null);
      server.process.kill("SIGKILL");
      expect(await server.ended()).toBe("SIGKILL");

      server = await startCrashServer(world.environment);
      const taskId = answer?.taskId ?? "";
      await eventually("the task to succeed", async () => (await server.statusOf(taskId)) === "succeeded" || null);
      expect(readFileSync(join(directory, "second"), "utf8")).toBe("alone");
      const diff = await world.local.git("diff", world.local.github.pullRequests[0]?.base ?? "", `agentbot/${taskId}`);
      expect(diff).toContain("+This is the repository.");
      expect(diff).not.toContain("orphan");
    } finally {
      await server.stop();
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
