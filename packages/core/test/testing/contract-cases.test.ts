import { contractCases } from "@agentbot/core/testing";
import { expect, test } from "vitest";

const subjectOf = (log: string[]) => ({
  create: async () => {
    log.push("created");
    return {
      subject: "subject",
      dispose: async () => {
        log.push("disposed");
      },
    };
  },
});

test("each case gets a subject of its own and disposes of it", async () => {
  const log: string[] = [];
  const check = async (subject: string): Promise<void> => {
    log.push(subject);
  };
  const cases = contractCases("port", subjectOf(log), [
    { name: "one", check },
    { name: "other", check },
  ]);
  expect(cases.map(({ name }) => name)).toEqual(["port: one", "port: other"]);
  for (const { run } of cases) await run();
  expect(log).toEqual(["created", "subject", "disposed", "created", "subject", "disposed"]);
});

test("a broken promise throws, and the subject is disposed of all the same", async () => {
  const log: string[] = [];
  const check = async (): Promise<void> => {
    throw new Error("broken");
  };
  const [only] = contractCases("port", subjectOf(log), [{ name: "one", check }]);
  await expect(only?.run()).rejects.toThrow("broken");
  expect(log).toEqual(["created", "disposed"]);
});

test("a capability that no clause has is refused by name, with those that there are", () => {
  const check = async (): Promise<void> => {};
  const clauses = [{ name: "it flies", capability: "flying", check }];
  const bind = (lacks: Record<string, string>, of = clauses) => contractCases("port", { ...subjectOf([]), lacks }, of);
  expect(() => bind({ fliyng: "it has no wings" })).toThrow(
    "The contract of port has no capability fliyng, as 'lacks' names it; it has flying",
  );
  expect(() => bind({ flying: "it has no wings" }, [])).toThrow("it has none");
});

test("a capability that is lacked is named with its reason and not checked", async () => {
  const log: string[] = [];
  const check = async (): Promise<void> => {
    throw new Error("checked");
  };
  const cases = contractCases("port", { ...subjectOf(log), lacks: { flying: "it has no wings" } }, [
    { name: "it flies", capability: "flying", check },
    { name: "it swims", capability: "swimming", check },
  ]);
  expect(cases.map(({ name }) => name)).toEqual(["port: it flies (not here: it has no wings)", "port: it swims"]);
  await cases[0]?.run();
  expect(log).toEqual([]);
  await expect(cases[1]?.run()).rejects.toThrow("checked");
});
