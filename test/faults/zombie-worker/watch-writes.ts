import { Client } from "pg";

/** A write that the database took from a process which did not hold the task. */
export interface StrangeWrite {
  readonly place: string;
  readonly taskId: string;
  readonly writer: string;
  /** The process that began the task under its newest fence. */
  readonly holder: string;
}

/** Every begin and every write of a run, as the database itself saw them. */
export interface WriteWatch {
  /** The processes that began the task, in the order of the fences. */
  holdersOf(taskId: string): Promise<readonly string[]>;
  /** Has the task succeeded? */
  isOver(taskId: string): Promise<boolean>;
  /** How many writes of runs were seen. */
  count(): Promise<number>;
  /** Writes of a run by a process that did not begin it under the newest fence. */
  strange(): Promise<readonly StrangeWrite[]>;
  close(): Promise<void>;
}

/**
 * The triggers see the row as it is before and after each write, so nothing between two looks of a test escapes. Two writes
 * are left out, because every process may do them: queueing a task, also one whose lease has ended.
 */
const triggers = `
CREATE TABLE seen_writes (
  place text NOT NULL, task_id text NOT NULL, writer text NOT NULL, holder text, fence bigint NOT NULL
);
CREATE FUNCTION see_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.fence > OLD.fence THEN
    INSERT INTO seen_writes VALUES ('begin', NEW.id, current_setting('application_name'),
      current_setting('application_name'), NEW.fence);
  ELSIF NEW.status = 'queued' AND NEW.reason = 'lease_expired' AND OLD.lease_until <= clock_timestamp() THEN
    RETURN NULL;
  ELSIF (NEW.status, NEW.lease_until, NEW.result, NEW.cost_usd, NEW.session_id, NEW.attempt, NEW.event_count, NEW.reason)
      IS DISTINCT FROM
      (OLD.status, OLD.lease_until, OLD.result, OLD.cost_usd, OLD.session_id, OLD.attempt, OLD.event_count, OLD.reason) THEN
    INSERT INTO seen_writes SELECT 'tasks', NEW.id, current_setting('application_name'), holder, fence
      FROM seen_writes WHERE place = 'begin' AND task_id = NEW.id ORDER BY fence DESC LIMIT 1;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION see_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO seen_writes SELECT TG_TABLE_NAME, NEW.task_id, current_setting('application_name'), holder, fence
    FROM seen_writes WHERE place = 'begin' AND task_id = NEW.task_id ORDER BY fence DESC LIMIT 1;
  RETURN NULL;
END $$;
CREATE INDEX ON seen_writes (task_id, fence) WHERE place = 'begin';
CREATE TRIGGER see AFTER UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION see_task();
CREATE TRIGGER see AFTER INSERT OR UPDATE ON task_events FOR EACH ROW EXECUTE FUNCTION see_part();
CREATE TRIGGER see AFTER INSERT OR UPDATE ON effects FOR EACH ROW EXECUTE FUNCTION see_part();
CREATE TRIGGER see AFTER INSERT OR UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION see_part();
CREATE TRIGGER see AFTER INSERT OR UPDATE ON budget_reservations FOR EACH ROW EXECUTE FUNCTION see_part();
`;

/** Begins to watch the writes to this database, whose processes name themselves. */
export async function watchWrites(databaseUrl: string): Promise<WriteWatch> {
  const client = new Client(databaseUrl);
  client.on("error", () => {});
  await client.connect();
  await client.query(triggers);
  return {
    async holdersOf(taskId) {
      const { rows } = await client.query(
        "SELECT holder FROM seen_writes WHERE place = 'begin' AND task_id = $1 ORDER BY fence",
        [taskId],
      );
      return rows.map(({ holder }) => holder as string);
    },
    async isOver(taskId) {
      const { rows } = await client.query("SELECT status = 'succeeded' AS over FROM tasks WHERE id = $1", [taskId]);
      return rows[0]?.over === true;
    },
    async count() {
      const { rows } = await client.query("SELECT count(*)::int AS writes FROM seen_writes WHERE place <> 'begin'");
      return Number(rows[0]?.writes);
    },
    async strange() {
      const { rows } = await client.query(
        `SELECT place, task_id AS "taskId", writer, holder FROM seen_writes WHERE writer IS DISTINCT FROM holder`,
      );
      return rows as StrangeWrite[];
    },
    close: () => client.end(),
  };
}
