import { Client } from "pg";
import { createDice, type Dice } from "./dice.js";

/** How much {@link populateStore} makes. */
export interface Population {
  readonly tasks: number;
  readonly deliveries: number;
}

const batch = 1000;
const frequentWords = ["fix", "the", "flaky", "test", "build", "please", "update", "dependency"];

/**
 * Fills a migrated, empty database as years of use would: many small repositories and a few large ones, a few busy people
 * and many others, words as frequent as in a language, requests of a sentence and of pages. Returns the words, the most
 * frequent ones first.
 */
export async function populateStore(
  connectionString: string,
  { tasks, deliveries }: Population,
): Promise<readonly string[]> {
  const dice = createDice(42);
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(`INSERT INTO installations (id, provider, external_id, account)
      SELECT 'installation-' || place, 'acme', place::text, 'account' FROM generate_series(0, 49) AS place`);
    await client.query(
      `INSERT INTO threads (id, installation_id)
        SELECT 'thread-' || place, 'installation-' || place % 50 FROM generate_series(0, $1::integer / 3) AS place`,
      [tasks],
    );
    const vocabulary = [...frequentWords, ...Array.from({ length: 20_000 }, () => dice.word())];
    for (let start = 0; start < tasks; start += batch) {
      const rows = Array.from({ length: batch }, (_, index) => taskOf(start + index, tasks, dice, vocabulary));
      await client.query(insertTasks, [JSON.stringify(rows), tasks]);
    }
    for (let start = 0; start < deliveries; start += batch) {
      const rows = Array.from({ length: batch }, (_, index) => deliveryOf(start + index, dice, vocabulary));
      await client.query(insertDeliveries, [JSON.stringify(rows), deliveries]);
    }
    await client.query("VACUUM (ANALYZE) tasks");
    await client.query("VACUUM (ANALYZE) deliveries");
    return vocabulary;
  } finally {
    await client.end();
  }
}

const providerOf = (place: number, dice: Dice): string => {
  if (place % 5000 === 7) return "rare";
  return dice.skewed(2) === 0 ? "acme" : "chat";
};

function statusOf(place: number, tasks: number, dice: Dice): string {
  if (place % 3 === 0 && place > tasks - 600) return "running";
  if (place > tasks - 1500) return "queued";
  const kind = dice.below(100);
  if (kind < 85) return "succeeded";
  return kind < 98 ? "failed" : "cancelled";
}

function taskOf(place: number, tasks: number, dice: Dice, vocabulary: readonly string[]) {
  const triggers = ["mention", "mention", "mention", "label", "assignment", "alert"];
  return {
    place,
    status: statusOf(place, tasks, dice),
    trigger: triggers[dice.skewed(triggers.length)],
    actor: `person-${dice.skewed(2000)}`,
    provider: providerOf(place, dice),
    repository: dice.skewed(400),
    title: dice.text(vocabulary, 4 + dice.below(6)),
    instruction: dice.text(vocabulary, 5 + dice.skewed(400)),
    context: dice.text(vocabulary, 40),
    pages: 1 + dice.skewed(30),
  };
}

const insertTasks = `
  INSERT INTO tasks (id, version, status, installation_id, thread_id, draft, attempt, fence, lease_until, created_at,
    started_at, finished_at)
  SELECT 'task-' || place, 1, status, 'installation-' || place / 3 % 50, 'thread-' || place / 3,
    jsonb_build_object('trigger', trigger, 'priority', 10, 'isPreauthorized', FALSE, 'title', title,
      'instruction', instruction, 'actor', jsonb_build_object('provider', provider, 'id', '7', 'login', actor),
      'origin', jsonb_build_object('provider', provider, 'tenant', '1', 'conversation', 'octocat/hello#7',
        'message', place::text, 'pullRequest', NULL, 'url', 'https://acme.example/octocat/hello/issues/7'),
      'repository', jsonb_build_object('provider', 'acme', 'tenant', '1', 'id', repository::text,
        'path', 'octocat/Hello-' || repository, 'defaultBranch', 'main'),
      'context', jsonb_build_array(jsonb_build_object('source', 'issue body', 'authorId', '1', 'permission', NULL,
        'text', repeat(context, pages)))),
    1, 1, CASE status WHEN 'running' THEN now() + interval '1 hour' END, at, at,
    CASE WHEN status NOT IN ('queued', 'running') THEN at END
  FROM (
    SELECT *, now() - ($2::integer - place) * interval '1 minute' AS at
    FROM jsonb_to_recordset($1::jsonb) AS row (place integer, status text, trigger text, actor text, provider text,
      repository integer, title text, instruction text, context text, pages integer)
  ) AS made ORDER BY place`;

function deliveryOf(place: number, dice: Dice, vocabulary: readonly string[]) {
  const isAccepted = dice.below(20) === 0;
  return {
    place,
    provider: providerOf(place, dice),
    status: place % 2000 === 0 ? "duplicate" : isAccepted ? "accepted" : "ignored",
    text: dice.text(vocabulary, 50),
    pages: 10 + dice.skewed(60),
  };
}

const insertDeliveries = `
  INSERT INTO deliveries (id, endpoint, provider, external_id, event, dedupe_key, body, body_sha256, headers,
    request_id, status, reason, task_id, received_at)
  SELECT 'delivery-' || place, provider, provider, 'external-' || place, 'comment.created', 'comment-' || place,
    convert_to(repeat(text, pages), 'UTF8'), md5(place::text), '{"content-type": "application/json"}',
    'request-' || place, status, CASE status WHEN 'ignored' THEN 'no_mention' END,
    CASE WHEN status <> 'ignored' THEN 'task-' || place END, now() - ($2::integer - place) * interval '20 seconds'
  FROM jsonb_to_recordset($1::jsonb)
    AS row (place integer, provider text, status text, text text, pages integer)
  ORDER BY place`;
