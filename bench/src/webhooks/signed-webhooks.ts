import { createRequire } from "node:module";
import { webhookRequest } from "@agentbot/provider-github/testing";

/** Signs the webhooks of a benchmark. */
export const webhookSecret = "a secret of this benchmark only";

interface RecordedEvent {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}

/** Makes signed `issue_comment` webhooks of GitHub's recorded shape and size: each its own comment on an issue of its own. */
export function createSignedWebhooks(): () => Buffer {
  const recorded: readonly RecordedEvent[] = createRequire(import.meta.url)("@octokit/webhooks-examples");
  const example = recorded
    .find(({ name }) => name === "issue_comment")
    ?.examples.find(({ action }) => action === "created");
  if (!example) throw new Error("The recorded issue_comment event is missing");
  const at = new Date().toISOString();
  const template = JSON.stringify({
    ...example,
    issue: { ...(example["issue"] as object), number: 111_111_111 },
    comment: {
      ...(example["comment"] as object),
      id: 222_222_222,
      body: "@agentbot fix the flaky test",
      created_at: at,
      updated_at: at,
    },
    installation: { id: 1 },
  });
  const firstId = Math.floor(Math.random() * 1e12);
  let made = 0;
  return () => {
    made += 1;
    const payload = template
      .replace("111111111", String((firstId % 1e8) + made))
      .replace("222222222", String(firstId + made));
    const { headers, body } = webhookRequest({ event: "issue_comment", payload, secret: webhookSecret });
    const head = Object.entries({ host: "localhost", ...headers, "content-length": String(body.length) })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    return Buffer.concat([Buffer.from(`POST /webhooks/github HTTP/1.1\r\n${head}\r\n`), body]);
  };
}
