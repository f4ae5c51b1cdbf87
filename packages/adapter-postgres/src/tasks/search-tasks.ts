import type { Page, TaskSearch, TaskSummary } from "@agentbot/core";
import { taskVersion } from "@agentbot/core/adapter";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { fetchRows } from "../database/rows.js";
import { allOf, type SqlFragment, sql, storableText } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { taskSummaryColumns, taskSummaryRow, toTaskSummary } from "./task-row.js";

/** Lists tasks, newest first. Tasks of a newer release are left out: one of them must not break the list. */
export async function searchTasks(database: SqlDatabase, search: TaskSearch): Promise<Page<TaskSummary>> {
  const { limit, after } = readPageRequest("tasks", search);
  const filters = [sql`version <= ${taskVersion}::integer`, ...searchFilters(search)];
  if (after !== null) filters.push(sql`sequence < ${after}::bigint`);
  const rows = await fetchRows(
    database,
    "task",
    taskSummaryRow,
    sql`SELECT ${taskSummaryColumns} FROM tasks WHERE ${allOf(filters)} ORDER BY sequence DESC LIMIT ${limit + 1}::bigint`,
    { isPrepared: false },
  );
  return toPage("tasks", rows, limit, toTaskSummary);
}

function searchFilters(search: TaskSearch): readonly SqlFragment[] {
  const { status, provider, repository, trigger, actor, threadId, text } = search;
  return [
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(provider === undefined ? [] : [sql`provider = ${provider}`]),
    ...(repository === undefined ? [] : [sql`lower(repository_path) = lower(${repository})`]),
    ...(trigger === undefined ? [] : [sql`trigger = ${trigger}`]),
    ...(actor === undefined ? [] : [sql`lower(actor_login) = lower(${actor})`]),
    ...(threadId === undefined ? [] : [sql`thread_id = ${threadId}`]),
    ...(text === undefined || text.trim() === "" ? [] : [hasWords(text)]),
  ];
}

const maxWords = 32;
/** A word of the column may be cut off at 200 characters; its beginning finds it. */
const maxWordLength = 64;
/** The same characters as those of the column. */
const wordSeparators = /[\p{Cc} -/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]+/u;

/** Every word, or what it begins with. */
function hasWords(text: string): SqlFragment {
  const words = storableText(text).split(wordSeparators).filter(Boolean);
  if (words.length === 0) return sql`FALSE`;
  const query = words.slice(0, maxWords).map((word) => `'${Array.from(word).slice(0, maxWordLength).join("")}':*`);
  return sql`words @@ lower(${query.join(" & ")})::tsquery`;
}
