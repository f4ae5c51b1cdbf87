import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { token } from "../../../../packages/core/test/api/fixtures/admin-token.js";
import { watchEvents } from "../../../../packages/core/test/api/fixtures/watch-events.js";
import { startFleet } from "../fixtures/start-fleet.js";
import { commentOn, deliver } from "../fixtures/start-world.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** An agent that talks until it has said enough, in a directory of its own. */
function chattyAgent(): { readonly program: string; readonly endTalk: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "agentbot-chatty-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const program = join(directory, "chatty-agent.mjs");
  copyFileSync(here("../fixtures/chatty-agent.mjs"), program);
  copyFileSync(here("../../agent/scripted-agent.mjs"), join(directory, "scripted-agent.mjs"));
  chmodSync(program, 0o755);
  return { program, endTalk: () => writeFileSync(join(directory, "enough"), "") };
}

test.each([
  ["PostgreSQL and Redis", true],
  ["PostgreSQL alone", false],
])(
  "on %s a viewer whose gateway is killed goes on at another one: nothing missed, nothing twice",
  async (_, hasRedis) => {
    const fleet = await startFleet({ hasRedis, issueNumbers: [601] });
    onTestFinished(() => fleet.close());
    const admin = { AGENTBOT_ADMIN_TOKEN: token };
    const [first, second] = [fleet.start("gateway", admin), fleet.start("gateway", admin)];
    const agent = chattyAgent();
    const worker = fleet.start("worker", { CLAUDE_BIN: agent.program });
    const [{ url: firstUrl }, { url: secondUrl }] = [await first.listening, await second.listening];
    await worker.listening;

    const taskId = (await deliver(firstUrl, commentOn(601, "@agentbot fix the typo")))?.taskId ?? "";
    const before = await watchEvents(firstUrl, taskId);
    await before.seen(30);
    first.child.kill("SIGKILL");
    await before.ended();
    const lastEventId = before.messages.at(-1)?.id ?? 0;
    const after = await watchEvents(secondUrl, taskId, { lastEventId });
    await after.seen(1);
    expect((await fleet.task(taskId))?.status).toBe("running");
    agent.endTalk();
    await fleet.succeeded(taskId);
    await after.ended();

    const seen = [...before.messages, ...after.messages];
    expect(seen.map(({ id }) => id)).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1));
    const whole = await watchEvents(secondUrl, taskId);
    await whole.ended();
    expect(seen).toEqual(whole.messages);
    expect(seen.at(-1)?.data).toMatchObject({ type: "task:settled", data: { status: "succeeded" } });
    const thoughts = seen.flatMap(({ data }) => /Thought \d+/.exec(JSON.stringify(data)) ?? []);
    expect(thoughts).toEqual(thoughts.map((_, index) => `Thought ${index + 1}`));
    expect(thoughts.length).toBeGreaterThan(0);
  },
);
