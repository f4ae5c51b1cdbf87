import { AgentBotError } from "@agentbot/core";

/**
 * Runs work of the queue; an unavailable database becomes the error of the port.
 *
 * @throws AgentBotError `QUEUE_UNAVAILABLE`
 */
export async function mapQueueErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!AgentBotError.hasCode(error, "STORE_UNAVAILABLE")) throw error;
    throw new AgentBotError("QUEUE_UNAVAILABLE", `The queue's database does not answer: ${error.message}`, {
      cause: error,
    });
  }
}
