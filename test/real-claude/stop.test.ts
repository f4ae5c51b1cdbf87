import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textTurn, toolTurn } from "@agentbot/adapter-claude-cli/testing";
import { expect, test, vi } from "vitest";
import { startCrashServer } from "../../examples/demo/test/fixtures/crash-server-process.js";
import { agentsOf } from "./fixtures/agents-of.js";
import { patienceMs, startClaudeServer } from "./fixtures/claude-server.js";
import { askBy, startClaudeWorld } from "./fixtures/claude-world.js";
import { describeWithClaude } from "./fixtures/real-claude.js";

const mends = [
  toolTurn("Read", { file_path: "README.md" }),
  toolTurn("Edit", { file_path: "README.md", old_string: "teh", new_string: "the" }),
  textTurn("Mended."),
];

describeWithClaude("the real CLI, ended in the middle of its work:", () => {
  test("a stop ends it with the tools it has started", { timeout: patienceMs }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "agentbot-stop-"));
    const pidFile = join(directory, "pid");
    const command = `trap "" TERM; echo $$ > ${pidFile}; while :; do sleep 0.1; done`;
    const server = await startClaudeServer({
      script: [toolTurn("Bash", { command, description: "Never ends" }), textTurn("It never comes to this.")],
      runner: { allowedTools: ["Bash"] },
    });
    try {
      const taskId = await server.ask(1, "@agentbot fix the typo");
      await vi.waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").trim(), { timeout: patienceMs });
      const pid = Number(readFileSync(pidFile, "utf8"));
      expect(process.kill(pid, 0)).toBe(true);
      expect(await server.parts.store.commands.requestStop(taskId, "stopped")).toBe("requested");

      expect(await server.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
      expect(() => process.kill(pid, 0)).toThrow("ESRCH");
      expect(await agentsOf(server.api.url)).toEqual([]);
      expect(server.commentsOn(1).map(({ body }) => body.split("\n")[0])).toEqual([
        "agentbot did not do this. It was stopped.",
      ]);
      expect(server.local.github.pullRequests).toEqual([]);
    } finally {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });

  const onLinux = test.runIf(process.platform === "linux");
  onLinux("a server killed with SIGKILL leaves no agent beside the next one", { timeout: patienceMs }, async () => {
    const besides: number[] = [];
    let countAgents = async (): Promise<void> => {};
    const world = await startClaudeWorld({
      script: (request) => {
        void countAgents();
        const answers = request.messages.filter(({ role }) => role === "assistant").length;
        return mends[Math.min(answers, 2)] ?? textTurn("Mended.");
      },
    });
    world.api.fail({ hang: "before-answer" });
    let server = await startCrashServer(world.environment);
    try {
      const taskId = await askBy(server.url, 1, "@agentbot fix the typo");
      await vi.waitUntil(() => world.api.requests.some(({ method }) => method === "POST"), { timeout: patienceMs });
      const [orphan] = await agentsOf(world.api.url);
      expect(orphan).toBeGreaterThan(0);
      server.process.kill("SIGKILL");
      expect(await server.ended()).toBe("SIGKILL");

      countAgents = async () => void besides.push(...(await agentsOf(world.api.url)));
      server = await startCrashServer(world.environment);
      await vi.waitUntil(async () => (await server.statusOf(taskId)) === "succeeded", { timeout: patienceMs });
      expect(besides.length).toBeGreaterThan(0);
      expect(besides).not.toContain(orphan);
      expect(await agentsOf(world.api.url)).toEqual([]);
      const comments = world.local.github.comments.map(({ body }) => body.split("\n")[0]);
      expect(comments).toEqual([expect.stringContaining("agentbot is done. [#2](")]);
      expect(world.local.github.pullRequests).toHaveLength(1);
    } finally {
      await server.stop();
      await world.close();
    }
  });
});
