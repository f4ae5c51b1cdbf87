import type { ContractCase } from "@agentbot/core/testing";

/** Runs the cases whose name matches; returns the names of those that found no fault. */
export async function casesThatMissIt(cases: readonly ContractCase[], about: RegExp): Promise<readonly string[]> {
  const matching = cases.filter(({ name }) => about.test(name));
  if (matching.length === 0) throw new Error(`no case matches ${about}`);
  const missed = await Promise.all(
    matching.map(async ({ name, run }) => {
      try {
        await run();
        return name;
      } catch {
        return null;
      }
    }),
  );
  return missed.filter((name) => name !== null);
}
