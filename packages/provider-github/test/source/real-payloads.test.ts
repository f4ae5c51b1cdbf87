import { createRequire } from "node:module";
import { taskDraftSchema } from "@agentbot/core/adapter";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret, payloads } from "../fixtures/webhooks.js";

interface Examples {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

/** One entry an event; the published types name the events and not the list. */
const examples: readonly Examples[] = createRequire(import.meta.url)("@octokit/webhooks-examples");

describe("GitHub's own examples", () => {
  test.each(examples.map(({ name, examples: list }) => [name, list] as const))(
    "of %s are understood",
    async (name, list) => {
      for (const payload of list) {
        const result = await interpret(name, payload);
        expect(["task", "command", "withdrawal", "closure", "installation", "ignored"]).toContain(result.kind);
        // Only an event that does not concern us may have a form we do not read.
        if (result.kind === "ignored") expect(result.reason).not.toBe("event_mismatch");
      }
    },
  );

  test("never fit another event's name", async () => {
    const known = examples.filter(({ name }) =>
      ["issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"].includes(name),
    );
    for (const { name } of known) {
      for (const { examples: list } of known.filter((other) => other.name !== name)) {
        for (const payload of list) {
          expect(await interpret(name, payload)).toEqual({ kind: "ignored", reason: "event_mismatch" });
        }
      }
    }
  });

  test("of the five kinds of request read completely", async () => {
    const requests = ["issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"];
    for (const { name, examples: list } of examples.filter((each) => requests.includes(each.name))) {
      for (const payload of list) {
        expect(await interpret(name, { ...payload, installation: { id: 1 } })).not.toMatchObject({ reason: "schema" });
      }
    }
  });
});

describe("Any JSON", () => {
  test("is interpreted without an error", async () => {
    const events = fc.constantFrom(
      "issues",
      "issue_comment",
      "pull_request",
      "pull_request_review",
      "pull_request_review_comment",
      "installation",
      "installation_repositories",
      "ping",
    );
    await fc.assert(
      fc.asyncProperty(events, fc.jsonValue({ maxDepth: 4 }), async (event, payload) => {
        expect((await interpret(event, payload)).kind).toBe("ignored");
      }),
    );
  });

  test("in the place of any field is interpreted without an error, and a task stays a whole one", async () => {
    const field = fc.constantFrom("body", "user", "id", "html_url", "created_at", "performed_via_github_app");
    await fc.assert(
      fc.asyncProperty(field, fc.jsonValue({ maxDepth: 2 }), async (name, value) => {
        const result = await interpret("issue_comment", payloads.issueComment({ [name]: value }));
        if (result.kind === "task") taskDraftSchema.parse(result.draft);
      }),
      { numRuns: 500 },
    );
  });
});
