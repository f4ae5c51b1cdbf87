import { type TaskDraft, taskVersion } from "@agentbot/core";
import { type SqlFragment, sql } from "../database/sql.js";
import { storableJson } from "../database/storable-text.js";

/** What a new task's row is made of. */
export interface NewTask {
  readonly taskId: string;
  readonly installationId: string;
  readonly draft: TaskDraft;
  readonly traceparent: string | null;
}

/** Stores a task for each row of `thread` in the `FROM` clause that has to follow. */
export function insertTask({ taskId, installationId, draft, traceparent }: NewTask): SqlFragment {
  return sql`INSERT INTO tasks (id, version, installation_id, thread_id, trigger, priority, actor_id, actor_login, origin,
      repository, title, instruction, context, traceparent)
    SELECT ${taskId}, ${taskVersion}::integer, ${installationId}, thread.id, ${draft.trigger},
      ${draft.priority}::integer, ${draft.actor.id}, ${draft.actor.login}, ${storableJson(draft.origin)}::jsonb,
      ${storableJson(draft.repository)}::jsonb, ${draft.title}, ${draft.instruction},
      ${storableJson(draft.context)}::jsonb, ${traceparent}`;
}
