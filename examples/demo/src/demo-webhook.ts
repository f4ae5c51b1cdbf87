import { createRequire } from "node:module";
import { z } from "zod";

const example = z.looseObject({
  comment: z.looseObject({ user: z.looseObject({ login: z.string(), id: z.number() }) }),
  issue: z.looseObject({ number: z.number(), title: z.string() }),
  repository: z.looseObject({
    id: z.number(),
    name: z.string(),
    default_branch: z.string(),
    owner: z.looseObject({ login: z.string() }),
  }),
});
const index = z.array(
  z.object({ name: z.string(), examples: z.array(z.looseObject({ action: z.string().optional() })) }),
);

/** The App's installation at the local GitHub. */
export const installationId = 1;

/** A payload as GitHub sends it. */
export type DemoPayload = z.infer<typeof example>;

/**
 * GitHub's own recorded `issue_comment` event, with three changes: the comment mentions the bot, its times are now (a signed
 * event older than 7 days is stale), and it names the App's installation.
 */
export function demoPayload(comment: string, now: Date): DemoPayload {
  const recorded = index.parse(createRequire(import.meta.url)("@octokit/webhooks-examples"));
  const event = recorded.find(({ name }) => name === "issue_comment");
  const payload = example.parse(event?.examples.find(({ action }) => action === "created"));
  const at = now.toISOString();
  return {
    ...payload,
    comment: { ...payload.comment, body: comment, created_at: at, updated_at: at },
    installation: { id: installationId },
  };
}
