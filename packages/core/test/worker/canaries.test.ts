import { expect, test } from "vitest";
import { canaries, forms, windowsOf, withoutRest } from "../text/canaries.js";
import { createBench } from "./fixtures/create-bench.js";

const minted = "ghs_ThisTokenWasMadeForTheRunAlone012345";

/** Everything that a run leaves behind, as one text. */
async function sinksOf(bench: Awaited<ReturnType<typeof createBench>>, taskId: string): Promise<string> {
  const { store, acme, logger, metrics } = bench;
  const task = await store.tasks.find(taskId);
  const lines = await store.transcript.read(taskId, { afterSeq: 0, limit: 10_000 });
  const effects = await store.effects.list(taskId);
  const checkpoint = await store.checkpoints.find(taskId);
  const { bundle: _bundle, ...kept } = checkpoint ?? { bundle: null };
  return JSON.stringify([
    task && { ...task, traceparent: null },
    lines,
    effects,
    kept,
    acme.conversation.messages,
    acme.codeHost.pullRequests,
    [...bench.remote.branches.keys()],
    bench.bodies,
    logger.lines.map(({ facts, message }) => [message, Object.entries(facts).map(String)]),
    metrics.render("text"),
  ]);
}

test.each(Object.entries(forms))(
  "what an agent writes of 25 secrets %s reaches no sink of the worker",
  async (_, form) => {
    const secrets = [...Object.values(canaries), minted];
    const written = secrets.map(form);
    const acted: unknown[] = [];
    const bench = await createBench({
      async script({ emit, write }) {
        for (const text of written) {
          emit({ type: "agent:message", data: { text } });
          emit({
            type: "agent:tool-called",
            data: { tool: text.slice(0, 200), input: JSON.stringify({ command: text }) },
          });
          emit({ type: "agent:tool-returned", data: { text: `${"x".repeat(4090)}${text}`, [text]: [[text]] } });
        }
        await write("fixed.ts", "export const isFixed = true;\n");
        return { summary: written.join("\n\n"), model: written[0]?.slice(0, 200) ?? null };
      },
    });
    bench.events.on("agent:acted", (event) => void acted.push(event));
    const { codeHost } = bench.acme;
    const authorization = `Basic ${Buffer.from(`x-access-token:${minted}`).toString("base64")}`;
    const credentials: typeof codeHost.credentials = async (...asked) => ({
      ...(await codeHost.credentials(...asked)),
      authorization,
    });
    await bench.startWorker({
      providers: [{ ...bench.provider, codeHost: { ...codeHost, credentials } }],
      secrets: Object.values(canaries),
    });
    const taskId = await bench.ask();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    const sinks = withoutRest((await sinksOf(bench, taskId)) + JSON.stringify(acted));
    const found = secrets.flatMap((secret) => windowsOf(secret, form).filter((window) => sinks.includes(window)));
    expect(found).toEqual([]);
    // They were written: what is left in their place is.
    expect(sinks.split("redacted").length).toBeGreaterThan(3 * secrets.length);
  },
);
