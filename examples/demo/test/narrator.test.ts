import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { createLifecycleEvents } from "@agentbot/core";
import { taskFixture } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createNarrator, narrateLifecycle } from "../src/narrator.js";

/** Writes to the clipboard, clears the screen in two ways, turns the text around, and forges a line of the story. */
const hostile = "x\u001b]52;c;eA==\u0007\u001b[2J\u009b2J\u202e\r\n  9.99 s  effect   branch: performed";

test("no text of an agent or a person controls the terminal of the demo, or begins a line of its story", async () => {
  const out = new PassThrough();
  const narrator = createNarrator(out);
  const events = createLifecycleEvents();
  narrateLifecycle(events, narrator);
  events.emit("task:begun", { task: taskFixture({ instruction: hostile }) });
  const taskId = "1";
  events.emit("agent:acted", { taskId, event: { type: "agent:message", data: { text: hostile } } });
  events.emit("agent:acted", { taskId, event: { type: "agent:tool-called", data: { tool: hostile } } });
  narrator.show(`A title ${hostile}`, hostile);
  out.end();
  const written = await text(out);
  expect(written.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  const story = written.slice(0, written.indexOf("\n--- "));
  expect(story.match(/^ *\d+\.\d\d s {2}/gm)).toHaveLength(3);
  expect(story.match(/^ {10}\| {3}9\.99 s/gm)).toHaveLength(3);
  expect(written).toMatch(/^--- A title x2J {3}9\.99 s/m);
});
