import { createHash } from "node:crypto";
import { bodyCompression } from "./body-compression.js";
import { checkpointFences } from "./checkpoint-fences.js";
import { checkpointLeftOut } from "./checkpoint-left-out.js";
import { commands } from "./commands.js";
import { concurrentIndexes } from "./concurrent-indexes.js";
import { credentials } from "./credentials.js";
import { drafts } from "./drafts.js";
import { initialSchema } from "./initial-schema.js";
import { installationStatusTimes } from "./installation-status-times.js";
import { type Migration, migrationChecksum } from "./migration.js";
import { recordDraftsFunction } from "./record-drafts-function.js";
import { recordTasksFunction } from "./record-tasks-function.js";
import { stopsAndSteps } from "./stops-and-steps.js";
import { sweepTimes } from "./sweep-times.js";

/** Every migration of this release, in the order they run. Add to its end; change nothing that was released. */
export const migrationList: readonly Migration[] = Object.freeze([
  initialSchema,
  stopsAndSteps,
  sweepTimes,
  installationStatusTimes,
  bodyCompression,
  recordTasksFunction,
  drafts,
  recordDraftsFunction,
  commands,
  credentials,
  concurrentIndexes,
  checkpointFences,
  checkpointLeftOut,
]);

/** A short name for exactly these migrations: a snapshot made of others has another one. */
export function migrationsFingerprint(migrations: readonly Migration[] = migrationList): string {
  const all = migrations.map((migration) => `${migration.id} ${migrationChecksum(migration)}\n`).join("");
  return createHash("sha256").update(all).digest("hex").slice(0, 16);
}
