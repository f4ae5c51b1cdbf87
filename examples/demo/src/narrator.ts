import type { LifecycleEvents } from "@agentbot/core";
import { sanitizeText } from "@agentbot/core/adapter";

/** Writes to a stream what happens. No text in it, an agent's or a person's, controls the terminal that shows it. */
export interface Narrator {
  /** Writes a line, with the time since the start; the others of a longer text begin with a bar. */
  print(line: string): void;
  /** Writes a text of several lines below a title. */
  show(title: string, text: string): void;
}

/** Stands where a line has its time and its part: no text of a person can begin a line of the story. */
const continuation = `\n${" ".repeat(10)}| `;

/** A {@link Narrator} whose time starts now. */
export function createNarrator(out: NodeJS.WritableStream): Narrator {
  const startedAt = performance.now();
  return {
    print(line) {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(6);
      out.write(`${seconds} s  ${sanitizeText(line).replaceAll("\n", continuation)}\n`);
    },
    show(title, text) {
      out.write(`\n--- ${sanitizeText(title).replaceAll("\n", " ")}\n\n${sanitizeText(text)}\n`);
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
