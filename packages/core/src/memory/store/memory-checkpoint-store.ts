import { AgentBotError } from "../../errors/agentbot-error.js";
import { checkStorable } from "../../errors/parse-options.js";
import type { CheckpointStore } from "../../ports/checkpoint-store.js";
import { agentOutcomeSchema, type Usage } from "../../task/agent-outcome.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { Tables } from "./tables.js";
import { heldTask } from "./task-record.js";

const addUsage = (one: Usage, other: Usage): Usage => ({
  costUsd: one.costUsd + other.costUsd,
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
  cacheCreationTokens: one.cacheCreationTokens + other.cacheCreationTokens,
});

/** A Buffer may be a window on a shared pool, which `structuredClone` would copy whole. */
const copy = ({ bundle, ...rest }: Checkpoint): Checkpoint => ({
  ...structuredClone(rest),
  bundle: bundle && new Uint8Array(bundle),
});

/** Checkpoints in memory. */
export function memoryCheckpointStore(tables: Tables): CheckpointStore {
  return {
    async save(lease, checkpoint) {
      checkStorable("An outcome", agentOutcomeSchema, checkpoint.outcome);
      const record = heldTask(tables, lease);
      if (record.checkpoint && record.checkpointFence === lease.fence) return;
      if (record.checkpoint?.isFinished) {
        throw new AgentBotError(
          "LEASE_LOST",
          `Task ${lease.taskId} has a finished checkpoint: publish that one and do not run the agent again.`,
        );
      }
      const { task } = record;
      const { model, sessionId, usage } = checkpoint.outcome;
      record.checkpoint = copy(checkpoint);
      record.checkpointFence = lease.fence;
      record.task = {
        ...task,
        usage: addUsage(task.usage, usage),
        model: model ?? task.model,
        sessionId: sessionId ?? task.sessionId,
      };
      const thread = tables.threads.get(task.threadId);
      if (thread) thread.sessionId = sessionId ?? thread.sessionId;
    },

    async find(taskId) {
      const checkpoint = tables.tasks.get(taskId)?.checkpoint;
      return checkpoint ? copy(checkpoint) : null;
    },
  };
}
