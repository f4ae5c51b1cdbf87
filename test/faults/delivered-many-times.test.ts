import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { describeRun } from "./world/expect-nothing-wrong.js";
import { createConnections, postWebhook, type WebhookAnswer } from "./world/post-webhook.js";
import { isFull } from "./world/random.js";
import { startWorld, type World } from "./world/start-world.js";
import { nothingWrong } from "./world/verdict.js";
import { type Comment, commentWebhook, writeComment } from "./world/webhook.js";

const size = isFull ? { comments: 1000, timeoutMs: 600_000 } : { comments: 25, timeoutMs: 280_000 };
const mostCopies = 20;
const atOnce = 8;

/** The requests for one comment, and their answers. */
interface Flood {
  readonly comment: Comment;
  readonly genuine: readonly WebhookAnswer[];
  readonly forged: readonly WebhookAnswer[];
}

/** Sends 1 to 20 copies at once over all gateways, forged ones among and before them. */
async function flood(world: World, connections: ReturnType<typeof createConnections>): Promise<Flood> {
  const { gateways, github, random } = world;
  const comment = writeComment(github, github.comments.length + 1);
  const deliveryId = randomUUID();
  const post = (webhook: ReturnType<typeof commentWebhook>) =>
    postWebhook(random.pick(gateways).url, webhook, connections);
  const forge = (of: Comment) => post(commentWebhook(of, { secret: "not the secret", deliveryId }));
  // A forged delivery that guesses an id and comes first must not keep the real one out.
  const forgedFirst = await forge({ ...comment, text: "@agentbot do something else" });
  const hasFreshIds = random.fraction() < 0.5;
  const copies = Array.from({ length: random.between(1, mostCopies) }, () =>
    post(commentWebhook(comment, { deliveryId: hasFreshIds ? randomUUID() : deliveryId })),
  );
  const forgedAmong = Array.from({ length: random.between(0, 3) }, () => forge(comment));
  const [genuine, forged] = await Promise.all([Promise.all(copies), Promise.all(forgedAmong)]);
  return { comment, genuine, forged: [forgedFirst, ...forged] };
}

test(
  "a delivery that comes many times at once, over four gateways and among forged ones, is one task",
  async () => {
    const world = await startWorld({
      ...{ gateways: 4, workers: 1, queue: "redis", issues: size.comments, isAgentInside: true },
      settings: { concurrency: 8, agentMs: 5 },
    });
    onTestFinished(world.close);
    const connections = createConnections(256);
    const floods: Flood[] = [];
    const lane = async (): Promise<void> => {
      while (floods.length < size.comments) {
        const place = floods.length;
        floods.push({ comment: { id: 0, issueNumber: 0 }, genuine: [], forged: [] });
        floods[place] = await flood(world, connections);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    connections.destroy();

    const genuine = floods.flatMap((one) => one.genuine);
    const forged = floods.flatMap((one) => one.forged);
    const verdict = await world.verdict(size.timeoutMs);
    const counts = { ...verdict, comments: size.comments, deliveries: genuine.length, forged: forged.length };
    if (isFull) process.stdout.write(`Delivered many times: seed ${world.seed}, ${JSON.stringify(counts)}\n`);
    const said = describeRun(world, counts);

    // A signed delivery is never limited, however many forged ones its sender's address has sent.
    expect(new Set(genuine.map(({ status }) => status)), said).toEqual(new Set([200]));
    for (const { status } of forged) expect([401, 429], said).toContain(status);
    for (const { genuine: answers } of floods) {
      expect(answers.filter(({ body }) => body.status === "accepted")).toHaveLength(1);
      expect(new Set(answers.map(({ body }) => body.taskId)).size).toBe(1);
    }
    expect(verdict, said).toMatchObject({ ...nothingWrong, tasks: size.comments, succeeded: size.comments });
    const messages = new Set((await world.tasks()).map(({ message }) => message));
    expect(messages).toEqual(new Set(floods.map(({ comment }) => `issue_comment/${comment.id}`)));
  },
  size.timeoutMs + 60_000,
);
