import type { LifecycleEvents } from "@agentbot/core";

/** Tells a story on a stream, each line with the time since the beginning. */
export interface Narrator {
  say(line: string): void;
}

/** Makes a {@link Narrator} that begins its clock now. */
export function createNarrator(out: NodeJS.WritableStream): Narrator {
  const startedAt = performance.now();
  return {
    say(line) {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(6);
      out.write(`${seconds} s  ${line}\n`);
    },
  };
}

/** Tells every step of the gateway and the worker as it happens. */
export function narrateLifecycle(events: LifecycleEvents, { say }: Narrator): void {
  events.on("delivery:recorded", ({ provider, event, verdict }) => {
    say(
      `gateway  ${provider} ${event}: ${verdict.status}${verdict.status === "ignored" ? ` (${verdict.reason})` : ""}`,
    );
  });
  events.on("task:enqueued", ({ taskId }) => say(`queue    task ${taskId} waits`));
  events.on("task:begun", ({ task }) =>
    say(`worker   begins attempt ${task.attempt}: ${task.instruction || task.title}`),
  );
  events.on("stage:finished", ({ stage, durationMs }) => say(`worker   ${stage} (${durationMs} ms)`));
  events.on("agent:acted", ({ event: { type, data } }) => {
    if (type === "agent:message") say(`agent    says: ${String(data["text"])}`);
    if (type === "agent:tool-called") say(`agent    uses ${String(data["tool"])}`);
  });
  events.on("effect:performed", ({ kind, outcome }) => say(`effect   ${kind}: ${outcome}`));
  events.on("task:settled", ({ settlement }) => {
    const reason = "reason" in settlement ? ` (${settlement.reason})` : "";
    say(`worker   task ${settlement.status}${reason}`);
  });
}
