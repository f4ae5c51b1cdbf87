import type { LifecycleEvents } from "@agentbot/core";

/** Writes lines to a stream, each with the time since the start. */
export interface Narrator {
  print(line: string): void;
}

/** A {@link Narrator} whose time starts now. */
export function createNarrator(out: NodeJS.WritableStream): Narrator {
  const startedAt = performance.now();
  return {
    print(line) {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(6);
      out.write(`${seconds} s  ${line}\n`);
    },
  };
}

/** Prints every step of the gateway and the worker as it happens. */
export function narrateLifecycle(events: LifecycleEvents, { print }: Narrator): void {
  events.on("delivery:recorded", ({ provider, event, verdict }) => {
    print(
      `gateway  ${provider} ${event}: ${verdict.status}${verdict.status === "ignored" ? ` (${verdict.reason})` : ""}`,
    );
  });
  events.on("task:enqueued", ({ taskId }) => print(`queue    task ${taskId} waits`));
  events.on("task:begun", ({ task }) =>
    print(`worker   begins attempt ${task.attempt}: ${task.instruction || task.title}`),
  );
  events.on("stage:finished", ({ stage, durationMs }) => print(`worker   ${stage} (${durationMs} ms)`));
  events.on("agent:acted", ({ event: { type, data } }) => {
    if (type === "agent:message") print(`agent    writes: ${String(data["text"])}`);
    if (type === "agent:tool-called") print(`agent    uses ${String(data["tool"])}`);
  });
  events.on("effect:performed", ({ kind, outcome }) => print(`effect   ${kind}: ${outcome}`));
  events.on("task:settled", ({ settlement }) => {
    const reason = "reason" in settlement ? ` (${settlement.reason})` : "";
    print(`worker   task ${settlement.status}${reason}`);
  });
}
