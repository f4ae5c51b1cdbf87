import type { AccessRefusal } from "../../ports/access-policy.js";
import { EarlyEnd } from "../stage.js";
import type { RunContext } from "./run-context.js";

/** Ends a refused run: in silence, unless its policy has one notice a thread and no other task of the thread was refused so. */
export async function refuse(refusal: AccessRefusal, { task, deps }: RunContext): Promise<EarlyEnd> {
  const { reason, explanation, notice } = refusal;
  const { provider, id } = task.actor;
  deps.logger.info({ actor: `${provider}/${id}`, reason, explanation }, "The request was refused");
  const isSilent = notice !== "once" || (await wasRefusedBefore(refusal, task, deps));
  return new EarlyEnd({ status: "cancelled", reason, explanation }, { isSilent });
}

async function wasRefusedBefore(
  { reason }: AccessRefusal,
  { id, threadId }: RunContext["task"],
  { store }: RunContext["deps"],
): Promise<boolean> {
  const { items } = await store.tasks.search({ threadId, status: "cancelled", limit: 100 });
  return items.some((task) => task.id !== id && task.reason === reason);
}
