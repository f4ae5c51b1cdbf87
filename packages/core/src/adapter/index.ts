/** The kit of adapter and provider authors: options, waiting, cleaning up, the task's schemas, safe texts. */

export * from "../effects/perform-once.js";
export * from "../errors/parse-options.js";
export * from "../errors/port-schema.js";
export * from "../http/decode-body.js";
export * from "../lifecycle/back-off.js";
export * from "../lifecycle/cleanup-stack.js";
export * from "../lifecycle/deadline.js";
export * from "../lifecycle/once.js";
export * from "../lifecycle/sleep.js";
export * from "../lifecycle/system-clock.js";
export * from "../task/agent-outcome.js";
export * from "../task/checkpoint.js";
export * from "../task/command.js";
export * from "../task/delivery.js";
export * from "../task/installation.js";
export * from "../task/origin.js";
export * from "../task/repository-ref.js";
export * from "../task/task.js";
export * from "../task/task-draft.js";
export * from "../task/task-event.js";
export * from "../task/task-id.js";
export * from "../task/text-span.js";
export * from "../task/thread.js";
export * from "../text/cap-text.js";
export * from "../text/redact-secrets.js";
export * from "../text/sanitize-text.js";
