import type { StatusView } from "../../ports/conversation.js";

/** The view of a status message while an agent works. */
export function statusViewFixture(overrides: Partial<StatusView> = {}): StatusView {
  return {
    state: "working",
    headline: "The agent is working on it",
    steps: [
      { label: "Preparing", state: "done" },
      { label: "Running the agent", state: "current" },
      { label: "Publishing", state: "pending" },
    ],
    summaryMarkdown: null,
    links: [],
    actions: ["stop"],
    ...overrides,
  };
}
