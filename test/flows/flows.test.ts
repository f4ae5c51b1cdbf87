import { expect, test } from "vitest";
import { measureFlows } from "../../scripts/flows.mjs";

/** The most files that one flow may run through: a reader has to open them all. */
const maxFiles = { webhook: 62, task: 121, cancellation: 91 };

test("a webhook, a task and a cancellation run through few files", () => {
  const { webhook, task, cancellation } = measureFlows();
  expect(webhook.length, webhook.join("\n")).toBeLessThanOrEqual(maxFiles.webhook);
  expect(task.length, task.join("\n")).toBeLessThanOrEqual(maxFiles.task);
  expect(cancellation.length, cancellation.join("\n")).toBeLessThanOrEqual(maxFiles.cancellation);
  // The measurement itself: each flow has its centre in it.
  expect(webhook).toContain("packages/core/src/gateway/webhook/handle-webhook.ts");
  expect(task).toContain("packages/core/src/worker/pipeline.ts");
  expect(cancellation).toContain("packages/core/src/worker/run/hold-lease.ts");
});
