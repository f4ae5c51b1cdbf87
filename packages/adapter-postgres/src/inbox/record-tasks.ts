import { type DeliveryDraft, newTaskId, type RecordResult, type TaskDraft, taskVersion } from "@agentbot/core";
import { z } from "zod";
import { fetchRows } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { storableJson } from "../database/storable-text.js";
import { placeInQueue, queueColumns } from "../queue/queue-membership.js";
import { isExternalIdReused, reusedIdRow, toReusedId } from "./delivery-row.js";

/** A delivery that asks for a task, and the installation it belongs to, which is locked and active. */
export interface RequestedTask {
  readonly delivery: DeliveryDraft;
  readonly draft: TaskDraft;
  readonly installationId: string;
}

const recordedRow = z.object({
  delivery_id: z.string(),
  task_id: z.string(),
  thread_id: z.string(),
  is_accepted: z.boolean(),
  ...reusedIdRow.shape,
});

/** Everything of a request but its body, under the names of the statement below. */
function recordOf({ delivery, draft, installationId }: RequestedTask, place: number, bodyAt: number) {
  return {
    place,
    delivery_id: newTaskId(),
    new_task_id: newTaskId(),
    new_thread_id: newTaskId(),
    installation_id: installationId,
    endpoint: delivery.endpoint,
    provider: delivery.provider,
    external_id: delivery.externalId,
    event: delivery.event,
    semantic_key: delivery.semanticKey,
    body_at: bodyAt,
    body_length: delivery.body.length,
    body_sha256: delivery.bodySha256,
    headers: delivery.headers,
    request_id: delivery.requestId,
    traceparent: delivery.traceparent,
    is_collapsing: draft.whenThreadBusy === "collapse",
    trigger: draft.trigger,
    priority: draft.priority,
    actor_id: draft.actor.id,
    actor_login: draft.actor.login,
    origin: draft.origin,
    repository: draft.repository,
    title: draft.title,
    instruction: draft.instruction,
    context: draft.context,
    aliases: draft.threadAliases,
  };
}

/**
 * Stores deliveries and their tasks in one statement, however many they are; no two of them share an alias, a body or a
 * semantic key. The names and threads are locked. What is looked up is looked up row by row (`LATERAL … LIMIT 1`), so that
 * no plan reads a whole table, whatever the statistics say.
 *
 * @returns what became of each; null for a delivery that is known
 */
export async function recordTasks(
  transaction: SqlExecutor,
  requests: readonly RequestedTask[],
): Promise<readonly (RecordResult | null)[]> {
  let length = 0;
  const records = requests.map((request, place) => {
    const record = recordOf(request, place, length + 1);
    length += request.delivery.body.length;
    return record;
  });
  const bodies = Buffer.concat(requests.map(({ delivery }) => delivery.body));
  const rows = await fetchRows(
    transaction,
    "delivery",
    recordedRow,
    sql`WITH input AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${storableJson(records)}::jsonb) AS input (place integer, delivery_id text,
          new_task_id text, new_thread_id text, installation_id text, endpoint text, provider text, external_id text,
          event text, semantic_key text, body_at integer, body_length integer, body_sha256 text, headers jsonb,
          request_id text, traceparent text, is_collapsing boolean, trigger text, priority integer, actor_id text,
          actor_login text, origin jsonb, repository jsonb, title text, instruction text, context jsonb, aliases jsonb)
      ), found AS MATERIALIZED (
        SELECT input.delivery_id, first.thread_id
        FROM input CROSS JOIN LATERAL (
          SELECT known.thread_id
          FROM jsonb_array_elements_text(input.aliases) WITH ORDINALITY AS name (alias, rank) CROSS JOIN LATERAL (
            SELECT thread_aliases.thread_id FROM thread_aliases
            WHERE thread_aliases.installation_id = input.installation_id AND thread_aliases.alias = name.alias LIMIT 1
          ) AS known
          ORDER BY name.rank LIMIT 1
        ) AS first
      ), busy AS MATERIALIZED (
        SELECT found.delivery_id, newest.id
        FROM found JOIN input USING (delivery_id) CROSS JOIN LATERAL (
          SELECT tasks.id FROM tasks WHERE tasks.thread_id = found.thread_id AND tasks.status IN ('queued', 'running')
          ORDER BY tasks.sequence DESC LIMIT 1
        ) AS newest
        WHERE input.is_collapsing
      ), delivery AS (
        INSERT INTO deliveries (id, endpoint, provider, external_id, event, semantic_key, body, body_sha256, headers,
          request_id, traceparent, status, task_id, installation_id)
        SELECT delivery_id, endpoint, provider, external_id, event, semantic_key,
          substring(${bodies}::bytea FROM body_at FOR body_length), body_sha256, headers, request_id, traceparent,
          CASE WHEN busy.id IS NULL THEN 'accepted' ELSE 'duplicate' END, COALESCE(busy.id, new_task_id), installation_id
        FROM input LEFT JOIN busy USING (delivery_id) ORDER BY place
        ON CONFLICT DO NOTHING RETURNING id, task_id, status
      ), stored AS MATERIALIZED (
        SELECT input.*, delivery.task_id, delivery.status, COALESCE(found.thread_id, new_thread_id) AS thread_id
        FROM delivery JOIN input ON input.delivery_id = delivery.id LEFT JOIN found USING (delivery_id)
      ), created AS (
        INSERT INTO threads (id, installation_id)
        SELECT thread_id, installation_id FROM stored WHERE thread_id = new_thread_id
      ), named AS (
        INSERT INTO thread_aliases (installation_id, alias, thread_id)
        SELECT stored.installation_id, name.alias, stored.thread_id
        FROM stored, jsonb_array_elements_text(stored.aliases) WITH ORDINALITY AS name (alias, rank)
        ORDER BY stored.place, name.rank
        ON CONFLICT DO NOTHING
      ), task AS (
        INSERT INTO tasks (id, version, installation_id, thread_id, trigger, priority, actor_id, actor_login, origin,
          repository, title, instruction, context, traceparent, ${queueColumns})
        SELECT task_id, ${taskVersion}::integer, installation_id, thread_id, trigger, priority, actor_id, actor_login,
          origin, repository, title, instruction, context, traceparent, ${placeInQueue}
        FROM stored WHERE status = 'accepted' ORDER BY place
      )
      SELECT delivery_id, task_id, thread_id, status = 'accepted' AS is_accepted, ${isExternalIdReused(sql`stored`)}
      FROM stored`,
  );
  const stored = new Map(rows.map((row) => [row.delivery_id, row]));
  return requests.map(({ draft, installationId }, place): RecordResult | null => {
    const row = stored.get(records[place]?.delivery_id ?? "");
    if (!row) return null;
    const { delivery_id: deliveryId, task_id: taskId, thread_id: threadId } = row;
    if (!row.is_accepted) return { status: "duplicate", deliveryId, taskId };
    const { priority, repository } = draft;
    const entry = { taskId, threadId, priority, installationId, repositoryId: repository.id, delayMs: 0 };
    return { status: "accepted", deliveryId, taskId, entry, ...toReusedId(row) };
  });
}
